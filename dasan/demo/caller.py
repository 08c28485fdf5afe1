"""A citizen on the telephone: dials 120, presses what her matter needs, waits, says her lines, and hangs up.

She knows what a telephone knows: whether somebody is there, and whether somebody speaks.
"""

from __future__ import annotations

from dataclasses import dataclass

from dasan.demo.line import pace
from dasan.demo.stage import LINE
from dasan.demo.stories import Story
from dasan.demo.telephone import GLANCE_S, Network

KEYS = {"traffic": "11", "water": "12"}  # in the menu of 120; everything else is a general matter
LISTENS_S = 2.5
WAITS_S_MAX = 240.0
ANSWER_S_MAX = 25.0
LAST_WORD_S = 2.0


@dataclass(slots=True)
class Called:
    """What became of her call, for the summary."""

    dialled: bool = False
    talked: bool = False
    lines: int = 0
    done: bool = False


class Caller:
    """One caller with one story. ``haste`` below 1 makes her quicker than a person."""

    def __init__(self, network: Network, number: str, story: Story, language: str, haste: float = 1.0) -> None:
        self.network, self.number, self.story, self.language, self.haste = network, number, story, language, haste
        self.told = Called()

    async def live(self) -> None:
        """From dialling to hanging up, over whatever happens to the server."""
        carrier = self.network.carrier
        carrier.dial(self.number, LINE)
        self.told.dialled = True
        for key in self._keys():
            await pace(LISTENS_S * self.haste)
            if not self.network.on_the_phone(self.number):
                return
            carrier.press(self.number, key)
        if not await self._until_talking():
            return
        self.told.talked = True
        for line in self.story.lines:
            if not self.network.say(self.number, line, self.language):
                return
            self.told.lines += 1
            await self._listen()
        await pace(LAST_WORD_S)
        if self.network.on_the_phone(self.number):
            carrier.hang_up(self.number)
        self.told.done = True

    def _keys(self) -> str:
        if self.language != "ko":  # foreign languages keep office hours, and a demonstration does not
            return "0"
        return KEYS.get(self.story.topic, "0")

    async def _until_talking(self) -> bool:
        waited = 0.0
        while not self.network.talking(self.number):
            if not self.network.on_the_phone(self.number) or waited > WAITS_S_MAX:
                return False
            await pace(GLANCE_S)
            waited += GLANCE_S
        await pace(1.0)
        return True

    async def _listen(self) -> None:
        """Until her own words are said, somebody has answered (or has not for a while), and it is quiet again."""
        before, waited = len(self.network.carrier.heard(self.number, "voice")), 0.0
        while waited < ANSWER_S_MAX * self.haste:
            await pace(GLANCE_S)
            waited += GLANCE_S
            answered = len(self.network.carrier.heard(self.number, "voice")) > before
            if answered and self.network.quiet(self.number):
                await pace(2.5 * self.haste)
                return
            if not self.network.on_the_phone(self.number):
                return
