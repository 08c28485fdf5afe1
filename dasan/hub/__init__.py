"""From commits to clients: who hears of which stream, and what is read so often that it is kept in memory.

Everything here lives in the event loop's thread and is fed by one call a batch of commits, from this process or (told
by the bus) from another. Nothing here decides; losing it all loses nothing, because it is rebuilt from the store.
"""

from dasan.hub.hub import Hub
from dasan.hub.index import Index

__all__ = ["Hub", "Index"]
