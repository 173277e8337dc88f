"""Whatever is asked step by step: reading answers (steps) and going from one step to the next (run)."""
