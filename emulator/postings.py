"""The last events, and what became of each: for who looks behind the scenes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from emulator.api import Posting
from emulator.events import Event

KEPT = 100


class Postings:
    """Of an event that goes out twice, what became of it last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Posting] = OrderedDict()

    def listed(self) -> list[Posting]:
        return list(self._kept.values())

    def begun(self, event: Event) -> None:
        self._kept[event.id] = Posting(
            id=event.id, type=event.type, state="waiting", event=event.as_event_grid(), at=event.at
        )
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def tried(self, batch: Iterable[Event], attempt: int, status: int) -> None:
        """status: the webhook's, 0 for no answer."""
        answer = str(status) if status else "no answer"
        self._change(batch, state="trying", attempts=attempt, answer=answer)

    def delivered(self, batch: Iterable[Event]) -> None:
        self._change(batch, state="delivered")

    def given_up(self, batch: Iterable[Event]) -> None:
        self._change(batch, state="dead")

    def _change(self, batch: Iterable[Event], **changes: object) -> None:
        for event in batch:
            if known := self._kept.get(event.id):
                self._kept[event.id] = known.model_copy(update=changes)
