"""Where the service keeps what it knows: the journal, its snapshots, sealed words, promises, people (ARCHITECTURE §5).

Promises: one command's writes are one transaction, on disk before anybody is told; the journal alone can make every
state again; words are readable only with the master key and until they are erased. SQLite serves one server,
PostgreSQL several, MemoryStore the simulator and the tests; one contract suite runs over all three.
Left out: meaning. The store gets the machines (``states``, ``evolve``) from outside.
"""
