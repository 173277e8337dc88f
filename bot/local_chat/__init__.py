"""The doors on this machine: the web chat, the terminal and the JSON lines. No account, no network."""
