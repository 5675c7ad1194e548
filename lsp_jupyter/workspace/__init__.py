"""What belongs to one user: a folder, and tables of the user's own."""
