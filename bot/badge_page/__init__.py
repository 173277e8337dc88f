"""The pages about certificates that anybody opens without an account: the holder's, the one by number, and the one that verifies a file."""
