"""Learning which words speak of danger; the result is a table of weights that the bot reads without any library."""
