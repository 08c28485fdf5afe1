"""A whole centre on a virtual clock, from one seed, through the code that serves callers.

The world is made of simulated people (citizens, counselors), a ticket side and bad weather; the broker, gate,
dispatcher, timers, outbox and stores are the ones of production. Nothing here waits for real time or asks the machine
for randomness.
"""
