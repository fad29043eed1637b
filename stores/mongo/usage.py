"""Readings, weather, hand-taken meter reads, and what neighbours use."""

from __future__ import annotations

import asyncio
import struct
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.errors import DuplicateKeyError

from contracts.records import MeterRead, Neighbours, Readings, WeatherDay
from contracts.records.usage import HUNDREDTH
from stores.mongo.connect import Database
from stores.mongo.documents import Document, milliseconds
from stores.mongo.repository import Repository, newest, prompt

ALL_TOWNS = "*"

_HOUR = timedelta(hours=1)
_PLACE = {"city": 1, "home.kind": 1, "home.heating": 1, "meters": 1}


class MongoUsage(Repository):
    """A meter's readings are one document: hundredths of its unit, packed as 16 bits each. Days and
    hours that were estimated are named in `estimated` and `estimated_hours`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._readings = self.collection("readings")
        self._weather = self.collection("weather")
        self._reads = self.collection("meter_reads")
        self._neighbours = self.collection("neighbours")
        self._premises = self.collection("premises")

    @prompt
    async def daily(self, meter_id: str, start: date, end: date) -> Readings | None:
        """The days from `start` to `end`, both included, as far as there are readings."""
        return await self._days(meter_id, "daily", start, end)

    @prompt
    async def peak(self, meter_id: str, start: date, end: date) -> Readings | None:
        """The part of each day's use that fell into the peak hours; None for gas."""
        return await self._days(meter_id, "peak", start, end)

    @prompt
    async def hourly(self, meter_id: str, start: datetime, end: datetime) -> Readings | None:
        """The elapsed hours that begin in [start, end), as far as there are readings."""
        found = await self._series(meter_id, "hourly", "hourly_start")
        if found is None:
            return None
        began = found["hourly_start"]
        first = max(0, _hours_until(start, began))
        values = _unpack(found["hourly"], first, _hours_until(end, began))
        if not values:
            return None
        at = (began + first * _HOUR).astimezone(ZoneInfo(found["zone"]))
        places = [(hour - began) // _HOUR - first for hour in found.get("estimated_hours", ())]
        return _readings(meter_id, "hour", at, values, places)

    @prompt
    async def weather(self, start: date, end: date) -> list[WeatherDay]:
        """The days from `start` to `end`, both included, as far as they are known."""
        days = {"_id": {"$gte": start.isoformat(), "$lte": end.isoformat()}}
        found = await self._weather.find(days, sort={"_id": 1}).to_list()
        return [WeatherDay.model_validate({**day, "day": day["_id"]}) for day in found]

    @prompt
    async def reads(self, meter_id: str, limit: int) -> list[MeterRead]:
        """Newest first; readings taken by hand, not the intervals."""
        found = await newest(self._reads, {"meter_id": meter_id}, "at", limit)
        return [MeterRead.model_validate(read) for read in found]

    @prompt
    async def submit(
        self, *, key: str, meter_id: str, value: int, at: datetime, source: str
    ) -> MeterRead:
        """Keep a reading once a key. Raises ValueError for a key that read another meter."""
        fields = {"meter_id": meter_id, "value": value, "at": milliseconds(at), "source": source}
        read = MeterRead.model_validate(fields)
        try:
            await self._reads.insert_one({"_id": key, **fields})
        except DuplicateKeyError:
            kept = await self._reads.find_one({"_id": key})
            if kept is None or kept["meter_id"] != meter_id:
                raise ValueError("this key has read another meter") from None
            return MeterRead.model_validate(kept)
        return read

    @prompt
    async def neighbours(
        self, premise_id: str, month: date, *, everywhere: bool = False
    ) -> Neighbours | None:
        """The premise's group in a month, itself not counted, of its town or of all; None if it
        is in none."""
        place = await self._premises.find_one({"_id": premise_id}, _PLACE)
        if place is None or not place.get("home"):
            return None
        first = month.replace(day=1)
        group_id = group_of(ALL_TOWNS if everywhere else place["city"], place["home"])
        kept, own = await asyncio.gather(self._group(group_id, first), self._month(place, first))
        if kept is None:
            return None
        group, figures = kept
        return _without(group, first, figures, own)

    async def _group(
        self, group_id: str, first: date
    ) -> tuple[str, tuple[int, int, int, int]] | None:
        """The group's name, and its homes, their sum, the lowest fifth's home and the next one."""
        month = f"{first:%Y-%m}"
        fields = {"group": 1, f"months.{month}": 1}
        found = await self._neighbours.find_one({"_id": group_id}, fields)
        if found is None or month not in found.get("months", {}):
            return None
        homes, used, low, following = found["months"][month]
        return found["group"], (homes, used, low, following)

    async def _month(self, place: Mapping[str, Any], first: date) -> int | None:
        """Hundredths of a kWh the premise used in a month; None unless all its days are known."""
        meter = next((m["meter_id"] for m in place["meters"] if m["kind"] == "electric"), None)
        last = first.replace(day=monthrange(first.year, first.month)[1])
        days = await self._days(meter, "daily", first, last) if meter else None
        if days is None or len(days.hundredths) < last.day:
            return None
        return sum(days.hundredths)

    async def _days(self, meter_id: str, series: str, start: date, end: date) -> Readings | None:
        found = await self._series(meter_id, series, "start")
        if found is None:
            return None
        began = date.fromisoformat(found["start"])
        first = max(0, (start - began).days)
        values = _unpack(found[series], first, (end - began).days + 1)
        if not values:
            return None
        midnight = datetime.combine(
            began + timedelta(days=first), time(), tzinfo=ZoneInfo(found["zone"])
        )
        named = found.get("estimated", ())
        places = [(date.fromisoformat(day) - began).days - first for day in named]
        return _readings(meter_id, "day", midnight, values, places)

    async def _series(self, meter_id: str, series: str, start: str) -> Document | None:
        estimated = "estimated_hours" if series == "hourly" else "estimated"
        fields = {"zone": 1, start: 1, series: 1, estimated: 1}
        found = await self._readings.find_one({"_id": meter_id}, fields)
        return found if found and found.get(series) else None


def group_of(town: str, home: Mapping[str, Any]) -> str:
    """The id of the group of homes like this one, in a town or in ALL_TOWNS."""
    return f"{town}|{home['kind']}|{home['heating']}"


def pack(hundredths: Sequence[int]) -> bytes:
    """Readings as they are kept: little-endian, 16 bits each."""
    return struct.pack(f"<{len(hundredths)}H", *hundredths)


def _unpack(packed: bytes, first: int, end: int) -> tuple[int, ...]:
    part = packed[2 * first : 2 * max(first, end)]
    return struct.unpack(f"<{len(part) // 2}H", part)


def _readings(
    meter_id: str, step: str, start: datetime, values: tuple[int, ...], places: Sequence[int]
) -> Readings:
    """`places`: of those estimated, counted from the first value; others than these are not in."""
    fields = {
        "meter_id": meter_id,
        "step": step,
        "start": start,
        "hundredths": values,
        "estimated": tuple(place for place in places if 0 <= place < len(values)),
    }
    return Readings.model_validate(fields)


def _hours_until(at: datetime, began: datetime) -> int:
    """How many hours begin in [began, at): those before the first that begins at `at` or later."""
    return -((began - at) // _HOUR)


def _without(
    group: str, month: date, figures: tuple[int, int, int, int], own: int | None
) -> Neighbours | None:
    """The group's figures, the asker left out; `own` is None for an asker they do not count."""
    homes, used, low, following = figures
    efficient = low
    if own is not None:
        homes, used = homes - 1, used - own
        efficient = following if own <= low else low
    if homes < 1:
        return None
    return Neighbours(
        month=month,
        homes=homes,
        average=(used * HUNDREDTH / homes).quantize(HUNDREDTH),
        efficient=efficient * HUNDREDTH,
        group=group,
    )
