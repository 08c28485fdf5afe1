"""Commands to events: one function a command, grouped by what it is about. Pure; see dasan/core/work.py.

``HANDLERS`` is the whole table; dasan/broker.py is its only caller.
"""
