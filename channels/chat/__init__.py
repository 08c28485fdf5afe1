"""Chat for citizens: the page at ``/``, the socket it talks over, and photos.

:class:`~channels.chat.door.ChatDoor` makes a handler for each socket; :mod:`~channels.chat.web` serves the page and the
photos. What the channel needs of the house stands in :mod:`~channels.chat.ports`. The protocol is dasan/wire/chat.py.
"""
