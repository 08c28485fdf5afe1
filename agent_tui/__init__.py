"""The counselor's desk: a client of the centre that runs in a terminal, on this machine or another.

It imports ``dasan.wire`` and ``dasan.core.(ids|errors|text)`` and nothing else of the centre, so it starts fast and
cannot reach round the protocol. ``state`` knows, ``client`` talks, ``widgets`` draw, ``screens`` arrange; ``plain`` is
the same desk line by line. Nothing from a citizen becomes something drawn but through ``safe``.

Two switches of Textual are read when it is first imported, so they are set here, before anything can import it. With
the kitty keyboard protocol several terminals lose syllables that a Korean input method commits; no key of ours needs
it. Whoever has a terminal that does it right sets ``DASAN_KITTY_KEYS=1``.
"""

import os

if os.environ.get("DASAN_KITTY_KEYS") != "1":
    os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
