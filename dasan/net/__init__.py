"""One port: HTTP by uvicorn, and WebSocket upgrades handed to our own protocol on the ``websockets`` Sans-I/O core.

What a server needs of it: :class:`~dasan.net.exchange.Exchange` (the routes and the open sockets) and
:func:`~dasan.net.serve.uvicorn_config`. What a channel needs: :class:`~dasan.net.connection.Connection` and
:class:`~dasan.net.connection.Handler`. Nothing here knows what is said over a socket.
"""
