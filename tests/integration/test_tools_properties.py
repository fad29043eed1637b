"""Two customers are never mixed, and nobody gets a tool on a rung too low, whatever is asked.

Each tool is called for one customer with arguments that name another: their account number,
address, phone, name, outage, appointment.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.identity import Rung
from contracts.records import AuthorizedUser, Premise
from contracts.tooling import AskAgain, Cannot, Effect, ToolSpec
from evals.bench.subject import Subject
from evals.bench.toolcalls import CASES, booked, outage_at
from evals.records import Documents, hashes_of
from tests.subjects import ids_of, run, subject_of, vacant_of
from tests.utility import Utility
from tools import load_tools

pytestmark = pytest.mark.integration

TOOLS = tuple(load_tools().by_name.values())
MIXING = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ASKING, OTHERS = 6, 4


@dataclass(frozen=True)
class Other:
    """Somebody else: what is theirs, and must not be told."""

    subject: Subject
    confirmation_number: str
    outage_id: str
    balance: Decimal
    records: Documents = field(default_factory=dict)

    def named(self, argument: str) -> Any:
        """What a caller might say in an argument to get at this customer; None: nothing."""
        customer, premise = self.subject.customer, self.subject.premise
        contacts = {contact.kind: contact.value for contact in customer.contacts}
        if "address" in argument or argument == "location":
            return premise.address
        if argument in {"phone", "customer_phone", "phone_number"}:
            return contacts.get("phone")
        return {
            "account_number": customer.account_number,
            "confirmation_number": self.confirmation_number,
            "outage_id": self.outage_id,
            "name": customer.name,
            "email": contacts.get("email"),
            "reason": f"for {customer.name}, account {customer.account_number}",
            "description": f"it is at {premise.address}",
            "charge_type": f"the charges of {customer.account_number}",
            "concern": f"what {customer.name} uses",
            "handoff_message": f"for account {customer.account_number}",
            "payment_method": self.subject.account.methods[0].method_id,
        }.get(argument)

    def marks(self) -> Iterator[str]:
        """Texts that stand for this customer and nobody else."""
        customer, account, premise = (
            self.subject.customer,
            self.subject.account,
            self.subject.premise,
        )
        yield from (customer.customer_id, customer.name, account.account_number)
        yield from (premise.premise_id, premise.street, customer.mailing_address)
        yield customer.date_of_birth.isoformat()
        yield from (contact.value for contact in customer.contacts)
        yield from (user.name for user in customer.authorized_users)
        yield from (meter.meter_id for meter in premise.meters)
        yield from (meter.serial for meter in premise.meters)
        yield from (f"{abs(self.balance)}", f"{abs(self.balance):,}")
        yield self.confirmation_number


async def other(utility: Utility, customer_id: str, number: int, vacant: list[Premise]) -> Other:
    """Somebody with things of their own that are like nobody else's."""
    subject = await subject_of(utility, customer_id, number=number, vacant=vacant)
    records, account = utility.records, subject.account.account_number
    user = AuthorizedUser(
        name=f"Zebulon Quartermain {number}", since=utility.clock.now().date() - timedelta(days=9)
    )
    await records.customers.authorize(customer_id, user)
    await records.customers.set_mailing_address(
        customer_id, f"{700 + number} Nightingale Row, Bend, OR 97701"
    )
    await records.billing.grant(
        key=f"mark:{account}",
        account_number=account,
        kind="service guarantee",
        amount=Decimal("73210.37") + 111 * number,
        memo="",
        at=utility.clock.now(),
    )
    made = Other(
        subject=await subject_of(utility, customer_id, number=number, vacant=vacant),
        confirmation_number=(await booked(subject)).confirmation_number,
        outage_id=(await outage_at(subject)).outage_id,
        balance=await records.billing.balance(account),
    )
    return replace(made, records=await records_of(utility, made))


@dataclass(frozen=True)
class People:
    asking: list[str]  # ids of those for whom tools are called
    others: list[Other]  # those whom the arguments name
    vacant: list[Premise]


@pytest.fixture
async def people(utility: Utility) -> People:
    ids, vacant = await ids_of(utility), await vacant_of(utility)
    others = [await other(utility, who, n, vacant) for n, who in enumerate(ids[1::3][:OTHERS])]
    return People(ids[::3][:ASKING], others, vacant)


@pytest.mark.parametrize("spec", TOOLS, ids=lambda spec: spec.name)
@MIXING
@given(data=st.data())
async def test_what_is_anothers_is_neither_told_nor_touched(
    utility: Utility, people: People, spec: ToolSpec, data: st.DataObject
) -> None:
    subject = await subject_of(
        utility,
        data.draw(st.sampled_from(people.asking)),
        number=data.draw(st.integers(0, 9_999)),
        vacant=people.vacant,
    )
    whom = data.draw(st.sampled_from(people.others))
    said = {name: value for name in spec.args.model_fields if (value := whom.named(name))}
    named = data.draw(st.sets(st.sampled_from(sorted(said)), min_size=1) if said else st.just(()))
    raw = await CASES[spec.name].prepare(subject) or {}
    raw |= {name: said[name] for name in named}
    if spec.name == "verify_customer_identity":  # who knows both is who they say
        raw |= {"verification_value": subject.customer.ssn_last4}
    before = await hashes_of(utility.database)
    call = subject.call(spec, key=f"mix-{data.draw(st.uuids())}")
    outcome = await run(utility, spec, call, raw)
    assert told_of(whom, outcome.told, said=json.dumps(raw, ensure_ascii=False)) == []
    if await hashes_of(utility.database) != before:
        assert await records_of(utility, whom) == whom.records


def told_of(whom: Other, told: str, *, said: str) -> list[str]:
    """Which marks of somebody are in an answer, besides those that the caller said themselves."""
    known = _bare(said)
    return [mark for mark in whom.marks() if mark and _in(mark, told) and _bare(mark) not in known]


def _in(mark: str, told: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(mark)}(?!\w)", told) is not None


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


async def records_of(utility: Utility, whom: Other) -> Documents:
    """All documents that belong to somebody."""
    customer, premise = whom.subject.customer, whom.subject.premise
    meters = [meter.meter_id for meter in premise.meters]
    own = {
        "_id": [customer.customer_id, customer.account_number, premise.premise_id, *meters],
        "customer_id": [customer.customer_id],
        "account_number": [customer.account_number],
        "premise_id": [premise.premise_id],
        "meter_id": meters,
    }
    query = {"$or": [{name: {"$in": values}} for name, values in own.items()]}
    names = sorted(await utility.database.list_collection_names())
    found = (utility.database[name].find(query, sort={"_id": 1}).to_list() for name in names)
    theirs = zip(names, await asyncio.gather(*found), strict=True)
    return {name: [*documents] for name, documents in theirs if documents}


async def test_what_is_looked_for_is_what_tools_tell(utility: Utility, people: People) -> None:
    """Each asks for themselves: then they are told what nobody else may be."""
    whom, found = people.others[0], set()
    for name in ("get_account_info", "get_current_bill", "get_meter_info", "get_service_address"):
        call = whom.subject.call(utility.toolbox.by_name[name], key=f"own-{name}")
        outcome = await run(utility, utility.toolbox.by_name[name], call, {})
        found |= set(told_of(whom, outcome.told, said=""))
    customer, premise = whom.subject.customer, whom.subject.premise
    assert found >= {customer.name, premise.street, f"{abs(whom.balance)}"}
    assert whom.records.keys() >= {"customers", "accounts", "premises", "journal", "appointments"}


@pytest.mark.parametrize("spec", TOOLS, ids=lambda spec: spec.name)
async def test_below_its_rung_a_tool_is_refused_and_changes_nothing(
    utility: Utility, spec: ToolSpec
) -> None:
    subject, raw = await fit_for(utility, spec)
    args = utility.toolbox.parse(spec, raw)
    assert not isinstance(args, AskAgain), args.say
    before = await hashes_of(utility.database)
    for rung in Rung:
        if rung >= spec.rung or spec.effect is Effect.EMERGENCY:
            continue
        call = subject.call(spec, key=f"rung-{rung}", rung=rung)
        refused = await utility.toolbox.run(spec, call, args)
        assert isinstance(refused, Cannot)
        assert refused.reason == "not_verified"
        if spec.read_back:
            again = await utility.toolbox.read_back(spec, call, args)
            assert isinstance(again, Cannot)
            assert again.reason == "not_verified"
    assert await hashes_of(utility.database) == before


async def fit_for(utility: Utility, spec: ToolSpec) -> tuple[Subject, dict[str, Any]]:
    """A customer for whom the tool is something, and a call's arguments."""
    vacant = await vacant_of(utility)
    for customer_id in reversed(await ids_of(utility)):
        subject = await subject_of(utility, customer_id, vacant=vacant)
        raw = await CASES[spec.name].prepare(subject)
        if raw is not None:
            return subject, raw
    raise AssertionError(f"{spec.name} is nothing for anybody")
