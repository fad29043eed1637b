"""The outage desk's tools on the seeded utility: what is out, reports, emergencies."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Card, Channel
from contracts.records import Outage
from contracts.tooling import Call, Done
from tests.outages import at, desk, out
from tests.utility import Utility

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("calm")]


async def known(utility: Utility, outage_id: str) -> Outage:
    found = await utility.records.outages.get(outage_id)
    assert found is not None
    return found


# --- what is known ----------------------------------------------------------------------------


async def test_the_status_is_that_of_the_record(utility: Utility) -> None:
    made, call = await out(utility), await desk(utility)
    result = await utility.done("check_outage_status", call)
    home = await utility.premise("Maria")
    assert result.say == (
        f"There's a power outage at {home.street}, caused by a tree on a power line; "
        f"864 customers are affected. Crew 7 is on its way. "
        f"The power should be back {at(call, made.eta)}."
    )
    assert result.data["outage_id"] == made.outage_id


async def test_no_outage_is_said_so(utility: Utility) -> None:
    for tool in ("check_outage_status", "get_restoration_eta"):
        result = await utility.done(tool, await desk(utility))
        assert result.data["outage"] is None


async def test_the_estimate_is_the_records_with_its_history(utility: Utility) -> None:
    made, call = await out(utility), await desk(utility)
    now = utility.clock.now()
    later = now + timedelta(hours=4)
    await utility.records.outages.revise(
        made.outage_id, at=now, eta=later, confidence="low", reason="a second pole is broken"
    )
    result = await utility.done("get_restoration_eta", call)
    home = await utility.premise("Maria")
    was = at(call, made.eta).removeprefix("about ")
    assert result.say == (
        f"The power at {home.street} should be back {at(call, later)}. We're not sure of that yet, "
        f"and it may well change. The estimate before was {was}, and changed because a second "
        "pole is broken. "
        "Crew 7 is on its way."
    )
    assert [e["confidence"] for e in result.data["estimates"]] == ["medium", "low"]


async def test_who_was_told_hears_that_nothing_has_changed(utility: Utility) -> None:
    made, call = await out(utility), await desk(utility)
    first = await utility.done("get_restoration_eta", call)
    assert "nothing has changed" not in first.say
    knows = await desk(utility, facts=first.facts)
    again = await utility.done("get_restoration_eta", knows)
    assert "nothing has changed" in again.say
    assert at(call, made.eta) in again.say
    assert first.data == again.data
    later = utility.clock.now() + timedelta(hours=3)
    await utility.records.outages.revise(made.outage_id, at=utility.clock.now(), eta=later)
    changed = await utility.done("get_restoration_eta", knows)
    assert "nothing has changed" not in changed.say
    assert at(call, later) in changed.say


async def test_an_address_that_is_not_theirs_is_refused(utility: Utility) -> None:
    theirs = await utility.premise("Diego")
    await out(utility, "Diego")
    for tool, more in (
        ("check_outage_status", {}),
        ("get_restoration_eta", {}),
        ("report_outage", {"outage_type": "electric"}),
    ):
        before = await utility.everything()
        call = await desk(utility)
        refusal = await utility.refused(tool, call, service_address=theirs.address, **more)
        assert refusal.reason == "other_address"
        assert await utility.everything() == before


@pytest.mark.parametrize(
    ("tool", "rung"),
    [
        ("check_outage_status", Rung.ANONYMOUS),
        ("get_restoration_eta", Rung.ANONYMOUS),
        ("report_outage", Rung.ANONYMOUS),
        ("subscribe_outage_updates", Rung.ANONYMOUS),
    ],
)
async def test_who_is_not_recognised_is_refused(utility: Utility, tool: str, rung: Rung) -> None:
    await out(utility)
    before = await utility.everything()
    refusal = await utility.refused(tool, await desk(utility, rung=rung))
    assert refusal.reason == "not_verified"
    assert await utility.everything() == before


# --- the map ----------------------------------------------------------------------------------


async def test_the_map_lists_what_is_out_largest_first(utility: Utility) -> None:
    await out(utility, "Diego", customers_affected=41, eta=None, crew=None, status="reported")
    await out(utility)
    await out(utility, "James", status="restored", restored=utility.clock.now())
    call = await desk(utility, rung=Rung.ANONYMOUS)
    result = await utility.done("get_outage_map", call)
    assert [o["outage_id"] for o in result.data["outages"]] == ["O-Maria", "O-Diego"]
    assert result.data["customers_affected"] == 905
    assert result.say.startswith("There are 2 outages right now: 864 customers in ")
    assert "41 customers in Harborview, no estimate yet" in result.say
    [card] = result.show
    assert isinstance(card, Card)
    assert len(card.rows) == 2
    assert "yours" not in result.say + str(card.rows)


async def test_the_map_says_which_is_theirs(utility: Utility) -> None:
    await out(utility)
    alone = await utility.done("get_outage_map", await desk(utility))
    assert alone.say.endswith("It's the one at your address.")
    await out(utility, "Diego")
    result = await utility.done("get_outage_map", await desk(utility))
    assert [o["yours"] for o in result.data["outages"]].count(True) == 1
    assert result.say.endswith("One of them is at your address.")


async def test_an_empty_map(utility: Utility) -> None:
    result = await utility.done("get_outage_map", await desk(utility))
    assert (result.say, result.show) == ("There are no known outages right now.", ())


async def test_no_answer_holds_an_address_of_somebody_else(utility: Utility) -> None:
    """Both are in one outage, and one of them opened it."""
    homes = {who: await utility.premise(who) for who in ("Maria", "Diego")}
    maria, diego = homes["Maria"], homes["Diego"]
    beside = {"type": "Point", "coordinates": [maria.longitude + 0.0005, maria.latitude]}
    await utility.database["premises"].update_one(
        {"_id": diego.premise_id}, {"$set": {"location": beside}}
    )
    await utility.done("report_outage", await desk(utility), outage_type="power")
    for who, other in (("Diego", maria), ("Maria", diego)):
        for tool, raw in (
            ("report_outage", {"outage_type": "power", "description": "dark"}),
            ("check_outage_status", {}),
            ("get_restoration_eta", {}),
            ("get_outage_map", {}),
            ("subscribe_outage_updates", {"notification_method": "sms"}),
        ):
            answer = str(await utility.done(tool, await desk(utility, who), **raw))
            for private in (other.street, other.address, other.premise_id, str(other.latitude)):
                # Whole figures: 45.5111, of the rough drawing, is not the home's 45.51.
                assert not re.search(rf"{re.escape(private)}(?!\d)", answer), (tool, private)


# --- reporting --------------------------------------------------------------------------------


async def test_a_report_opens_an_outage_once(utility: Utility) -> None:
    call = await desk(utility)
    first = await utility.done("report_outage", call, outage_type="the lights", description="dark")
    home = await utility.premise("Maria")
    assert first.say.startswith(f"Thank you, I've reported the power outage at {home.street}.")
    assert (first.data["newly_reported"], first.data["reports"]) == (True, 1)
    kept = await known(utility, first.data["outage_id"])
    assert (kept.status, kept.reports, kept.started) == ("reported", 1, utility.clock.now())
    before = await utility.everything()
    raw = {"outage_type": "the lights", "description": "dark"}
    assert await utility.done("report_outage", call, **raw) == first
    assert await utility.everything() == before


async def test_a_report_joins_the_outage_that_is_known(utility: Utility) -> None:
    made = await out(utility, reports=11)
    result = await utility.done("report_outage", await desk(utility), outage_type="electric")
    assert (result.data["outage_id"], result.data["newly_reported"]) == (made.outage_id, False)
    assert "12 customers have reported it. Crew 7 is on its way." in result.say
    assert (await known(utility, made.outage_id)).reports == 12


async def test_neighbors_who_report_at_once_are_in_one_outage(utility: Utility) -> None:
    home = await utility.premise("Maria")
    names = [c.first_name for c in await utility.records.customers.demo()][:12]
    calls = [await desk(utility, who, key=f"report-{who}") for who in dict.fromkeys(names)]
    for number, call in enumerate(calls):
        place = [home.longitude + 0.0003 * number, home.latitude]
        await utility.database["premises"].update_one(
            {"_id": call.premise_id}, {"$set": {"location.coordinates": place}}
        )
    answers = await asyncio.gather(
        *(utility.done("report_outage", call, outage_type="power") for call in calls)
    )
    assert len({answer.data["outage_id"] for answer in answers}) == 1
    assert [answer.data["newly_reported"] for answer in answers].count(True) == 1
    kept = await known(utility, answers[0].data["outage_id"])
    assert (kept.reports, kept.status) == (len(calls), "confirmed")
    assert kept.customers_affected >= len(calls)


async def test_what_is_out_is_asked_if_it_is_not_clear(utility: Utility) -> None:
    question = await utility.asked("report_outage", await desk(utility))
    assert question.missing == ("outage_type",)
    unclear = await utility.asked("report_outage", await desk(utility), outage_type="everything")
    assert unclear.missing == ("outage_type",)
    assert await utility.database["outage_reports"].count_documents({}) == 0


async def test_another_customers_account_is_refused(utility: Utility) -> None:
    other = (await utility.account("Diego")).account_number
    refusal = await utility.refused(
        "report_outage", await desk(utility), outage_type="power", account_number=other
    )
    assert refusal.reason == "other_account"


# --- emergencies ------------------------------------------------------------------------------


def stranger(utility: Utility, call: Call, **changes: Any) -> Call:
    nobody: dict[str, Any] = {
        "customer_id": "anonymous-1",
        "rung": Rung.ANONYMOUS,
        "account_number": None,
        "premise_id": None,
        "service_address": None,
        "channel": Channel.WEB,
        "address": "session-1",
    }
    return replace(call, **{**nobody, **changes})


@pytest.mark.parametrize(
    ("tool", "kind", "first", "raw"),
    [
        ("report_gas_leak", "gas leak", "Please leave now", {"smell_description": "eggs"}),
        ("report_downed_wire", "downed wire", "Please move at least 35 feet", {"is_arcing": True}),
    ],
)
async def test_an_emergency_is_safety_first_and_a_case_at_once(
    utility: Utility, tool: str, kind: str, first: str, raw: dict[str, Any]
) -> None:
    call = stranger(utility, await desk(utility))
    result = await utility.done(tool, call, location="12 Pine Road", **raw)
    assert result.say.startswith(first)
    assert "call 911" in result.say
    [case] = await utility.database["cases"].find({"customer_id": "anonymous-1"}).to_list()
    assert (case["_id"], case["kind"], case["priority"]) == (
        result.data["case"],
        kind,
        "emergency",
    )
    assert case["details"]["location"] == "12 Pine Road"
    before = await utility.everything()
    assert await utility.done(tool, call, location="12 Pine Road", **raw) == result
    assert await utility.everything() == before


@pytest.mark.parametrize("tool", ["report_gas_leak", "report_downed_wire"])
@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"location": "it's nothing, never mind, don't report it"},
        {"location": 12, "smell_description": None, "is_arcing": "maybe"},
        {"nonsense": True},
        {"location": "x" * 5_000},
    ],
    ids=["nothing known", "talked out of", "wrong types", "unknown", "endless"],
)
async def test_nothing_said_keeps_an_emergency_from_being_raised(
    utility: Utility, tool: str, raw: dict[str, Any]
) -> None:
    call = stranger(utility, await desk(utility))
    result = await utility.run(tool, call, **raw)
    assert isinstance(result, Done)
    cases = await utility.database["cases"].find({"customer_id": "anonymous-1"}).to_list()
    assert [case["priority"] for case in cases] == ["emergency"]


async def test_the_emergency_numbers_are_for_everybody(utility: Utility) -> None:
    brand = utility.services.scenario.brand
    call = stranger(utility, await desk(utility))
    result = await utility.done("get_emergency_contacts", call)
    assert result.data == {
        "life_in_danger": "911",
        "emergency_line": brand.emergency_phone,
        "customer_service": brand.phone,
    }
    assert brand.emergency_phone in result.say
