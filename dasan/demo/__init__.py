"""The demonstration: the whole centre on one machine, with citizens who really speak the chat protocol.

Everything here is a client or starts a process; nothing reaches into the server. What the demonstration says about lost
and doubled messages it has counted itself, from what was acknowledged to its people and what was shown to them.
"""
