"""A valid call of every tool, for whichever customer, and what has to be there before it.

The bench measures these calls, and tests run them again with the same key, on a lower rung, and
beside another customer's records.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from contracts.messages import Channel
from contracts.records import AccountChange, Appointment, Outage
from contracts.records.attachments import LINKED_KEPT
from evals.bench.subject import Subject
from tools.speech import figure

LONG = timedelta(hours=30)  # without power: a credit is due
CAPACITY = 1_000  # of a window, so that preparing never finds it full
AUDIT = "energy audit"


Args = dict[str, Any]
Prepare = Callable[[Subject], Awaitable[Args | None]]
TidyUp = Callable[[Subject], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """prepare: the arguments, once the records are as the call needs them; None where the tool is
    nothing for this customer. tidy: what keeps one call from being in the way of the next."""

    prepare: Prepare
    tidy: TidyUp | None = None


def plain(**args: Any) -> Case:
    async def prepare(subject: Subject) -> Args | None:
        return dict(args)

    return Case(prepare)


# --- concierge and shared ---------------------------------------------------------------------


async def identity(subject: Subject) -> Args | None:
    return {
        "account_number": subject.account.account_number,
        "verification_method": "zip",
        "verification_value": subject.premise.zip,
    }


async def another_channel(subject: Subject) -> Args | None:
    agreed = {channel for contact in subject.customer.contacts for channel in contact.channels}
    if Channel.SMS not in agreed:
        return None
    return {
        "preferred_channel": "sms",
        "reason": "there are pictures to look at",
        "conversation_summary": "They asked about their bill.",
    }


async def moving(subject: Subject) -> Args | None:
    wanted = await another_channel(subject)
    return wanted and {"target_channel": "sms", "handoff_message": "Here we go on."}


async def callback(subject: Subject) -> Args | None:
    return {"preferred_time": "tomorrow at 3 PM"}


# --- billing ----------------------------------------------------------------------------------


async def owes(subject: Subject, least: Decimal) -> Decimal | None:
    balance = await subject.services.records.billing.balance(subject.account.account_number)
    return balance if balance >= least else None


async def small_payment(subject: Subject) -> Args | None:
    if await owes(subject, Decimal(5)) is None:
        return None
    return {"amount": "1.00", "payment_method": "default"}


async def plan(subject: Subject) -> Args | None:
    balance = await owes(subject, Decimal(90))
    return {"total_amount": figure(balance), "months": 3} if balance else None


async def outage_credit(subject: Subject) -> Args | None:
    await was_out(subject)
    return {"credit_type": "outage", "reason": "the food in the freezer was spoiled"}


async def review(subject: Subject) -> Args | None:
    """Of one bill or another of the last year: each is reviewed once."""
    bills = await subject.services.records.billing.bills(subject.account.account_number, 11)
    if not bills:
        return None
    bill = bills[subject.number % len(bills)]
    return {"reason": "it is much more than usual", "bill_date": bill.issued.isoformat()}


async def mailing(subject: Subject) -> Args | None:
    return {"new_address": f"{100 + subject.number} Commercial Street, Salem, OR 97301"}


async def without_budget(subject: Subject) -> Args | None:
    return {} if subject.account.budget_amount is None else None


async def without_autopay(subject: Subject) -> Args | None:
    return None if subject.account.autopay else {"payment_method": "default"}


async def no_autopay(subject: Subject) -> None:
    change = AccountChange(autopay=False)
    await subject.services.records.accounts.change(subject.account.account_number, change)


# --- outages ----------------------------------------------------------------------------------


async def now_out(subject: Subject) -> Args | None:
    """An outage at their place."""
    await outage_at(subject)
    return {}


async def outage_at(subject: Subject, ago: timedelta = timedelta(hours=1)) -> Outage:
    services = subject.services
    outage, _ = await services.records.outages.report(
        key=f"bench-{subject.customer.customer_id}-{subject.number}",
        premise=subject.premise,
        kind="electric",
        description="The power is out.",
        at=services.clock.now() - ago,
    )
    return outage


async def was_out(subject: Subject) -> Args | None:
    """A long outage at their place, over since two hours."""
    outage = await outage_at(subject, LONG)
    now = subject.services.clock.now()
    await subject.services.records.outages.revise(
        outage.outage_id, at=now - timedelta(hours=2), status="restored"
    )
    return {}


async def credit_claim(subject: Subject) -> Args | None:
    await was_out(subject)
    return {}


async def power_back(subject: Subject) -> None:
    """What was reported is restored, so that no other customer's call finds it."""
    outages = subject.services.records.outages
    while outage := await outages.at_premise(subject.premise):
        at = subject.services.clock.now()
        await outages.revise(outage.outage_id, at=at, status="restored")


async def wire(subject: Subject) -> Args | None:
    return {"location": subject.premise.address, "is_arcing": True}


async def leak(subject: Subject) -> Args | None:
    return {"location": subject.premise.address, "smell_description": "rotten eggs"}


# --- service ----------------------------------------------------------------------------------


async def start(subject: Subject) -> Args | None:
    return {
        "service_address": subject.new_home.address,
        "start_date": subject.business_day(6),
        "service_types": "electric",
    }


async def transfer(subject: Subject) -> Args | None:
    return {
        "from_address": subject.premise.address,
        "to_address": subject.new_home.address,
        "transfer_date": subject.business_day(7),
    }


async def stop(subject: Subject) -> Args | None:
    return {
        "stop_date": subject.business_day(5),
        "forwarding_address": "9 Elm Road, Bend, OR 97701",
    }


async def some_day(subject: Subject) -> Args | None:
    return {"preferred_date": subject.business_day(3 + subject.number % 12)}


async def appointment(subject: Subject) -> Args | None:
    return {
        "date": subject.business_day(3 + subject.number % 12),
        "time_slot": "10-12",
        "service_type": "gas safety check",
    }


async def booked(subject: Subject) -> Appointment:
    services, home = subject.services, subject.premise
    made = await services.records.appointments.book(
        key=f"bench-{subject.customer.customer_id}-{subject.number}",
        appointment=Appointment(
            confirmation_number="",
            service_type=AUDIT,
            customer_id=subject.customer.customer_id,
            premise_id=home.premise_id,
            area=home.city,
            on=date.fromisoformat(subject.business_day(4 + subject.number % 10)),
            window="8-10",
            at=services.clock.now(),
        ),
        capacity=CAPACITY,
    )
    assert made is not None
    return made


async def another_day(subject: Subject) -> Args | None:
    made = await booked(subject)
    return {
        "confirmation_number": made.confirmation_number,
        "new_date": subject.business_day(15),
        "new_time_slot": "2-4",
    }


async def called_off(subject: Subject) -> Args | None:
    return {"confirmation_number": (await booked(subject)).confirmation_number}


async def free_calendar(subject: Subject) -> None:
    """Orders and appointments of this customer are undone: their windows are free again."""
    records, who = subject.services.records, subject.customer.customer_id
    for order in await records.orders.of(who, 20):
        if order.status == "scheduled":
            await records.orders.cancel(order.confirmation_number)
    for made in await records.appointments.of(who, 20):
        await records.appointments.cancel(made.confirmation_number)


async def an_address(subject: Subject) -> Args | None:
    return {"address": subject.premise.address}


async def vacant_address(subject: Subject) -> Args | None:
    return {"address": subject.new_home.address}


async def contact(subject: Subject) -> Args | None:
    return {"phone": f"503-226-{subject.number % 10_000:04d}"}


async def friend(subject: Subject) -> Args | None:
    return {"name": f"Alex Number{subject.number}", "relationship": "friend"}


async def on_paper(subject: Subject) -> Args | None:
    await back_to_paper(subject)
    return {"email": f"bills{subject.number}@example.com"}


async def back_to_paper(subject: Subject) -> None:
    change = AccountChange(paperless=False)
    await subject.services.records.accounts.change(subject.account.account_number, change)


# --- usage ------------------------------------------------------------------------------------


async def meter_read(subject: Subject) -> Args | None:
    """What the electric meter shows today."""
    meter = next((m for m in subject.premise.meters if m.kind == "electric"), None)
    if meter is None:
        return None
    usage = subject.services.records.usage
    daily = await usage.daily(meter.meter_id, subject.today - timedelta(days=800), subject.today)
    used = int(daily.total) if daily else 0
    return {"reading": str((meter.base + used) % 10**meter.digits)}


async def flat_rate(subject: Subject) -> Args | None:
    return None if "time" in subject.account.rate_plan.lower() else {}


# --- photos -----------------------------------------------------------------------------------


async def photo(subject: Subject) -> Args | None:
    kept = await subject.services.records.attachments.keep(
        key=f"bench-{subject.customer.customer_id}-{subject.number}",
        customer_id=subject.customer.customer_id,
        name="meter.jpg",
        content_type="image/jpeg",
        data=bytes(20_000),
        at=subject.services.clock.now(),
    )
    return {"photos": [kept.attachment_id], "words": "here is my meter"}


async def no_photos(subject: Subject) -> None:
    later = subject.services.clock.now() + LINKED_KEPT
    await subject.services.records.attachments.sweep(later)


async def pin(subject: Subject) -> Args | None:
    return {"latitude": subject.premise.latitude, "longitude": subject.premise.longitude}


CASES: dict[str, Case] = {
    "get_account_info": plain(),
    "keep_photo": Case(photo, no_photos),
    "stop_messages": plain(),
    "start_messages": plain(),
    "rate_answer": plain(turn="whatsapp:rated", thumb="up"),
    "outage_at_pin": Case(pin),
    "escalate_human": plain(reason="wants a person"),
    "check_queue_status": plain(),
    "offer_channel_switch": Case(another_channel),
    "execute_channel_handoff": Case(moving),
    "handoff_concierge": plain(previous_topic="the bill"),
    "verify_customer_identity": Case(identity),
    "get_service_address": plain(),
    "get_current_bill": plain(),
    "get_payment_status": plain(),
    "check_outage_status": plain(),
    "handoff_billing_agent": plain(reason="the bill"),
    "handoff_outage_agent": plain(outage_type="electric"),
    "handoff_service_agent": plain(service_type="moving"),
    "handoff_usage_agent": plain(concern="high use"),
    "schedule_callback": Case(callback),
    "get_bill_history": plain(months=12),
    "get_bill_breakdown": plain(),
    "explain_charges": plain(charge_type="high bill"),
    "get_payment_history": plain(months=12),
    "process_payment": Case(small_payment),
    "setup_autopay": Case(without_autopay, no_autopay),
    "setup_payment_plan": Case(plan),
    "apply_credit": Case(outage_credit),
    "request_bill_review": Case(review),
    "check_eligible_credits": plain(),
    "update_billing_address": Case(mailing),
    "check_assistance_programs": plain(),
    "enroll_budget_billing": Case(without_budget),
    "report_outage": Case(plain(outage_type="electric").prepare, power_back),
    "get_restoration_eta": Case(now_out, power_back),
    "get_outage_map": plain(),
    "subscribe_outage_updates": Case(now_out, power_back),
    "report_downed_wire": Case(wire, power_back),
    "report_gas_leak": Case(leak, power_back),
    "get_emergency_contacts": plain(),
    "check_outage_credits": Case(was_out),
    "request_outage_credit": Case(credit_claim),
    "start_new_service": Case(start, free_calendar),
    "transfer_service": Case(transfer, free_calendar),
    "stop_service": Case(stop, free_calendar),
    "schedule_meter_read": Case(some_day, free_calendar),
    "check_available_dates": plain(service_type=AUDIT),
    "schedule_appointment": Case(appointment, free_calendar),
    "reschedule_appointment": Case(another_day, free_calendar),
    "cancel_appointment": Case(called_off),
    "verify_service_address": Case(an_address),
    "check_service_availability": Case(vacant_address),
    "get_deposit_requirement": plain(),
    "update_contact_info": Case(contact),
    "add_authorized_user": Case(friend),
    "enroll_paperless": Case(on_paper),
    "enroll_autopay": Case(without_autopay, no_autopay),
    "get_usage_history": plain(months=12),
    "get_usage_comparison": plain(comparison_period="last month"),
    "get_usage_breakdown": plain(),
    "compare_to_neighbors": plain(),
    "get_meter_info": plain(),
    "submit_meter_read": Case(meter_read),
    "request_meter_test": Case(plain(reason="it runs too fast").prepare, free_calendar),
    "explain_meter_reading": plain(meter_type="electric"),
    "get_efficiency_tips": plain(focus_area="heating"),
    "calculate_appliance_cost": plain(appliance="space heater", hours_per_day=3),
    "get_rebate_programs": plain(),
    "schedule_energy_audit": Case(some_day, free_calendar),
    "enroll_time_of_use": Case(flat_rate),
    "enroll_demand_response": plain(),
    "check_solar_eligibility": plain(),
    "get_rate_schedule": plain(),
}
