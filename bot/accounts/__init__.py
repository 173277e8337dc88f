"""How members of the staff sign in: password, second factor, sessions, and the code of conduct they accept."""
