"""What homes of a kind and heating use a month, in a town and in all of them, so that a home can be
compared with the others and names nobody.

    {_id: "Cedar Falls|house|gas", group: "gas-heated houses in Cedar Falls",
     months: {"2025-11": [homes, sum, low, next], ...}}

"*|house|gas" is of all towns. Of whole months, in hundredths of a kWh. `low` is the use of the home
at the lowest fifth when one home is left out, at index ceil((homes - 1) / 5) - 1 of the sorted
ones, and `next` that of the one after it: so whoever asks can be left out of all figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from dateutil.relativedelta import relativedelta
from numpy.typing import NDArray

from stores.mongo.usage import ALL_TOWNS, group_of
from stores.seed.billing import upto
from stores.seed.block import Block
from stores.seed.days import Days
from stores.seed.homes import HEATINGS, KINDS
from stores.seed.places import TOWNS

_FIFTH = 5
_UNKNOWN = -1
_ALL = -1  # instead of a town
_PLURAL = {"house": "houses", "townhouse": "townhouses", "apartment": "apartments", "shop": "shops"}
_IN_WORDS = {
    "gas": "gas-heated {kinds} in {town}",
    "electric": "electrically heated {kinds} in {town}",
    "heat pump": "{kinds} with a heat pump in {town}",
}


@dataclass(frozen=True, slots=True)
class Uses:
    """By home: its town, kind and heating, and what it used each month; -1 where not all of its
    days are known."""

    group: NDArray[np.int16]
    months: NDArray[np.int32]

    def first(self, count: int) -> Uses:
        return Uses(self.group[:count], self.months[:count])


def uses(days: Days, block: Block) -> Uses:
    daily, accounts, homes = block.used.daily, block.accounts, block.homes
    edges = np.array([(month - days.first).days for month in months_of(days)])
    used = np.diff(upto(daily)[:, edges], axis=1)
    begins = days.edges[accounts.cycle, accounts.oldest]
    used[begins[:, None] > edges[:-1]] = _UNKNOWN
    group = np.stack([homes.town, homes.kind, homes.heating], axis=1)
    return Uses(group.astype(np.int16), used)


def neighbour_documents(days: Days, all_uses: Iterable[Uses]) -> list[dict[str, Any]]:
    found = list(all_uses)
    groups = np.concatenate([one.group for one in found])
    months = np.concatenate([one.months for one in found])
    names = [f"{month:%Y-%m}" for month in months_of(days)[:-1]]
    everywhere = np.where(np.arange(3) == 0, _ALL, groups)
    documents = []
    for among in (groups, everywhere):
        for group in np.unique(among, axis=0):
            homes = months[(among == group).all(axis=1)]
            figures = {
                name: _figures(homes[homes[:, n] != _UNKNOWN, n])
                for n, name in enumerate(names)
                if (homes[:, n] != _UNKNOWN).any()
            }
            documents.append({**_named(*group.tolist()), "months": figures})
    return documents


def months_of(days: Days) -> list[date]:
    """The first days of the whole months there are readings of, and the one after them."""
    first = days.first.replace(day=1)
    first = first if first == days.first else first + relativedelta(months=1)
    last = days.today.replace(day=1)
    count = (last.year - first.year) * 12 + last.month - first.month
    return [first + relativedelta(months=n) for n in range(count + 1)]


def _figures(used: NDArray[np.int32]) -> list[int]:
    ranked = np.sort(used)
    at = max(0, -(-(len(ranked) - 1) // _FIFTH) - 1)
    following = min(at + 1, len(ranked) - 1)
    return [len(ranked), int(ranked.sum(dtype=np.int64)), int(ranked[at]), int(ranked[following])]


def _named(town: int, kind: int, heating: int) -> dict[str, str]:
    words = _IN_WORDS[HEATINGS[heating]]
    home = {"kind": KINDS[kind], "heating": HEATINGS[heating]}
    name, said = (ALL_TOWNS, "our area") if town == _ALL else (TOWNS[town].name,) * 2
    return {
        "_id": group_of(name, home),
        "group": words.format(kinds=_PLURAL[home["kind"]], town=said),
    }
