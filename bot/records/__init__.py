"""What is kept: tables, encryption and the database itself."""
