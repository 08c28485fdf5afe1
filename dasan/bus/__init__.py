"""Events between server processes: positions of commits, as a wake-up for readers of the journal (ARCHITECTURE §8).

Promises: a told position arrives at the other servers soon, perhaps twice, perhaps not at all. The journal is the
truth, and readers go on from their own cursor whatever arrives (dasan/server/relay.py), so a bus that loses or doubles
costs only latency. ``local`` serves one process, ``postgres`` several servers on one database.
"""
