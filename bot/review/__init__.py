"""Readers look at what the assistant understood, say what was meant, and what they say becomes figures, tests and examples."""
