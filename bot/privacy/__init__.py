"""A person's rights over what is kept of them: seeing it, having it corrected or erased, knowing who looked."""
