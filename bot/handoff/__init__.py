"""A conversation in the hands of a person: the queue, who holds it, what is said, noted and promised, and how it is handed back."""
