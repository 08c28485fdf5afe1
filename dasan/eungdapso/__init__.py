"""The ticket side: a client that hands cases to Eung-Dap-So (응답소) and never makes two of one, and a desk of our own.

``client`` speaks Open311 GeoReport v2 to any peer; ``desk`` is such a peer with its own database, which can stand alone
(``dasan eungdapso serve``); ``faults`` is the bad network between them, for the demo and the tests. The city's real
system has no public interface: what was never tried against it is listed in docs/eungdapso.md.
"""
