"""A ticket desk that stands in for Eung-Dap-So: Open311 GeoReport v2 outside, the civil-complaint states inside.

It has its own database, its own HTTP endpoints and its own staff page, and shares nothing with the broker but the
protocol. ``states`` is the machine (pure), ``due`` the legal clock (pure), ``form`` what a report must look like
(pure), ``store*`` the database, ``office`` the rules in a transaction, ``open311``/``staff``/``page`` the doors,
``clerk`` a demonstration of people at work.
"""
