"""The channels, one folder each: they turn a vendor's or a browser's words into commands, and effects back into theirs.

Channels do not import each other; what two of them share stands below them.
"""
