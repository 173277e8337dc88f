"""Puente's own parts of the Rasa process: components, turn channel and name generator (Python 3.10)."""
