"""Events between server processes: positions of commits, as a wake-up for readers of the journal (ARCHITECTURE §8)."""
