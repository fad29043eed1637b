"""Outages and emergencies: what is said, what is refused, and that nothing waits in danger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Card, Channel, Link
from contracts.records import Crew, Estimate
from contracts.tooling import AskAgain, Call, Cannot, Done, Result
from tests.fakes import World, make_world
from tests.samples import HOME, NOW, OTHER_ACCOUNT, STORM
from tools import load_tools
from tools.common import same_place
from tools.outage.emergency import safety_words

pytestmark = pytest.mark.unit

TOOLBOX = load_tools()


@pytest.fixture
def world() -> World:
    return make_world()


async def run(name: str, call: Call, **raw: Any) -> Result:
    spec = TOOLBOX.by_name[name]
    args = TOOLBOX.parse(spec, raw)
    return args if isinstance(args, AskAgain) else await TOOLBOX.run(spec, call, args)


async def done(name: str, call: Call, **raw: Any) -> Done:
    result = await run(name, call, **raw)
    assert isinstance(result, Done), result
    return result


def recognised(world: World, **changes: Any) -> Call:
    return world.call(**{"rung": Rung.RECOGNISED, "channel": Channel.VOICE, **changes})


# --- what is known ----------------------------------------------------------------------------


SAID = {
    "check_outage_status": (
        "There's a power outage at 418 Alder Street, caused by a tree on the line; "
        "1,342 customers are affected. Crew 7 is on its way. "
        "The power should be back about 9:30 PM."
    ),
    "get_restoration_eta": (
        "The power at 418 Alder Street should be back about 9:30 PM. "
        "We're fairly sure of that, but it can still change. Crew 7 is on its way."
    ),
}


@pytest.mark.parametrize("name", SAID)
async def test_the_outage_at_the_own_address(world: World, name: str) -> None:
    result = await done(name, recognised(world))
    assert result.say == SAID[name]
    assert {**result.facts["outage"], "sure": "medium"} == {
        "id": "OUT-7",
        "status": "repairing",
        "eta": "2026-11-20T21:30:00-08:00",
        "crew": "Crew 7, en route",
        "sure": "medium",
    }
    assert result.data["cause"] == "a tree on the line"
    card = result.show[0]
    assert isinstance(card, Card)
    assert ("Back", "about 9:30 PM") in card.rows
    assert "97201" not in str(result)


async def test_no_outage_replaces_what_was_remembered(world: World) -> None:
    world.outages.here = None
    result = await done("check_outage_status", recognised(world))
    assert result.say.startswith("I see no outage at 418 Alder Street right now.")
    assert result.facts["outage"]["status"] == "none"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"crew": None, "eta": None}, "A crew hasn't been assigned yet. There's no estimate yet"),
        ({"crew": Crew(name="North 2", status="on site")}, "Crew North 2 is on site."),
        ({"eta": NOW + timedelta(hours=9)}, "should be back about 3:00 AM tomorrow."),
        ({"eta": NOW + timedelta(hours=50)}, "back about 8:00 PM on November 22."),
        ({"eta": NOW - timedelta(hours=1)}, "was expected back about 5:00 PM, and work is still"),
        ({"eta_confidence": "low"}, "We're not sure of that yet, and it may change."),
        ({"customers_affected": 1}, "only your address is affected so far"),
        ({"kind": "gas"}, "There's a gas outage at 418 Alder Street"),
    ],
)
async def test_progress_is_said_as_it_stands(
    world: World, changes: dict[str, Any], words: str
) -> None:
    world.outages.here = STORM.model_copy(update=changes)
    assert words in (await done("check_outage_status", recognised(world))).say


@pytest.mark.parametrize("name", ["check_outage_status", "get_restoration_eta", "report_outage"])
async def test_another_address_or_account_is_refused(world: World, name: str) -> None:
    extra = {"outage_type": "power"} if name == "report_outage" else {}
    answer = await run(name, recognised(world), service_address="99 Oak Avenue", **extra)
    assert isinstance(answer, Cannot)
    assert answer.reason == "other_address"
    assert world.outages.reports == {}
    if name != "get_restoration_eta":
        other = await run(name, recognised(world), account_number=OTHER_ACCOUNT, **extra)
        assert isinstance(other, Cannot)
        assert other.reason == "other_account"


async def test_a_stranger_is_refused_until_verified(world: World) -> None:
    answer = await run("check_outage_status", world.stranger())
    assert isinstance(answer, Cannot)
    assert answer.reason == "not_verified"


async def test_a_customer_without_a_premise_is_asked(world: World) -> None:
    answer = await run("check_outage_status", recognised(world, premise_id=None))
    assert isinstance(answer, AskAgain)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"eta_confidence": "low"}, "We're not sure of that yet, and it may well change."),
        ({"eta_confidence": "high"}, "We're confident of that."),
        ({"eta": None}, "There's no estimate yet for when the power at 418 Alder Street will be"),
        (
            {"eta": NOW - timedelta(hours=1)},
            "was expected back about 5:00 PM. That time has passed",
        ),
        ({"crew": None}, "should be back about 9:30 PM. We're fairly sure of that, but it can"),
    ],
)
async def test_how_sure_an_estimate_is(world: World, changes: dict[str, Any], words: str) -> None:
    world.outages.here = STORM.model_copy(update=changes)
    assert words in (await done("get_restoration_eta", recognised(world))).say


async def test_an_estimate_that_was_revised_says_from_what_and_why(world: World) -> None:
    assert STORM.eta is not None
    before = Estimate(at=NOW, eta=STORM.eta - timedelta(hours=2), confidence="low")
    now = Estimate(at=NOW, eta=STORM.eta, confidence="medium", reason="a second pole is broken")
    world.outages.here = STORM.model_copy(update={"history": (before, now)})
    result = await done("get_restoration_eta", recognised(world))
    assert (
        " The estimate before was 7:30 PM, and changed because a second pole is broken. Crew 7"
        in (result.say)
    )
    assert [e["eta"] for e in result.data["estimates"]] == [
        "2026-11-20T19:30:00-08:00",
        "2026-11-20T21:30:00-08:00",
    ]


async def test_an_outage_may_be_named(world: World) -> None:
    here = await done("get_restoration_eta", recognised(world), outage_id="OUT-7")
    assert "at 418 Alder Street" in here.say
    unknown = await done("get_restoration_eta", recognised(world), outage_id="OUT-99")
    assert unknown.data["outage_id"] == "OUT-7"
    elsewhere = recognised(world, premise_id=None)
    assert (await done("get_restoration_eta", elsewhere, outage_id="OUT-7")).say.startswith(
        "The power should be back about 9:30 PM."
    )


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("418 Alder Street", True),
        ("418 alder st.", True),
        ("418 Alder Street, Cedar Falls, OR 97201", True),
        ("Alder Street", True),
        ("at home", True),
        ("my house", True),
        ("here", True),
        ("my mother's house", False),
        ("4180 Alder Street", False),
        ("418 Oak Street", False),
        ("418 Alder Court", False),
        ("418 N. Alder St", True),
        ("number 418 on Alder Street", True),
        ("12 Alder Street, apartment 418", False),
        ("418 Alder Street, Mill Creek, 97203", False),
        ("downtown", False),
    ],
)
def test_whether_an_address_is_the_own_one(text: str, same: bool) -> None:
    assert same_place(text, HOME) is same


# --- reporting --------------------------------------------------------------------------------


async def test_reporting_joins_the_known_outage(world: World) -> None:
    result = await done("report_outage", recognised(world), outage_type="no power")
    assert result.say.startswith(
        "Thank you, I've added your report to the outage we know of at 418 Alder Street."
    )
    assert result.data["newly_reported"] is False


async def test_reporting_opens_an_outage_once(world: World) -> None:
    world.outages.here = None
    first = await done("report_outage", recognised(world), outage_type="lights out")
    again = await done("report_outage", recognised(world), outage_type="lights out")
    assert first == again
    assert first.data["newly_reported"] is True
    assert first.say == (
        "Thank you, I've reported the power outage at 418 Alder Street. "
        "A crew hasn't been assigned yet. There's no estimate yet for when it will be back."
    )


async def test_the_kind_comes_from_the_description_or_is_asked_for(world: World) -> None:
    world.outages.here = None
    gas = await done("report_outage", recognised(world), description="the gas stove won't light")
    assert gas.data["kind"] == "gas"
    answer = await run("report_outage", recognised(world, key="key-2"), description="it's off")
    assert answer == AskAgain(("outage_type",), "Is it the electricity or the gas that's out?")
    odd = await run("report_outage", recognised(world), outage_type="water")
    assert isinstance(odd, AskAgain)


# --- emergencies ------------------------------------------------------------------------------


async def test_gas_safety_comes_first_and_for_anybody(world: World) -> None:
    result = await done("report_gas_leak", world.stranger(), location="12 Pine Road")
    assert result.say.startswith(
        "Please leave now and take everyone with you. Don't touch any switches, don't use flames, "
        "and don't start a car. From a safe place, call 911 and our emergency line at "
        "1-800-555-0911."
    )
    assert result.say.endswith(
        "Emergency case C-0001 for 12 Pine Road is open, and it stays open until our people have "
        "checked."
    )
    [case] = world.cases.kept.values()
    assert (case.kind, case.priority, case.customer_id) == ("gas leak", "emergency", "anon-1")
    assert case.details["location"] == "12 Pine Road"
    assert Link(label="Call the emergency line", url="tel:18005550911") in result.show


async def test_a_wire_with_what_was_seen(world: World) -> None:
    result = await done(
        "report_downed_wire", world.stranger(), location="5th and Main", is_arcing="yes"
    )
    assert result.say.startswith("Please move at least 35 feet away")
    [case] = world.cases.kept.values()
    assert (case.kind, case.details["arcing"]) == ("downed wire", True)


@pytest.mark.parametrize("name", ["report_gas_leak", "report_downed_wire"])
async def test_an_unknown_place_is_asked_for_after_the_alarm(world: World, name: str) -> None:
    result = await done(name, world.stranger(), is_arcing="dunno", nonsense=1)
    assert result.say.endswith("Once you're safe, what's the address?")
    assert result.data["missing"] == ["location"]
    [case] = world.cases.kept.values()
    assert (case.priority, case.details["location"]) == ("emergency", "")


async def test_the_address_given_later_continues_the_case(world: World) -> None:
    await run("report_gas_leak", world.stranger())
    await run("report_gas_leak", world.stranger(key="key-2"))  # said again, still no address
    assert len(world.cases.kept) == 1
    await run("report_gas_leak", world.stranger(key="key-3"), location="12 Pine Road")
    again = await done("report_gas_leak", world.stranger(key="key-4"), location="12 Pine Road")
    assert [c.details.get("continues") for c in world.cases.kept.values()] == [None, "C-0001"]
    assert again.data["case"] == "C-0002"
    once_more = await done("report_gas_leak", world.stranger(key="key-5"))
    assert once_more.data["location"] == "12 Pine Road"
    assert len(world.cases.kept) == 2


async def test_a_place_said_before_is_not_asked_for_again(world: World) -> None:
    await run("report_gas_leak", world.stranger(), location="12 Pine Road, Salem")
    again = await done("report_gas_leak", world.stranger(key="key-2"))
    assert "case C-0001 for 12 Pine Road is open" in again.say


async def test_another_place_is_another_emergency(world: World) -> None:
    await run("report_gas_leak", world.stranger(), location="12 Pine Road")
    await run("report_gas_leak", world.stranger(key="key-2"), location="80 Lake Drive")
    await run("report_downed_wire", world.stranger(key="key-3"), location="80 Lake Drive")
    assert len(world.cases.kept) == 3


@pytest.mark.parametrize("said", ["", HOME.address])
async def test_the_place_falls_back_on_the_service_address(world: World, said: str) -> None:
    result = await done("report_gas_leak", recognised(world), location=said)
    assert "case C 0 0 0 1 for 418 Alder Street is open" in result.say
    assert result.say.endswith("If it's somewhere else, tell me once you're safe.")
    assert "97201" not in str(result)
    [case] = world.cases.kept.values()
    assert case.details["location"] == HOME.address


async def test_a_replayed_emergency_is_one_case(world: World) -> None:
    first = await done("report_gas_leak", world.stranger(), location="12 Pine Road")
    assert await done("report_gas_leak", world.stranger(), location="12 Pine Road") == first
    assert len(world.cases.kept) == 1


async def test_safety_is_said_when_records_are_down(world: World) -> None:
    world.cases.down = True
    answer = await run("report_gas_leak", world.stranger(), location="12 Pine Road")
    assert isinstance(answer, Cannot)
    assert answer.reason == "unavailable"
    assert answer.say.startswith("Please leave now")
    assert answer.say.endswith("please make that call yourself.")


def test_safety_words_for_when_no_tool_can_run(world: World) -> None:
    brand = world.services.scenario.brand
    assert "leave now" in safety_words("report_gas_leak", brand)
    assert "35 feet" in safety_words("report_downed_wire", brand)
    assert all(brand.emergency_phone in safety_words(n, brand) for n in ("report_gas_leak",))


async def test_emergency_contacts_are_public(world: World) -> None:
    result = await done("get_emergency_contacts", world.stranger())
    assert "call 911" in result.say
    assert "1-800-555-0911" in result.say
    assert result.data["customer_service"] == "1-800-555-0199"
