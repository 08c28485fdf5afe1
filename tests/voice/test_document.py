"""docs/voice.md names every hop there is."""

from __future__ import annotations

from pathlib import Path

from channels.voice.facts import TELLS
from channels.voice.hops import DOCUMENTS

TEXT = (Path(__file__).parents[2] / "docs" / "voice.md").read_text("utf-8")


def test_every_hop_stands_in_the_table() -> None:
    assert [path for path in (*DOCUMENTS, *TELLS, "voice/music", "voice/announce/…") if f"`{path}`" not in TEXT] == []


def test_every_file_of_the_channel_is_named_once() -> None:
    import channels.voice

    folder = Path(channels.voice.__file__).parent
    apart = {"__init__.py", "caller.py", "music.py", "registry.py", "provider_recordings.py"}
    named = [path.name for path in folder.glob("*.py") if path.name not in apart]
    assert [name for name in named if f"`{name}`" not in TEXT] == []
