"""What fills the terminal: the sign-in, the desk, and panels over it that return one answer."""
