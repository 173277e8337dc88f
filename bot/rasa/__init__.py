"""The only rooms that know Rasa exists: asking it (client), preparing it (training) and running it (process)."""
