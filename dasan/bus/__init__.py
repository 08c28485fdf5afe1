"""Events between server processes: positions of commits, as a wake-up for readers of the journal (ARCHITECTURE §8).

Promises: a told position arrives at the other servers soon, perhaps twice, perhaps not at all; the journal is the
truth, and :class:`dasan.bus.relay.Relay` reads on from its own cursor whatever arrives. So a bus that loses or doubles
costs only latency. ``local`` serves one process, ``postgres`` several servers on one database.
"""
