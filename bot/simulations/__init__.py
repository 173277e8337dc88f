"""Practice cases for officials: what the made-up person writes (persona) and what the official's moves are worth (scoring)."""
