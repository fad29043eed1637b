"""Any customer of the seeded utility, and tools run for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import BaseModel

from contracts.records import Premise
from contracts.tooling import AskAgain, Call, Confirmation, Result, ToolSpec
from evals.bench.subject import Subject
from stores.mongo.documents import premise_of
from tests.utility import Utility


async def ids_of(utility: Utility) -> list[str]:
    """All customers, the demo ones first."""
    found = await utility.database["customers"].find({}, {"_id": 1}, sort={"_id": 1}).to_list()
    return [document["_id"] for document in found]


async def vacant_of(utility: Utility) -> list[Premise]:
    found = utility.database["premises"].find({"occupied": False}, sort={"_id": 1}, limit=50)
    return [premise_of(document) for document in await found.to_list()]


async def subject_of(
    utility: Utility, customer_id: str, *, number: int = 0, vacant: list[Premise] | None = None
) -> Subject:
    records = utility.records
    customer = await records.customers.get(customer_id)
    assert customer is not None
    account = await records.accounts.get(customer.account_number)
    assert account is not None
    premise = await records.accounts.premise(account.premise_id)
    assert premise is not None
    places = await vacant_of(utility) if vacant is None else vacant
    return Subject(utility.services, customer, account, premise, places, number)


@dataclass(frozen=True)
class Outcome:
    """What came of a call: its result, what was read back before it, and what was run."""

    result: Result
    read_back: Confirmation | None = None
    args: BaseModel | None = None

    @property
    def told(self) -> str:
        """All that a customer or a model may come to see, as JSON."""
        return json.dumps([_plain(self.result), _plain(self.read_back)], ensure_ascii=False)


async def run(utility: Utility, spec: ToolSpec, call: Call, raw: Mapping[str, Any]) -> Outcome:
    """A model's call, as it would be run: checked, read back and agreed to, then run."""
    toolbox = utility.toolbox
    args = toolbox.parse(spec, raw)
    if isinstance(args, AskAgain):
        return Outcome(args)
    if spec.read_back is None:
        return Outcome(await toolbox.run(spec, call, args), None, args)
    confirmation = await toolbox.read_back(spec, call, args)
    if not isinstance(confirmation, Confirmation):
        return Outcome(confirmation)
    agreed = toolbox.parse(spec, confirmation.args)
    assert not isinstance(agreed, AskAgain), f"what was read back can't be run: {agreed.say}"
    return Outcome(await toolbox.run(spec, call, agreed), confirmation, agreed)


def _plain(result: Any) -> Any:
    if result is None:
        return None
    fields = asdict(result)
    if "show" in fields:
        fields["show"] = [part.model_dump(mode="json") for part in result.show]
    return json.loads(json.dumps(fields, default=str))
