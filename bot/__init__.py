"""Puente's service: doors, services and records. Nothing here imports Rasa."""
