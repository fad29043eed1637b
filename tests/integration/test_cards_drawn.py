"""What the cards of billing and service show, made from what the tools give on real records."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts.language import speaking
from contracts.messages import Card, Channel
from contracts.tooling import AskAgain
from tests.places import vacant
from tests.utility import Utility
from tools.billing.terms import fit_terms, schedule
from ui.cards import ELEMENTS, widget_of

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
FINAL = "12 Fir Street, Bend, Oregon 97701"
# Drawn by `Card.jsx` from its rows, on purpose: few, short, and with nothing to press.
PLAIN = {"queues", "meter", "how_to"}


def kinds() -> Iterator[str]:
    """Each kind of card that a tool can give, as it is written in its code."""
    for path in sorted((ROOT / "tools").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Card":
                [kind] = [k.value for k in node.keywords if k.arg == "card"]
                assert isinstance(kind, ast.Constant), f"{path} names its card at run time"
                yield str(kind.value)


async def drawn(utility: Utility, tool: str, who: str = "Maria", **raw: Any) -> dict[str, Any]:
    """The props of the first card that a tool gives in the web chat."""
    call = await utility.call(who, channel=Channel.WEB)
    result = await utility.run(tool, call, **raw)
    [card, *_] = [part for part in getattr(result, "show", ()) if isinstance(part, Card)]
    return widget_of(card).props


def stand_at(utility: Utility, moment: datetime) -> None:
    utility.clock.advance(moment - utility.clock.now())


def labels(props: dict[str, Any]) -> list[str]:
    return [action["label"] for action in props.get("actions", ())]


def words_of(props: dict[str, Any]) -> list[str]:
    """All that the buttons of a card say."""
    every = [*props.get("actions", ())]
    for item in props.get("items", ()):
        every += item.get("actions", ())
    return [action["words"] for action in every]


def test_each_kind_of_card_has_an_element_or_is_plain_on_purpose() -> None:
    found = set(kinds())
    assert found - set(ELEMENTS) - PLAIN == set()
    assert PLAIN - found == set()
    elements = ROOT / "ui" / "static" / "chat" / "elements"
    assert not [name for name, _ in ELEMENTS.values() if not (elements / f"{name}.jsx").exists()]


async def test_a_bill_says_what_is_owed_by_when_and_how_it_compares(utility: Utility) -> None:
    account = await utility.account("Maria")
    now, before, *others = await utility.records.billing.bills(account.account_number, 14)
    props = await drawn(utility, "get_current_bill")
    assert props["figure"] == f"${now.total:,.2f}"
    assert props["chip"] == {
        "text": f"Due in {(now.due - date(2026, 1, 15)).days} days",
        "tone": "",
    }
    assert [bar["value"] for bar in props["bars"]] == [
        f"${bill.total:,.2f}" for bill in (now, before, others[-2])
    ]
    assert props["bars"][0] | {"share": 100, "now": True} == props["bars"][0]
    in_groups = [row for group in props["groups"] for row in group["rows"]]
    assert len(in_groups) == len(now.lines)
    sums = [Decimal(group["value"].strip("$").replace(",", "")) for group in props["groups"]]
    assert sum(sums) == now.total
    assert [group["label"] for group in props["groups"]] == [
        "Electricity",
        "Gas",
        "Taxes and public charges",
    ]
    assert labels(props) == ["Pay my bill", "Why is it so high?", "Past bills"]


async def test_a_bill_that_is_late_soon_due_or_paid(utility: Utility) -> None:
    late = await drawn(utility, "get_current_bill", "James")
    assert late["chip"] == {"text": "Past due", "tone": "bad"}
    assert "Pay over time" in labels(late)
    paid = await drawn(utility, "get_current_bill", "Wei")
    assert paid["chip"] == {"text": "Paid", "tone": "good"}
    assert paid["figure"] == "$0.00"
    assert "Pay my bill" not in labels(paid)
    account = await utility.account("Maria")
    [bill] = await utility.records.billing.bills(account.account_number, 1)
    for left, chip in ((5, "Due in 5 days"), (1, "Due in one day"), (0, "Due today")):
        day = bill.due - timedelta(days=left)
        stand_at(utility, datetime.combine(day, time(20), UTC))
        soon = await drawn(utility, "get_current_bill")
        assert soon["chip"] == {"text": chip, "tone": "warn"}
    utility.clock.advance(timedelta(days=2))
    assert (await drawn(utility, "get_current_bill"))["chip"]["text"] == "Past due"


async def test_a_bill_in_spanish_is_in_spanish_whatever_is_spoken_later(utility: Utility) -> None:
    with speaking("es"):
        done = await utility.done("get_current_bill", await utility.call("Rosa"))
    [card] = [part for part in done.show if isinstance(part, Card)]
    again = Card.model_validate(card.model_dump(mode="json"))  # as a transcript keeps it
    props = widget_of(again).props
    assert props["chip"]["text"] == "Vence en 9 días"
    assert props["under"] == "Monto a pagar, a más tardar el 24 de enero"
    assert props["bars"][1]["label"] == "diciembre de 2025"
    assert labels(props)[:2] == ["Pagar mi factura", "¿Por qué es tan alta?"]


async def test_past_bills_say_which_are_open(utility: Utility) -> None:
    props = await drawn(utility, "get_bill_history", "James")
    chips = [item["chip"]["text"] for item in props["items"]]
    assert chips == ["Open", "Past due", *["Paid"] * 10]
    assert words_of(props)[2] == "Show the lines of my November 2025 bill"


async def test_a_change_says_what_each_cause_did(utility: Utility) -> None:
    props = await drawn(utility, "explain_charges", charge_type="high bill")
    values = [Decimal(c["value"].replace("$", "")) for c in props["causes"]]
    now, before = (Decimal(bar["value"].replace("$", "")) for bar in props["bars"])
    assert sum(values) == now - before
    assert max(cause["share"] for cause in props["causes"]) == 50


async def test_a_plan_is_tried_out_by_the_rules_that_set_it_up(utility: Utility) -> None:
    call = await utility.call("James", channel=Channel.WEB)
    asked = await utility.run("setup_payment_plan", call, total_amount="balance")
    assert isinstance(asked, AskAgain)
    [card] = [part for part in asked.show if isinstance(part, Card)]
    props = widget_of(card).props
    shown, total = props["preview"], Decimal(card.data["total"])
    policy = utility.services.scenario.policies.payment_plans
    terms = fit_terms(policy, total, total, shown["months"], Decimal(shown["down"]))
    assert not isinstance(terms, AskAgain)
    planned = schedule(terms, date(2026, 1, 15))
    assert [row["value"] for row in shown["rows"]] == [f"${i.amount:,.2f}" for i in planned]
    confirmation = await utility.read_back(
        "setup_payment_plan",
        call,
        total_amount=card.data["total"],
        months=shown["months"],
        down_payment=shown["down"],
    )
    assert shown["figure"] in confirmation.read_back
    assert shown["words"] == (
        f"Set up a payment plan of ${total:,.2f} over {shown['months']} months with "
        f"${Decimal(shown['down']):,.2f} down"
    )
    agreed = await drawn(
        utility,
        "setup_payment_plan",
        "James",
        total_amount=card.data["total"],
        months=shown["months"],
        down_payment=shown["down"],
    )
    assert agreed["figure"] == shown["figure"]


async def test_who_has_a_plan_is_not_offered_to_try_one(utility: Utility) -> None:
    await drawn(
        utility,
        "setup_payment_plan",
        "James",
        total_amount="balance",
        months="4",
        down_payment="80",
    )
    call = await utility.call("James", channel=Channel.WEB)
    refused = await utility.refused("setup_payment_plan", call, total_amount="balance")
    assert refused.reason == "has_plan"


async def test_programs_rebates_and_tips(utility: Utility) -> None:
    programs = (await drawn(utility, "check_assistance_programs"))["items"]
    by_name = {item["title"]: item for item in programs}
    assert by_name["LIHEAP energy assistance"]["links"][0]["url"] == "tel:211"
    budget = by_name["Budget Billing"]
    assert budget["actions"][0]["words"] == "Put me on budget billing"
    assert [row["label"] for row in budget["rows"]] == ["Who it's for", "How to apply"]
    rebates = await drawn(utility, "get_rebate_programs")
    assert {"$900", "$1.25 a square foot"} <= {item["value"] for item in rebates["items"]}
    assert all(item["text"].endswith(".") for item in rebates["items"])
    tips = await drawn(utility, "get_efficiency_tips")
    assert tips["items"][0]["chip"]["text"].startswith("about $")
    level = await drawn(utility, "enroll_budget_billing")
    assert (level["figure"], level["under"]) == ("$156.00", "every month")


async def test_free_appointments_say_words_for_each_window(utility: Utility) -> None:
    props = await drawn(utility, "check_available_dates", service_type="gas safety check")
    assert len(props["days"]) == 10
    second = props["days"][1]
    assert (second["weekday"], second["day"]) == ("Tue", "Jan 20")
    assert second["windows"][2] == {
        "label": "noon to 2 PM",
        "words": "Book a gas safety check for Tuesday, January 20, 12 to 2",
    }
    test = await drawn(utility, "check_available_dates", service_type="meter test")
    assert {window["words"] for day in test["days"] for window in day["windows"]} == {""}
    assert labels(test) == ["Test my meter"]


async def test_a_visit_can_be_changed_and_kept_until_a_day_before(utility: Utility) -> None:
    booked = await drawn(
        utility, "schedule_appointment", date="Tuesday the 20th", time_slot="10-12"
    )
    number = dict(_rows(booked))["Confirmation number"]
    assert booked["links"][0]["url"] == f"/my/appointments/{number}.ics"
    assert labels(booked) == ["Reschedule", "Cancel it"]
    assert {a["until"] for a in booked["actions"]} == {"2026-01-19T10:00:00-08:00"}
    moved = await drawn(
        utility, "reschedule_appointment", confirmation_number=number, new_date="2026-01-22"
    )
    assert {a["until"] for a in moved["actions"]} == {"2026-01-21T10:00:00-08:00"}
    assert f"Cancel appointment {number}" in words_of(moved)
    stand_at(utility, datetime.fromisoformat("2026-01-21T10:00:01-08:00"))
    late = await utility.refused("cancel_appointment", confirmation_number=number)
    assert late.reason == "too_late"


async def test_a_cancelled_visit_has_nothing_to_press(utility: Utility) -> None:
    await drawn(utility, "schedule_appointment", date="Tuesday the 20th", time_slot="10-12")
    cancelled = await drawn(utility, "cancel_appointment")
    assert cancelled["chip"]["text"] == "Cancelled"
    assert not {"actions", "links", "gone"} & cancelled.keys()


async def test_an_order_can_be_undone_until_its_day_and_not_on_it(utility: Utility) -> None:
    stop = {"stop_date": "Friday the 23rd", "forwarding_address": FINAL}
    props = await drawn(utility, "stop_service", **stop)
    number = dict(_rows(props))["Confirmation number"]
    assert words_of(props)[0] == f"Cancel order {number}"
    until = datetime.fromisoformat(props["actions"][0]["until"])
    assert until == datetime.fromisoformat("2026-01-23T00:00:00-08:00")
    stand_at(utility, until)
    refused = await utility.refused("cancel_appointment", confirmation_number=number)
    assert refused.reason == "executed"
    stand_at(utility, until - timedelta(seconds=1))
    undone = await drawn(utility, "cancel_appointment", confirmation_number=number)
    assert undone["chip"]["text"] == "Cancelled"
    assert (await utility.account("Maria")).status == "active"


async def test_the_cards_of_places_deposits_and_the_account(utility: Utility) -> None:
    place = await vacant(utility)
    offer = await drawn(utility, "check_service_availability", address=place.address)
    assert offer["chip"]["text"] == "In our area"
    assert words_of(offer) == [f"Start service at {place.address}"]
    deposit = await drawn(utility, "get_deposit_requirement", "James")
    assert deposit["figure"].startswith("$")
    assert "Deposit" not in dict(_rows(deposit))
    mine = await drawn(utility, "get_account_info")
    assert labels(mine) == ["Show my bill", "Set up autopay"]  # she gets no paper
    person = await drawn(utility, "escalate_human", reason="a person, please")
    assert person["chip"]["text"] == "With our people"
    danger = await drawn(utility, "report_gas_leak")
    assert danger["chip"] == {"text": "Emergency", "tone": "bad"}


def _rows(props: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["label"], row["value"]) for row in props["rows"]]
