"""What tests of the usage desk's tools hold figures against, and how they change a place."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from contracts.messages import Card
from contracts.records import Tariff
from contracts.tooling import AskAgain, Cannot, Confirmation, Done, Result
from tests.telling import texts_of
from tests.utility import Utility

TODAY = date(2026, 1, 15)
FLAT, BY_TIME = "Residential Flat", "Residential Time of Use"


async def tariff(utility: Utility, name: str) -> Tariff:
    found = await utility.records.tariffs.get(name, TODAY)
    assert found is not None
    return found


async def riders(utility: Utility) -> Tariff:
    found = await utility.records.tariffs.riders(TODAY)
    assert found is not None
    return found


async def set_premise(utility: Utility, who: str, **fields: Any) -> None:
    premise = await utility.premise(who)
    changes = {name.replace("__", "."): value for name, value in fields.items()}
    await utility.database["premises"].update_one({"_id": premise.premise_id}, {"$set": changes})


def card_of(result: Done) -> Card:
    return next(part for part in result.show if isinstance(part, Card))


async def unconfirmed(
    utility: Utility, who: str, tool: str, **raw: Any
) -> Result | Confirmation | Cannot | AskAgain:
    """The tool's result; of one that asks for a yes what is read back."""
    call = await utility.call(who, agent="usage")
    spec = utility.toolbox.by_name[tool]
    if spec.read_back is None:
        return await utility.run(tool, call, **raw)
    args = utility.toolbox.parse(spec, raw)
    assert not isinstance(args, AskAgain)
    return await utility.toolbox.read_back(spec, call, args)


def sentences(result: Result | Confirmation) -> str:
    """What is said, without what is shown, a "#" for every figure and number."""
    told = list(texts_of(result))
    said = " ".join(filter(None, told[: 2 if isinstance(result, Cannot) else 1]))
    return re.sub(r"\d(?:[\d,.]*\d)?", "#", re.sub(r"\bS-\w+", "S-#", said))
