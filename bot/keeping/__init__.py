"""Keeping records and throwing them away: by age, under new keys, in backups."""
