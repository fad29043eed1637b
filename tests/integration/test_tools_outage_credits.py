"""Outage credits on the seeded utility: by the written rule and our record, once an outage."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.identity import Rung
from contracts.messages import Choices
from contracts.records import Outage, ServiceOrder
from contracts.tooling import Call
from stores.mongo.connect import collection
from stores.mongo.documents import outage_document
from stores.mongo.outage_areas import octagon
from tests.utility import Utility
from tools.outage.claims import credit_key

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("calm")]

DAY = timedelta(days=1)
ZONE = ZoneInfo("America/Los_Angeles")


async def over(
    utility: Utility, hours: float, *, ago: timedelta = 10 * DAY, who: str = "Maria", **more: Any
) -> Outage:
    """An outage at a customer's place that was over some time ago."""
    home, restored = await utility.premise(who), utility.clock.now() - ago
    made = Outage(
        outage_id=f"O-{who}-{hours:g}-{ago.days}",
        kind="electric",
        status="restored",
        cause="a failed transformer",
        started=restored - timedelta(hours=hours),
        restored=restored,
        customers_affected=312,
        area=octagon(home.longitude, home.latitude, 300),
    ).model_copy(update=more)
    await collection(utility.database, "outages").insert_one(outage_document(made))
    return made


async def desk(utility: Utility, who: str = "Maria", **changes: Any) -> Call:
    return await utility.call(who, agent="outage", **changes)


async def balance(utility: Utility, who: str = "Maria") -> Decimal:
    account = await utility.account(who)
    return await utility.records.billing.balance(account.account_number)


def day(made: Outage) -> str:
    started = made.started.astimezone(ZONE)
    return f"{started:%B} {started.day}"


# --- checking ---------------------------------------------------------------------------------


async def test_what_is_due_is_said_with_its_reason(utility: Utility) -> None:
    long, short = await over(utility, 41), await over(utility, 4, ago=3 * DAY)
    result = await utility.done("check_outage_credits", await desk(utility))
    assert result.data["due"] == "35.00"
    assert [o["outage_id"] for o in result.data["outages"]] == [short.outage_id, long.outage_id]
    assert [o["due"] for o in result.data["outages"]] == ["0.00", "35.00"]
    assert [o["why_not"] for o in result.data["outages"]] == ["too_short", None]
    assert result.say == (
        f"You can get $35.00 for the outage on {day(long)}, which lasted 41 hours. "
        "Shall I request it?"
    )


@pytest.mark.parametrize(
    ("hours", "more", "said"),
    [
        (4, {}, "lasted 4 hours. A credit is due when it lasts 24 hours or longer."),
        (40, {"major_event": True}, "was a declared major event, and there's no credit for those."),
        (40, {"ago": 90 * DAY}, "A credit has to be asked for within 60 days."),
        (40, {"who": "Diego"}, "Our records show no outage at"),
    ],
)
async def test_what_is_not_due_is_said_with_its_reason(
    utility: Utility, hours: int, more: dict[str, Any], said: str
) -> None:
    await over(utility, hours, **more)
    result = await utility.done("check_outage_credits", await desk(utility))
    assert result.data["due"] == "0.00"
    assert result.say.startswith("I see no outage credit due.")
    assert said in result.say


async def test_whoever_moved_in_since_gets_none(utility: Utility) -> None:
    made, account = await over(utility, 40), await utility.account("Maria")
    opened = (made.started.astimezone(ZONE).date() + DAY).isoformat()
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"opened": opened}}
    )
    result = await utility.done("check_outage_credits", await desk(utility))
    assert result.data["outages"] == []


async def test_no_gas_no_credit_for_it(utility: Utility) -> None:
    await over(utility, 40, kind="gas")
    account = await utility.account("Maria")
    for plan, due in (("", "0.00"), ("Residential Gas", "35.00")):
        await utility.database["accounts"].update_one(
            {"_id": account.account_number}, {"$set": {"gas_plan": plan}}
        )
        result = await utility.done("check_outage_credits", await desk(utility))
        assert result.data["due"] == due


# --- asking for it ----------------------------------------------------------------------------


async def test_a_credit_is_read_back_then_posted_once(utility: Utility) -> None:
    made, before = await over(utility, 41), await balance(utility)
    call = await desk(utility)
    asked = await utility.read_back("request_outage_credit", call)
    assert asked.read_back == (
        f"For the outage on {day(made)}, which lasted 41 hours, $35.00 will be credited to your "
        "account. Shall I go ahead?"
    )
    result = await utility.done("request_outage_credit", call)
    assert result.say == (
        f"Done. $35.00 for the outage on {day(made)} is credited to your account."
    )
    assert await balance(utility) == before - Decimal("35.00")
    account = await utility.account("Maria")
    [credit] = await utility.records.billing.credits(account.account_number, 1)
    assert (credit.kind, credit.amount) == ("outage", Decimal("35.00"))
    spec = utility.toolbox.by_name["request_outage_credit"]
    args = utility.toolbox.parse(spec, asked.args)
    snapshot = await utility.everything()
    assert await utility.toolbox.run(spec, call, args) == result  # type: ignore[arg-type]
    assert await utility.everything() == snapshot


async def test_a_second_request_is_refused(utility: Utility) -> None:
    made = await over(utility, 41)
    await utility.done("request_outage_credit", await desk(utility))
    once = await balance(utility)
    refusal = await utility.refused("request_outage_credit", await desk(utility))
    assert refusal.reason == "granted"
    assert refusal.say.startswith(f"You got $35.00 for the outage on {day(made)} already")
    assert await balance(utility) == once
    check = await utility.done("check_outage_credits", await desk(utility))
    assert (check.data["due"], check.data["outages"][0]["credited"]) == ("0.00", "35.00")


async def test_many_requests_at_once_post_one_credit(utility: Utility) -> None:
    made, before = await over(utility, 41), await balance(utility)
    spec = utility.toolbox.by_name["request_outage_credit"]
    args = utility.toolbox.parse(spec, {})
    calls = [await desk(utility) for _ in range(10)]
    await asyncio.gather(
        *(utility.toolbox.run(spec, call, args) for call in calls)  # type: ignore[arg-type]
    )
    assert await balance(utility) == before - Decimal("35.00")
    number = (await utility.account("Maria")).account_number
    entries = await utility.database["journal"].count_documents(
        {"_id": credit_key(made.outage_id, number)}
    )
    assert entries == 1


async def test_what_is_claimed_does_not_count(utility: Utility) -> None:
    await over(utility, 25)
    asked = await utility.read_back(
        "request_outage_credit", await desk(utility), hours_without_power="100 hours"
    )
    assert asked.read_back.startswith("I have to go by our own record of the outage. For the")
    assert "lasted 25 hours, $25.00" in asked.read_back
    result = await utility.done(
        "request_outage_credit", await desk(utility), hours_without_power="100 hours"
    )
    assert result.data["amount"] == "25.00"


@pytest.mark.parametrize(
    ("hours", "more", "raw", "reason"),
    [
        (20, {}, {"hours_without_power": 48}, "too_short"),
        (40, {"ago": 61 * DAY}, {}, "too_late"),
        (40, {"major_event": True}, {}, "major_event"),
        (40, {"who": "Diego"}, {}, "no_outage"),
        (40, {}, {"outage_date": "2025-03-01"}, "no_outage"),
        (40, {}, {"outage_date": "tomorrow"}, "no_outage"),
    ],
)
async def test_what_is_not_due_is_refused(
    utility: Utility, hours: int, more: dict[str, Any], raw: dict[str, Any], reason: str
) -> None:
    await over(utility, hours, **more)
    before = await utility.everything()
    refusal = await utility.refused("request_outage_credit", await desk(utility), **raw)
    assert refusal.reason == reason
    assert await utility.everything() == before
    if reason == "too_short":
        assert refusal.say.startswith("What counts is our own record. The outage on")


async def test_an_outage_that_lasts_is_not_credited_yet(utility: Utility) -> None:
    made = await over(utility, 40, status="repairing", restored=None)
    for raw in ({}, {"outage_date": made.started.astimezone(ZONE).date().isoformat()}):
        refusal = await utility.refused("request_outage_credit", await desk(utility), **raw)
        assert refusal.reason == "not_restored"
        assert "isn't over yet" in refusal.say


async def test_which_of_several_is_asked(utility: Utility) -> None:
    older, newer = await over(utility, 30, ago=20 * DAY), await over(utility, 50, ago=5 * DAY)
    question = await utility.asked("request_outage_credit", await desk(utility))
    assert question.missing == ("outage_date",)
    assert day(older) in question.say
    assert day(newer) in question.say
    [choices] = question.show
    assert isinstance(choices, Choices)
    picked = choices.options[0].id
    asked = await utility.read_back(
        "request_outage_credit", await desk(utility), outage_date=picked
    )
    assert day(newer) in asked.read_back
    unclear = await utility.asked(
        "request_outage_credit", await desk(utility), outage_date="a while back"
    )
    assert unclear.missing == ("outage_date",)
    chosen = await utility.done(
        "request_outage_credit", await desk(utility), outage_date=f"on {day(older)}"
    )
    assert chosen.data["outage_id"] == older.outage_id


async def test_a_day_in_the_midst_of_it_means_it(utility: Utility) -> None:
    made = await over(utility, 60)
    midst = (made.started.astimezone(ZONE).date() + DAY).isoformat()
    result = await utility.done(
        "request_outage_credit", await desk(utility), outage_date=midst, hours_without_power=60
    )
    assert result.data["outage_id"] == made.outage_id


@pytest.mark.parametrize("hours", [-5, 0, "ages", True, 10**30])
async def test_hours_that_cannot_be(utility: Utility, hours: Any) -> None:
    await over(utility, 40)
    question = await utility.asked(
        "request_outage_credit", await desk(utility), hours_without_power=hours
    )
    assert question.missing == ("hours_without_power",)


@pytest.mark.parametrize("tool", ["check_outage_credits", "request_outage_credit"])
@pytest.mark.parametrize("rung", [Rung.ANONYMOUS, Rung.RECOGNISED])
async def test_credits_are_for_who_is_verified(utility: Utility, tool: str, rung: Rung) -> None:
    await over(utility, 40)
    before = await utility.everything()
    refusal = await utility.refused(tool, await desk(utility, rung=rung))
    assert refusal.reason == "not_verified"
    assert await utility.everything() == before


async def test_another_customers_account_is_refused(utility: Utility) -> None:
    other = (await utility.account("Diego")).account_number
    refusal = await utility.refused(
        "check_outage_credits", await desk(utility), account_number=other
    )
    assert refusal.reason == "other_account"


# --- where they lived -------------------------------------------------------------------------


async def carried_out(utility: Utility, kind: str, to: str, days_ago: int) -> None:
    """A move of Maria's, or the end of her service, as the back office leaves it."""
    account, home = await utility.account("Maria"), await utility.premise("Maria")
    day = (utility.clock.now() - days_ago * DAY).astimezone(ZONE).date()
    order = ServiceOrder(
        confirmation_number="",
        kind=kind,
        customer_id=account.customer_id,
        account_number=account.account_number,
        premise_id=to,
        from_premise_id=home.premise_id if kind == "transfer" else "",
        on=day,
        status="executed",
        at=utility.clock.now() - 60 * DAY,
    )
    await utility.records.orders.open(key=f"{kind}-{day}", order=order)
    fields = {"premise_id": to} if kind == "transfer" else {"status": "closed"}
    await utility.database["accounts"].update_one({"_id": account.account_number}, {"$set": fields})


async def test_credits_are_for_where_they_lived_at_the_time(utility: Utility) -> None:
    at_old = await over(utility, 30, ago=20 * DAY)
    at_new_before = await over(utility, 40, ago=25 * DAY, who="Diego")
    at_old_after = await over(utility, 50, ago=2 * DAY)
    at_new = await over(utility, 60, ago=3 * DAY, who="Diego")
    await carried_out(utility, "transfer", (await utility.premise("Diego")).premise_id, 10)
    result = await utility.done("check_outage_credits", await desk(utility))
    assert [o["outage_id"] for o in result.data["outages"]] == [at_new.outage_id, at_old.outage_id]
    assert not {at_new_before.outage_id, at_old_after.outage_id} & {
        o["outage_id"] for o in result.data["outages"]
    }
    assert result.say.endswith("Which one shall I request first?")


async def test_after_the_service_ended_nothing_more_is_due(utility: Utility) -> None:
    before, _ = await over(utility, 30, ago=20 * DAY), await over(utility, 40, ago=2 * DAY)
    await carried_out(utility, "stop", (await utility.premise("Maria")).premise_id, 10)
    result = await utility.done("check_outage_credits", await desk(utility))
    assert [o["outage_id"] for o in result.data["outages"]] == [before.outage_id]


async def test_two_outages_in_a_month_are_two_credits(utility: Utility) -> None:
    first, second = await over(utility, 24, ago=9 * DAY), await over(utility, 36, ago=3 * DAY)
    owed = await balance(utility)
    asked = await utility.asked("request_outage_credit", await desk(utility))
    choices = next(part for part in asked.show if isinstance(part, Choices))
    assert [option.label for option in choices.options] == [day(second), day(first)]
    for option in choices.options:
        await utility.done("request_outage_credit", await desk(utility), outage_date=option.id)
    assert owed - await balance(utility) == Decimal("60.00")  # 25 and 35
    refused = await utility.refused("request_outage_credit", await desk(utility))
    assert (refused.reason, bool(refused.next)) == ("granted", True)
    assert owed - await balance(utility) == Decimal("60.00")


async def test_the_outage_that_lasts_is_spoken_of_before_older_ones(utility: Utility) -> None:
    await over(utility, 4, ago=90 * DAY)
    now = utility.clock.now()
    await over(utility, 30, ago=0 * DAY, restored=None, status="repairing", started=now - DAY)
    checked = await utility.done("check_outage_credits", await desk(utility))
    assert "isn't over yet" in checked.say
    refused = await utility.refused("request_outage_credit", await desk(utility))
    assert refused.reason == "not_restored"
