"""A centre for each test, as the desk's tests have it."""

from tests.server.conftest import _quick_passwords, world

__all__ = ["_quick_passwords", "world"]
