"""What the service can say in numbers about its work, without saying anything about a person; and invented people to measure it with."""
