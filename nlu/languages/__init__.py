"""Learning which runs of letters and words belong to which language; the result is a table of weights that the bot reads by itself."""
