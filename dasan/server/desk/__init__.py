"""The counselor's socket: one :class:`~dasan.server.desk.console.Console` a connection.

A console first gets a whole picture and then small parts of it, each replaced whole; a picture and all parts after it
equal a fresh picture (tested). What a counselor may read is decided here, at every commit, from her slots.
"""
