"""Officials learn: who they are, how far they are in a course, what comes back to them, and what they earned."""
