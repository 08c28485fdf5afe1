"""One frozen settings object: defaults < dasan.toml < DASAN_* environment < flags. Read only by dasan.app and the cli.

Promises: an unknown key or variable, a value out of bounds and two settings that contradict each other stop the program
before it starts, all named at once with file, line and the nearest key that exists. Secrets are never printed.
"""

from dasan.settings.load import config_file, load
from dasan.settings.problems import sentences
from dasan.settings.root import Settings

__all__ = ["Settings", "config_file", "load", "sentences"]
