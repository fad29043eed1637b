from __future__ import annotations
import pytest
from contracts.language import speaking
from contracts.identity import Rung
from contracts.messages import Channel
from tests.places import vacant, fill
from tests.utility import Utility
pytestmark = pytest.mark.integration

def show(r):
    print("   ", type(r).__name__, getattr(r, "say", ""), "|", getattr(r, "next", ""))
    for p in getattr(r, "show", ()):
        if p.kind == "card":
            print("      CARD", p.title, p.rows)
            print("      DATA", p.data)
        elif p.kind == "choices":
            print("      CHOICES", p.prompt, [o.label for o in p.options])

async def go(u, tool, call=None, **raw):
    print("==", tool, raw)
    with speaking("es"):
        spec = u.toolbox.by_name[tool]
        if spec.read_back:
            c = await u.toolbox.read_back(spec, call or await u.call(), u.toolbox.parse(spec, raw))
            print("   RB", getattr(c, "read_back", None) or c)
        r = await u.run(tool, call, **raw)
        show(r)
        return r

async def test_x(utility: Utility) -> None:
    p = await vacant(utility)
    p2 = await vacant(utility, gas=False)
    await go(utility, "verify_service_address", address=p.address)
    await go(utility, "verify_service_address", address="PO Box 12")
    await go(utility, "verify_service_address", address="Alder Street")
    await go(utility, "verify_service_address", address="500 Alder Street 10001")
    await go(utility, "verify_service_address", address="999999 Nowhere")
    await go(utility, "check_service_availability", address=p.address)
    await go(utility, "check_service_availability", address=p2.address)
    await go(utility, "check_available_dates")
    await go(utility, "check_available_dates", service_type="start service")
    for n in ("Wei", "James", "Aisha", "Maria"):
        try:
            await go(utility, "get_deposit_requirement", await utility.call(n))
        except StopIteration: print("no", n)
    await go(utility, "schedule_appointment", date="2026-01-23", time_slot="10-12")
    await go(utility, "schedule_appointment", date="2026-01-24", time_slot="10-12")
    await go(utility, "schedule_appointment", date="2026-01-19", time_slot="10-12")
    await go(utility, "schedule_appointment", date="2025-01-19", time_slot="10-12")
    await go(utility, "schedule_appointment", date="2028-01-19", time_slot="10-12")
    await go(utility, "schedule_appointment", date="tomorrow")
    await go(utility, "schedule_appointment", service_type="meter test", date="tomorrow")
    await go(utility, "schedule_appointment", service_type="start service", date="tomorrow")
    await fill(utility, "Cedar Falls", "repair", __import__("datetime").date(2026,1,22), "10-12")
    await go(utility, "schedule_appointment", date="2026-01-22", time_slot="10-12")
    await go(utility, "schedule_meter_read", preferred_date="2026-01-26")
    await go(utility, "schedule_meter_read", preferred_date="2026-01-26")
    await go(utility, "reschedule_appointment", new_date="2026-01-26")
    r = await go(utility, "reschedule_appointment", confirmation_number="A-999999", new_date="2026-01-26")
    await go(utility, "cancel_appointment")
    bs = [b async for b in utility.database["appointments"].find({})][-3:]
    from tools.service import bookings
    held = await bookings.open_bookings(await utility.call())
    for h in held:
        await go(utility, "reschedule_appointment", confirmation_number=h.number, new_date="2026-01-27")
        await go(utility, "cancel_appointment", confirmation_number=h.number)
        await go(utility, "cancel_appointment", confirmation_number=h.number)
    await go(utility, "cancel_appointment")
    await go(utility, "start_new_service", await utility.call("Wei"), service_address=p.address, start_date="2026-01-28")
    await go(utility, "start_new_service", await utility.call("Aisha"), service_address=p2.address, start_date="2026-01-28")
    await go(utility, "start_new_service", await utility.call("Maria"), service_address=p2.address, start_date="")
    await go(utility, "transfer_service", await utility.call("Wei", channel=Channel.VOICE), to_address=p2.address, transfer_date="2026-01-28")
    await go(utility, "transfer_service", await utility.call("Wei"), to_address=p2.address, transfer_date="2026-01-28")
    await go(utility, "cancel_appointment", await utility.call("Wei"), confirmation_number="")
    await go(utility, "stop_service", await utility.call("Aisha"), stop_date="2026-01-30", forwarding_address="12 Main Street")
    await go(utility, "stop_service", await utility.call("Aisha"), stop_date="2026-01-30")
    await go(utility, "stop_service", await utility.call("Aisha"), stop_date="2026-01-30")
    await go(utility, "stop_service", await utility.call("Ana"), stop_date="2026-01-30") if False else None
    await go(utility, "stop_service", stop_date="2026-01-30", forwarding_address="12 Main Street, Portland OR 97205")
    await go(utility, "update_contact_info", phone="503 555 0188", email="maria.n@example.com")
    await go(utility, "update_contact_info", phone="503 555 0188")
    await go(utility, "update_contact_info")
    await go(utility, "update_contact_info", phone="12")
    await go(utility, "add_authorized_user", name="mi esposo Tom Becker", relationship="mi esposo")
    await go(utility, "add_authorized_user", name="Ana Lopez", relationship="daughter")
    await go(utility, "add_authorized_user", name="Ana Lopez")
    await go(utility, "enroll_paperless")
    await go(utility, "enroll_paperless")
    await go(utility, "enroll_autopay", payment_method="default")
    print([n.text for n in utility.world.notifier.sent] if hasattr(utility.world, "notifier") else vars(utility.world).keys())
