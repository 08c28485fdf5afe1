"""The session broker of a city call centre, and everything it is run with. See docs/ARCHITECTURE.md."""
