"""What the tests of Twilio's side share."""

from __future__ import annotations

import pytest

from tests.twilio import spec as files


@pytest.fixture
def spec() -> files.Spec:
    """Twilio's OpenAPI file; without it the test is skipped, with how to get it."""
    found = files.load()
    if found is None:
        pytest.skip(f"Twilio's OpenAPI file is not here: {files.HOW}")
    found.seen.clear()
    return found
