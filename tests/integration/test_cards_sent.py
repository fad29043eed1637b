"""Every kind of card as WhatsApp and SMS show it, made by the tools on real records, in both
languages: what is sent is compared with what was looked at and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
from channels.rendering import Renderer, choosing, whatsapp
from contracts.language import speaking
from contracts.messages import Card, Channel, Text
from contracts.sending import Sending
from contracts.tooling import Result
from tests.integration.test_cards_drawn import kinds
from tests.places import vacant
from tests.utility import Utility

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 1, 15, 20, tzinfo=UTC)
FINAL = "12 Fir Street, Bend, Oregon 97701"


@dataclass(frozen=True)
class Asked:
    """A call of a tool whose answer is sent."""

    tool: str
    raw: dict[str, Any] = field(default_factory=dict)
    who: str = "Maria"


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
    Asked("process_payment", {"amount": "50"}),
    Asked("check_assistance_programs"),
    Asked("enroll_budget_billing"),
    Asked("enroll_autopay"),
    Asked("update_billing_address", {"new_address": FINAL}),
    Asked("request_bill_review", {"reason": "much too high"}),
    Asked("schedule_callback", {"preferred_time": "tomorrow at 10"}),
    Asked("escalate_human", {"reason": "a person, please"}),
    Asked("check_queue_status"),
    Asked("get_account_info"),
    Asked("check_outage_status"),
    Asked("get_outage_map"),
    Asked("get_emergency_contacts"),
    Asked("check_outage_credits"),
    Asked("subscribe_outage_updates", {"notification_method": "whatsapp"}),
    Asked("report_gas_leak"),
    Asked("verify_service_address"),
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


async def sent(utility: Utility, asked: Asked, channel: Channel, language: str) -> list[Letter]:
    result = await answer(utility, asked, language)
    return list(await renderer(utility).letters(await sending(utility, asked, channel, result)))


async def answer(utility: Utility, asked: Asked, language: str) -> Result:
    with speaking(language):
        call = await utility.call(asked.who, channel=Channel.WHATSAPP, agent="billing")
        return await utility.run(asked.tool, call, **asked.raw)


async def sending(utility: Utility, asked: Asked, channel: Channel, result: Result) -> Sending:
    shown = getattr(result, "show", ())
    cards = [part for part in shown if isinstance(part, Card)]
    return Sending(
        key=f"turn:{asked.tool}",
        customer_id=(await utility.customer(asked.who)).customer_id,
        channel=channel,
        address="+15550101",
        purpose="reply",
        parts=(Text(text=getattr(result, "say", "")), *shown),
        language=cards[0].language if cards else "",
        at=NOW,
    )


def renderer(utility: Utility) -> Renderer:
    brand = utility.services.scenario.brand
    return Renderer(utility.records, brand, utility.clock, "https://care.example")
