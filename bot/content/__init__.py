"""What the assistant says: reading flows/, checking it, and serving the published version."""
