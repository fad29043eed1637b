"""Verification, the service address, call-backs and hand-offs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Channel
from contracts.tooling import AskAgain, Call, Cannot, Done, GoTo, Result, Verified
from tests.fakes import World, make_world
from tests.samples import ACCOUNT, OTHER_ACCOUNT, PHONE
from tools import load_tools
from tools.proof import Proof, read_proof, spoken_digits

pytestmark = pytest.mark.unit

TOOLBOX = load_tools()


@pytest.fixture
def world() -> World:
    return make_world()


async def run(name: str, call: Call, **raw: Any) -> Result:
    spec = TOOLBOX.by_name[name]
    args = TOOLBOX.parse(spec, raw)
    return args if isinstance(args, AskAgain) else await TOOLBOX.run(spec, call, args)


async def verify(call: Call, account: str, value: str | None, method: str | None = None) -> Result:
    given = {"account_number": account, "verification_value": value, "verification_method": method}
    return await run("verify_customer_identity", call, **given)


# --- verification -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "97201",
        "97201-4410",
        "zip 97201",
        "nine seven two oh one",
        "1985-03-14",
        "03/14/1985",
        "March 14, 1985",
        "14th of March 1985",
        "03141985",
        "4821",
        "four eight two one",
    ],
)
async def test_each_proof_on_file_verifies(world: World, value: str) -> None:
    answer = await verify(world.stranger(), ACCOUNT, value)
    assert answer == Verified(
        "cust-1", Rung.VERIFIED, "Thank you, that's all I needed. You're verified."
    )


async def test_the_account_number_may_be_said_or_grouped(world: World) -> None:
    spoken = "four oh one double zero one two three four five"
    for account in (spoken, "401-001-2345", "4010 0123 45"):
        assert isinstance(await verify(world.stranger(), account, "97201"), Verified)


@pytest.mark.parametrize("value", ["97202", "1985-03-15", "4822", "0000", "01/01/1900"])
async def test_a_wrong_proof_does_not_verify(world: World, value: str) -> None:
    answer = await verify(world.stranger(), ACCOUNT, value)
    assert isinstance(answer, AskAgain)
    assert answer.missing == ("account_number", "verification_value")
    assert answer.say == (
        "I'm sorry, that doesn't match what we have on file. You can try 2 more times."
    )


async def test_the_proof_of_another_account_does_not_verify(world: World) -> None:
    assert isinstance(await verify(world.stranger(), ACCOUNT, "1111"), AskAgain)
    assert isinstance(await verify(world.stranger(), OTHER_ACCOUNT, "4821"), AskAgain)


async def test_an_unknown_account_is_answered_like_a_wrong_proof(world: World) -> None:
    known = await verify(world.stranger(), ACCOUNT, "97299")
    unknown = await verify(make_world().stranger(), "4010055555", "97299")
    assert known == unknown


async def test_an_account_without_a_premise_has_no_zip(world: World) -> None:
    world.accounts.premises = {}
    assert isinstance(await verify(world.stranger(), ACCOUNT, "97201"), AskAgain)
    assert isinstance(await verify(world.stranger(), ACCOUNT, "4821"), Verified)


@pytest.mark.parametrize("account", [ACCOUNT, "4010055555"])
async def test_three_wrong_tries_lock_out(world: World, account: str) -> None:
    call = world.stranger()
    assert isinstance(await verify(call, account, "97299"), AskAgain)
    second = await verify(call, account, "97298")
    assert isinstance(second, AskAgain)
    assert second.say.endswith("You can try once more.")
    third = await verify(call, account, "97297")
    right = await verify(call, account, "97201")
    assert third == right
    assert isinstance(right, Cannot)
    assert right.reason == "locked"
    assert right.say == (
        "For security, I can't check any more details for now. Please try again after 6:15 PM."
    )


async def test_the_lock_follows_the_account_and_the_address(world: World) -> None:
    for value in ("1", "2", "3"):
        await verify(world.stranger(), ACCOUNT, f"9729{value}")
    elsewhere = world.stranger(address="web-session-2")
    assert isinstance(await verify(elsewhere, ACCOUNT, "97201"), Cannot)
    assert isinstance(await verify(world.stranger(), OTHER_ACCOUNT, "1111"), Cannot)
    assert isinstance(await verify(elsewhere, OTHER_ACCOUNT, "1111"), Verified)
    assert set(world.attempts.locks) == {f"account:{ACCOUNT}", "address:web:web-session-1"}


async def test_the_lock_ends(world: World) -> None:
    for value in ("1", "2", "3"):
        await verify(world.stranger(), ACCOUNT, f"9729{value}")
    world.clock.advance(timedelta(minutes=15, seconds=1))
    assert isinstance(await verify(world.stranger(), ACCOUNT, "97201"), Verified)


async def test_a_right_try_clears_the_count(world: World) -> None:
    await verify(world.stranger(), ACCOUNT, "97299")
    await verify(world.stranger(), ACCOUNT, "97201")
    assert world.attempts.counts == {}


@pytest.mark.parametrize("value", [None, "", "my dog", "123", "123456", "13/45/1990", "4821 4821"])
async def test_what_is_no_proof_is_asked_for_and_not_counted(
    world: World, value: str | None
) -> None:
    answer = await verify(world.stranger(), ACCOUNT, value)
    assert isinstance(answer, AskAgain)
    assert answer.missing == ("verification_value",)
    assert world.attempts.counts == {}


@pytest.mark.parametrize("account", ["401", "40100123456", "none"])
async def test_what_is_no_account_number_is_asked_for(world: World, account: str) -> None:
    answer = await verify(world.stranger(), account, "97201")
    assert isinstance(answer, AskAgain)
    assert answer.missing == ("account_number",)
    assert world.attempts.counts == {}


async def test_the_phone_reads_the_number_back_digit_by_digit(world: World) -> None:
    call = world.stranger(channel=Channel.VOICE, address="+15550999")
    wrong = await verify(call, ACCOUNT, "97299")
    short = await verify(call, "401", "97201")
    assert isinstance(wrong, AskAgain)
    assert wrong.say.startswith("I heard account number 4 0 1 0 0 1 2 3 4 5. ")
    assert "97299" not in wrong.say
    assert isinstance(short, AskAgain)
    assert short.say.startswith("I heard 4 0 1. ")


async def test_who_calls_from_another_customers_phone_proves_who_they_are(world: World) -> None:
    marias_phone = world.call(rung=Rung.RECOGNISED)
    assert isinstance(await verify(marias_phone, OTHER_ACCOUNT, "0000"), AskAgain)
    assert world.attempts.counts[f"account:{OTHER_ACCOUNT}"] == 1
    other = await verify(marias_phone, OTHER_ACCOUNT, "1111")
    assert isinstance(other, Verified)
    assert other.customer_id != marias_phone.customer_id


@pytest.mark.parametrize(
    ("value", "proof"),
    [
        ("97201", Proof("zip", "97201")),
        ("Zip: 97201-1234", Proof("zip", "97201")),
        ("3/4/1985", Proof("date_of_birth", "1985-03-04")),
        ("I was born on March 4, 1985.", Proof("date_of_birth", "1985-03-04")),
        ("4 8 2 1", Proof("ssn_last4", "4821")),
        ("last four 4821", Proof("ssn_last4", "4821")),
        ("the last four are four eight two one", Proof("ssn_last4", "4821")),
        ("March 1985", Proof("ssn_last4", "1985")),
        ("02/30/1985", None),
        ("078051120", None),
    ],
)
def test_the_form_tells_the_proof(value: str, proof: Proof | None) -> None:
    assert read_proof(value) == proof


def test_spoken_digits() -> None:
    assert spoken_digits("one double oh triple seven, nine") == "1007779"


# --- address ----------------------------------------------------------------------------------


async def test_the_address_is_whole_only_for_the_verified(world: World) -> None:
    whole = await run("get_service_address", world.call())
    street = await run("get_service_address", world.call(rung=Rung.RECOGNISED))
    assert isinstance(whole, Done)
    assert isinstance(street, Done)
    assert whole.data == {"service_address": "418 Alder Street, Cedar Falls, OR 97201"}
    assert street.data == {"service_address": "418 Alder Street"}
    assert street.say == "Your service address is 418 Alder Street."


# --- call-backs -------------------------------------------------------------------------------


async def test_a_call_back_at_a_time(world: World) -> None:
    result = await run("schedule_callback", world.call(), preferred_time="tomorrow at 3 pm")
    assert isinstance(result, Done)
    assert result.say == (
        "Done. One of our people will call the number ending in 0101, about 3:00 PM tomorrow."
    )
    case = world.cases.kept["key-1"]
    assert (case.kind, case.details) == (
        "callback",
        {"phone": PHONE, "when": "2026-11-21T15:00:00-08:00"},
    )
    assert PHONE not in str(result)


async def test_a_call_back_as_soon_as_possible_and_once(world: World) -> None:
    first = await run("schedule_callback", world.call())
    again = await run("schedule_callback", world.call())
    assert first == again
    assert isinstance(first, Done)
    assert first.say.endswith("0101, as soon as somebody is free.")
    assert len(world.cases.kept) == 1


@pytest.mark.parametrize("when", ["some day", "yesterday", "March 3 2031"])
async def test_a_time_that_can_not_be_is_asked_for_again(world: World, when: str) -> None:
    answer = await run("schedule_callback", world.call(), preferred_time=when)
    assert isinstance(answer, AskAgain)
    assert answer.missing == ("preferred_time",)
    assert world.cases.kept == {}


async def test_which_number_is_called_back(world: World) -> None:
    on_web = world.call(channel=Channel.WEB, address="web-1")
    phones = []
    for number in (None, "(503) 555-0177", "503-555-0142"):
        await run("schedule_callback", on_web, phone_number=number)
        phones += [case.details["phone"] for case in world.cases.kept.values()]
    assert phones == [PHONE, "+15035550177", "+15035550142"]


async def test_another_time_or_number_changes_the_call_back_that_is_open(world: World) -> None:
    booked = {"preferred_time": "tomorrow at 2 pm", "phone_number": "503-555-0177"}
    first = await run("schedule_callback", world.call(), **booked)
    moved = await run(
        "schedule_callback", world.call(key="key-2"), preferred_time="tomorrow at 3 pm"
    )
    await run("schedule_callback", world.call(key="key-3"), phone_number="503-555-0142")
    assert isinstance(first, Done)
    assert isinstance(moved, Done)
    assert moved.data["case"] == first.data["case"]
    assert moved.say.endswith("ending in 0177, about 3:00 PM tomorrow.")
    [case] = world.cases.kept.values()
    assert case.details == {"phone": "+15035550142", "when": "2026-11-21T15:00:00-08:00"}


async def test_a_call_back_that_was_made_is_not_changed(world: World) -> None:
    await run("schedule_callback", world.call(), preferred_time="tomorrow at 2 pm")
    world.cases.kept["key-1"] = world.cases.kept["key-1"].model_copy(update={"status": "closed"})
    await run("schedule_callback", world.call(key="key-2"), preferred_time="tomorrow at 3 pm")
    await run("schedule_callback", world.stranger(key="key-3"), phone_number="503-555-0142")
    assert len(world.cases.kept) == 3


async def test_a_visitor_on_the_web_is_asked_for_a_number(world: World) -> None:
    for number in (None, "12", "call me maybe"):
        answer = await run("schedule_callback", world.stranger(), phone_number=number)
        assert isinstance(answer, AskAgain)
        assert answer.missing == ("phone_number",)


# --- hand-offs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        (
            "handoff_billing_agent",
            {"reason": "wants to pay", "current_balance": 142.37},
            GoTo("billing", "wants to pay", {"current_balance": "142.37"}),
        ),
        ("handoff_billing_agent", {"current_balance": "no idea"}, GoTo("billing", "about a bill")),
        (
            "handoff_outage_agent",
            {"outage_type": "gas", "is_emergency": "yes"},
            GoTo("outage", "an emergency", {"outage_type": "gas", "is_emergency": True}),
        ),
        (
            "handoff_service_agent",
            {"service_type": "move", "move_date": "June 1", "invented": 1},
            GoTo("service", "move", {"service_type": "move", "move_date": "June 1"}),
        ),
        (
            "handoff_usage_agent",
            {"concern": "high usage"},
            GoTo("usage", "high usage", {"concern": "high usage"}),
        ),
        (
            "handoff_concierge",
            {"previous_topic": "a bill"},
            GoTo("concierge", "a bill", {"previous_topic": "a bill"}),
        ),
    ],
)
async def test_hand_offs(world: World, name: str, raw: dict[str, Any], expected: GoTo) -> None:
    assert await run(name, world.stranger(), **raw) == expected
