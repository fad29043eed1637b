"""Every kind of card as WhatsApp and SMS show it, made by the tools on real records, in both
languages: what is sent is compared with what was looked at and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.letters import (
    ButtonsLetter,
    DocumentLetter,
    ImageLetter,
    Letter,
    ListLetter,
    TextLetter,
)
from channels.rendering import Renderer
from contracts.language import speaking
from contracts.messages import Card, Channel, Choices, Text
from contracts.sending import Sending
from contracts.tooling import Done, Result
from nodes.choices import yes_or_no
from tests.integration.test_cards_drawn import kinds
from tests.outages import out
from tests.utility import Utility

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 1, 15, 20, tzinfo=UTC)
CHANCE = re.compile(r"\b[A-Z]-[A-Z0-9]{4}-?[A-Z0-9]{2,4}\b")  # numbers of cases and receipts
PAYING = {"amount": "50", "payment_method": "visa"}
FINAL = "12 Fir Street, Bend, Oregon 97701"


@dataclass(frozen=True)
class Asked:
    """A call of a tool whose answer is sent. `first`: what it reads back, with its yes and no."""

    tool: str
    raw: dict[str, Any] = field(default_factory=dict)
    who: str = "Maria"
    first: bool = False


CALLS = (
    Asked("get_current_bill"),
    Asked("get_current_bill", who="Wei"),
    Asked("get_bill_breakdown"),
    Asked("get_bill_history"),
    Asked("get_payment_status", who="James"),
    Asked("get_payment_history"),
    Asked("explain_charges", {"charge_type": "high bill"}),
    Asked("explain_charges", {"charge_type": "late fee"}, "James"),
    Asked("explain_charges", {"charge_type": "delivery"}),
    Asked("check_eligible_credits", who="James"),
    Asked("apply_credit", {"credit_type": "late fee waiver"}, "James"),
    Asked("setup_payment_plan", {"total_amount": "balance"}, "James"),
    Asked(
        "setup_payment_plan",
        {"total_amount": "balance", "months": "4", "down_payment": "80"},
        "James",
    ),
    Asked("process_payment", PAYING, first=True),
    Asked("process_payment", PAYING),
    Asked("check_assistance_programs"),
    Asked("enroll_budget_billing"),
    Asked("enroll_autopay", {"payment_method": "default", "payment_day": "5"}, "James"),
    Asked("update_billing_address", {"new_address": FINAL}),
    Asked("request_bill_review", {"reason": "much too high"}),
    Asked("schedule_callback", {"preferred_time": "tomorrow at 10"}),
    Asked("escalate_human", {"reason": "a person, please"}),
    Asked("check_queue_status"),
    Asked("get_account_info"),
    Asked("check_outage_status"),
    Asked("get_outage_map"),
    Asked("get_emergency_contacts"),
    Asked("check_outage_credits", who="Wei"),
    Asked("request_outage_credit", {"outage_date": "January 5"}, "Wei"),
    Asked("subscribe_outage_updates", {"notification_method": "whatsapp"}),
    Asked("report_gas_leak"),
    Asked("verify_service_address", {"address": "418 Alder Street"}),
    Asked("check_available_dates", {"service_type": "gas safety check"}),
    Asked("schedule_appointment", {"date": "Tuesday the 20th", "time_slot": "10-12"}),
    Asked("update_contact_info", {"phone": "+15035550177"}),
    Asked("add_authorized_user", {"name": "Ana Lopez", "relationship": "sister"}),
    Asked("get_deposit_requirement", who="James"),
    Asked("enroll_paperless", {"email": "maria@example.com"}, "James"),
    Asked("stop_service", {"stop_date": "2026-01-23", "forwarding_address": FINAL}),
    Asked("calculate_appliance_cost", {"appliance": "dishwasher"}),
    Asked("get_usage_breakdown"),
    Asked("get_rebate_programs"),
    Asked("get_efficiency_tips"),
    Asked("get_usage_history"),
    Asked("get_usage_comparison"),
    Asked("get_meter_info"),
    Asked("compare_to_neighbors"),
    Asked("get_rate_schedule"),
    Asked("explain_meter_reading"),
    Asked("check_solar_eligibility"),
)


async def answer(utility: Utility, asked: Asked, language: str) -> Result:
    with speaking(language):
        channel = Channel.WEB if asked.first else Channel.WHATSAPP  # only the web has its form
        call = await utility.call(asked.who, channel=channel, agent="billing")
        if not asked.first:
            return await utility.run(asked.tool, call, **asked.raw)
        asks = await utility.read_back(asked.tool, call, **asked.raw)
        question = Choices(prompt=asks.read_back, options=yes_or_no(asks.read_back))
        return Done({}, asks.read_back, (*asks.show, question))


async def sending(
    utility: Utility, asked: Asked, channel: Channel, result: Result, language: str
) -> Sending:
    shown = getattr(result, "show", ())
    return Sending(
        key=f"turn:{asked.tool}",
        customer_id=(await utility.customer(asked.who)).customer_id,
        channel=channel,
        address="+15550101",
        purpose="reply",
        parts=(Text(text=getattr(result, "say", "")), *shown),
        language=language,
        at=NOW,
    )


async def over(utility: Utility) -> None:
    """An outage that a credit is due for."""
    ended = utility.clock.now() - timedelta(days=9)
    begun = ended - timedelta(hours=30)
    past = {"outage_id": "O-1", "status": "restored", "crew": None, "eta": None}
    await out(utility, "Wei", **past, started=begun, restored=ended)


def renderer(utility: Utility) -> Renderer:
    brand = utility.services.scenario.brand
    return Renderer(utility.records, brand, utility.clock, "https://care.example")


def as_text(channel: Channel, letter: Letter) -> str:
    """A letter as the golden files hold it: addresses of files are made by chance."""
    head = f"--- {channel} {type(letter).__name__}"
    match letter:
        case TextLetter(text):
            shown = [text]
        case ButtonsLetter(text, options):
            shown = [text, *(f"[{it.title}] {it.id}" for it in options)]
        case ListLetter(text, button, rows):
            shown = [text, f"[{button}]"]
            shown += [f"( ) {it.title} | {it.description} | {it.id}" for it in rows]
        case ImageLetter(_, caption):
            shown = [caption]
        case DocumentLetter(_, name, caption):
            shown = [name, caption]
        case _:
            raise AssertionError(f"no card is sent as a {type(letter).__name__}")
    return "\n".join([head, *(CHANCE.sub("#", it) for it in shown)])


@pytest.mark.parametrize("language", ["en", "es"])
async def test_cards_are_sent_as_they_were_looked_at(
    utility: Utility, language: str, tmp_path: Path
) -> None:
    told: list[str] = []
    seen: set[str] = set()
    await over(utility)
    for asked in CALLS:
        result = await answer(utility, asked, language)
        seen |= {part.card for part in getattr(result, "show", ()) if isinstance(part, Card)}
        told.append(f"\n######## {asked.who} {asked.tool} {asked.raw or ''}".rstrip())
        for channel in (Channel.WHATSAPP, Channel.SMS):
            made = await sending(utility, asked, channel, result, language)
            letters = await renderer(utility).letters(made)
            told += [as_text(channel, letter) for letter in letters]
    assert seen == set(kinds()), "each kind of card that a tool gives is among them"
    kept, now = GOLDEN / f"cards_{language}.txt", tmp_path / f"cards_{language}.txt"
    now.write_text("\n".join(told).strip() + "\n", encoding="utf-8")
    same = kept.exists() and kept.read_text("utf-8") == now.read_text("utf-8")
    assert same, f"look at what changed; if it is as it should be: cp {now} {kept}"
