"""The rules of the service as values and pure functions: standard library only, no clock, no randomness, no I/O."""
