"""Premises, by an address as somebody wrote it and by where they lie."""

from __future__ import annotations

import re
from typing import Any

from contracts.records import Premise
from stores.mongo.addresses import Sought, parse, words_of
from stores.mongo.connect import Collection
from stores.mongo.documents import Document, premise_of

_LOOKED_AT = 200  # premises of one number and street, all towns and units together


async def find_premises(premises: Collection, address: str, limit: int) -> list[Premise]:
    """Premises at an address, the best first; see `contracts.records.Accounts`."""
    sought = parse(address)
    if sought is None or limit <= 0:
        return []
    # The bounds make it a range of the index; the pattern is tried on the index's keys.
    keys = {"$gte": sought.base, "$lt": f"{sought.base}~", "$regex": sought.pattern}
    found = await premises.find({"address_key": keys}, limit=_LOOKED_AT).to_list()
    fitting = [p for p in found if sought.others <= words_of(p["address"], p["state"])]
    return [premise_of(document) for document in sorted(fitting, key=_plainness)[:limit]]


async def stands_in(premises: Collection, street: Sought, area: dict[str, Any]) -> bool:
    """Whether some place in a street lies in an area. `street`: see `parse_street`."""
    named = {
        "location": {"$geoWithin": {"$geometry": area}},
        "address_key": {"$regex": rf"^\d+[a-z]? {street.base}(?: [^|]*)?\|{street.zip}"},
    }
    async for found in premises.find(named, {"address": 1, "state": 1}, limit=_LOOKED_AT):
        if street.others <= words_of(found["address"], found["state"]):
            return True
    return False


async def near(
    premises: Collection, point: dict[str, Any], within_m: float, limit: int
) -> list[Premise]:
    """Premises around a point, the nearest first."""
    if limit <= 0:
        return []
    around = {"location": {"$nearSphere": {"$geometry": point, "$maxDistance": within_m}}}
    return [premise_of(found) async for found in premises.find(around, limit=limit)]


def _plainness(premise: Document) -> tuple[int, list[tuple[int, str]], str]:
    """Sorts the address with the fewest words that were not asked for first; unit 2 before 10."""
    key = premise["address_key"].replace("|", " ")
    parts = [(int(part or 0), text) for part, text in re.findall(r"(\d*)(\D*)", key)]
    return len(key.split()), parts, premise["_id"]
