"""Short messages through Twilio, behind MessageChannel (dasan/telephony.py).

A text of unknown outcome is asked for (:meth:`TwilioTexts.sent`) before it is sent again: Twilio keeps no key of ours,
so the number, the words and the time are compared. Who has opted out (``opted_out``) is never tried again.
"""

from __future__ import annotations

from channels.twilio import shapes
from channels.twilio.client import Exchange
from dasan.telephony import Text


class TwilioTexts:
    """The MessageChannel that speaks to Twilio."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def send(self, text: Text) -> str:
        """As the port says. Raises ProviderFailed."""
        wish = shapes.texted(text)
        made = await self._exchange.write(lambda c: c.messages.create(**wish))
        return shapes.sid(made.sid)

    async def sent(self, text: Text, since_us: int) -> str | None:
        """The network's id of that same text to that number since then; None when it was not sent."""
        rows = await self._exchange.read(lambda c: c.messages.list(to=text.to, limit=50))
        since = shapes.instant(since_us)
        same = (row for row in rows if row.body == text.body and shapes.not_before(row, since))
        return next((str(row.sid) for row in same if str(row.status) != "failed"), None)
