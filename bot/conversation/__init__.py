"""One turn: what arrives, what is decided, what is said."""
