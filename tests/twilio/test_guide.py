"""What docs/twilio.md and .ci/run say is what the program does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from channels.twilio.twiml import Element, parse
from dasan.settings.voice import Accepted
from tests.twilio import spec

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/twilio.md").read_text("utf-8")


def test_the_fallback_document_of_the_guide_is_twiml() -> None:
    found = re.search(r"```xml\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    read = parse(found[1].encode())
    assert isinstance(read, Element)
    assert [verb.name for verb in read.elements] == ["Say", "Dial", "Say", "Pause", "Redirect"]


def test_everything_that_can_be_accepted_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)) == set(get_args(Accepted))


def test_the_checks_fetch_the_description_that_the_tests_read() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8")
    assert f"@twilio/cli-core@{spec.VERSION}" in script
    assert f'spec="twilio-cli-core-{spec.VERSION}"' in script
