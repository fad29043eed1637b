"""The demo utility, made piece by piece: the same for the same seed, count and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from stores.mongo.documents import outage_document
from stores.mongo.tariffs import tariff_document
from stores.seed.block import BLOCK, SEED, Block, Workshop, make_block
from stores.seed.days import Days
from stores.seed.neighbours import Uses, neighbour_documents, uses
from stores.seed.outages import demo_outages, past_outages
from stores.seed.records import documents
from stores.seed.weather import weather_documents

Written = dict[str, list[Any]]


class Generator:
    """Documents by collection. `now` is the day that all is counted from."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._with = Workshop(Days(now))
        self._uses: dict[int, Uses] = {}  # by block

    def common(self) -> Written:
        """What belongs to nobody: weather, tariffs, outages."""
        days, made = self._with.days, self._with
        outages = [*demo_outages(self._now), *past_outages(self._now, SEED)]
        return {
            "weather": weather_documents(days, made.load.weather),
            "tariffs": [
                tariff_document(version)
                for versions in made.tariffs.values()
                for version in versions
            ],
            # Those concerned were told of them when they began.
            "outages": [{**outage_document(outage), "enlisted": True} for outage in outages],
        }

    def batch(self, first: int, end: int) -> Written:
        """All that belongs to the customers from index `first` to before `end`, which are of one
        block."""
        block = self._made(first // BLOCK)
        return documents(self._with, block, range(first - block.first, end - block.first))

    def neighbours(self, customers: int) -> list[dict[str, Any]]:
        """The groups of the first so many customers; blocks that were not made here are made."""
        found = []
        for first, end in batches(0, customers):
            number = first // BLOCK
            if number not in self._uses:
                self._made(number)
            found.append(self._uses[number].first(end - first))
        return neighbour_documents(self._with.days, found)

    def _made(self, number: int) -> Block:
        block = make_block(self._with, number)
        self._uses[number] = uses(self._with.days, block)
        return block


def batches(first: int, end: int) -> Iterator[tuple[int, int]]:
    """Customers from index `first` to before `end`, block by block."""
    while first < end:
        until = min(end, (first // BLOCK + 1) * BLOCK)
        yield first, until
        first = until
