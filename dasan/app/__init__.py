"""The composition root: the one package that names concrete classes, and the order in which a centre comes to life.

``build(settings)`` makes an :class:`App`; ``doubles`` put other things in the place of real ones (a store in memory, a
clock that stands), through the same code. ``serve`` and ``why`` are what the command line calls.
"""

from dasan.app.centre import App
from dasan.app.commands import build, serve, why
from dasan.app.parts import Parts, parts_of

__all__ = ["App", "Parts", "build", "parts_of", "serve", "why"]
