"""News as it is said in a call that we place.

Whoever picks up may be anybody in the house: they hear what a caller from that number may be told,
and no amount, no link. Who wants more is asked who they are, as in any call.
"""

from __future__ import annotations

from contracts.clock import Clock
from contracts.language import marked, t
from contracts.records import Records
from contracts.sending import Aloud

ASK = marked("If you have a question, just ask me.")


def as_said(text: str, brand: str) -> str:
    """A message without whom it is from, which the greeting has said."""
    plain = text.removeprefix(f"{brand}: ")
    return f"{plain[:1].upper()}{plain[1:]} {t(ASK)}"


class StillNews:
    """Whether what waits to be told in a call is worth one still."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def __call__(self, aloud: Aloud) -> bool:
        """Raises RecordsUnavailable."""
        if self._clock.now() >= aloud.until:
            return False
        if not aloud.outage_id:
            return True
        outage = await self._records.outages.get(aloud.outage_id)
        return outage is not None and outage.revisions <= aloud.revision
