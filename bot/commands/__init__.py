"""The commands of `./puente`, by subject. Each module says in `add` how its commands are called; a command does one thing.

Everything a command imports beyond the settings is imported where it is used: `./puente check` must not wait for the database.
"""
