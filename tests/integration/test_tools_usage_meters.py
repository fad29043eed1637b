"""Meters on the seeded utility: their registers, readings by hand, and tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Channel
from contracts.records import Meter
from tests.utility import Utility

pytestmark = pytest.mark.integration

TODAY = date(2026, 1, 15)
YESTERDAY = date(2026, 1, 14)


async def meter_of(utility: Utility, kind: str = "electric", who: str = "Maria") -> Meter:
    premise = await utility.premise(who)
    return next(m for m in premise.meters if m.kind == kind)


async def register_of(utility: Utility, meter: Meter) -> int:
    """Base and whole units of all readings, as the register of that meter shows them."""
    found = await utility.records.usage.daily(meter.meter_id, date(2020, 1, 1), YESTERDAY)
    assert found is not None
    return (meter.base + sum(found.hundredths) // 100) % int(10**meter.digits)


async def set_meter(utility: Utility, meter: Meter, **fields: Any) -> None:
    changes = {f"meters.$.{name}": value for name, value in fields.items()}
    await utility.database["premises"].update_one(
        {"meters.meter_id": meter.meter_id}, {"$set": changes}
    )


# --- what they are ------------------------------------------------------------------------------


async def test_meters_show_their_registers(utility: Utility) -> None:
    data = (await utility.done("get_meter_info")).data
    for found, kind in zip(data["meters"], ("electric", "gas"), strict=True):
        meter = await meter_of(utility, kind)
        assert found["serial"] == meter.serial
        assert int(found["last_reading"]) == await register_of(utility, meter)
        assert found["read_on"] == YESTERDAY.isoformat()
        assert found["smart"] is True
    account = await utility.account("Maria")
    bill = (await utility.records.billing.bills(account.account_number, 1))[0]
    assert date.fromisoformat(data["next_read"]) > bill.period_end


async def test_on_the_phone_a_serial_is_its_last_four(utility: Utility) -> None:
    meter = await meter_of(utility)
    result = await utility.done("get_meter_info", await utility.call(channel=Channel.VOICE))
    assert meter.serial not in str(result)
    assert " ".join(meter.serial[-4:]) in result.say


async def test_a_home_without_a_meter_is_told_so(utility: Utility) -> None:
    premise = await utility.premise("Maria")
    await utility.database["premises"].update_one(
        {"_id": premise.premise_id}, {"$set": {"meters": []}}
    )
    assert (await utility.refused("get_meter_info")).reason == "no_meter"
    assert (await utility.refused("submit_meter_read", reading="48213")).reason == "no_meter"


# --- readings by hand ---------------------------------------------------------------------------


async def test_a_reading_is_kept_once(utility: Utility) -> None:
    meter = await meter_of(utility)
    value = await register_of(utility, meter) + 12
    call = await utility.call("Maria", key="read-1", agent="usage")
    first = await utility.done("submit_meter_read", call, reading=f"{value:05d}")
    again = await utility.done("submit_meter_read", call, reading=f"{value:05d}")
    assert first == again
    kept = await utility.records.usage.reads(meter.meter_id, 10)
    assert [(k.value, k.source) for k in kept] == [(value, "customer")]
    assert f"{value:,}" in first.say
    assert meter.serial[-4:] in first.say


async def test_the_words_name_the_gas_meter(utility: Utility) -> None:
    meter = await meter_of(utility, "gas")
    value = await register_of(utility, meter) + 3
    for said in ("gas {}", "the gas meter says {}", "{} therms"):
        await utility.done("submit_meter_read", reading=said.format(value))
    assert [k.value for k in await utility.records.usage.reads(meter.meter_id, 5)] == [value] * 3


async def test_the_number_of_digits_can_name_the_meter(utility: Utility) -> None:
    meter = await meter_of(utility, "gas")
    await set_meter(utility, meter, digits=4)
    value = await register_of(utility, await meter_of(utility, "gas")) + 1
    await utility.done("submit_meter_read", reading=f"{value % 10_000:04d}")
    assert len(await utility.records.usage.reads(meter.meter_id, 5)) == 1


async def test_a_register_that_rolled_over_counts_on(utility: Utility) -> None:
    meter = await meter_of(utility)
    shown = await register_of(utility, meter)
    await set_meter(utility, meter, base=(meter.base - shown + 99_995) % 100_000)
    assert await register_of(utility, await meter_of(utility)) == 99_995
    await utility.done("submit_meter_read", reading="00004")


async def test_an_implausible_reading_changes_nothing(utility: Utility) -> None:
    shown = await register_of(utility, await meter_of(utility))
    before = await utility.everything()
    for shift, reason in ((-1, "below_last"), (5_000, "too_far_ahead")):
        reading = f"{(shown + shift) % 100_000:05d}"
        refused = await utility.refused("submit_meter_read", reading=reading)
        assert refused.reason == reason
        assert "technician" in refused.next
    assert await utility.everything() == before


async def test_a_reading_that_is_none_is_asked_again(utility: Utility) -> None:
    before = await utility.everything()
    for said in ("", "I can't see it", "1234567", "48213 or maybe 48214", "%$#"):
        asked = await utility.asked("submit_meter_read", reading=said)
        assert asked.missing == ("reading",)
        assert "digits" in asked.say
    assert await utility.everything() == before


async def test_who_has_no_gas_can_read_no_gas_meter(utility: Utility) -> None:
    call = await utility.call("Wei")
    assert (await utility.refused("submit_meter_read", call, reading="gas 4521")).reason == (
        "no_meter"
    )


async def test_writing_is_for_the_verified(utility: Utility) -> None:
    for rung in (Rung.ANONYMOUS, Rung.RECOGNISED):
        call = await utility.call("Maria", rung=rung)
        refused = await utility.refused("submit_meter_read", call, reading="48213")
        assert refused.reason == "not_verified"
        assert (await utility.refused("request_meter_test", call)).reason == "not_verified"


# --- tests --------------------------------------------------------------------------------------


async def test_the_first_test_is_free_and_ordered_once(utility: Utility) -> None:
    call = await utility.call("Maria", key="test-1", agent="usage")
    back = await utility.read_back("request_meter_test", call, reason="it runs too fast")
    assert "free of charge" in back.read_back
    spec = utility.toolbox.by_name["request_meter_test"]
    args = spec.args.model_validate(back.args)
    first = await utility.toolbox.run(spec, call, args)
    after = await utility.everything()
    assert await utility.toolbox.run(spec, call, args) == first
    assert await utility.everything() == after
    orders = await utility.records.orders.of(call.customer_id, 10)
    tests = [o for o in orders if o.kind == "meter test"]
    assert len(tests) == 1
    visit = await utility.records.appointments.get(tests[0].confirmation_number)
    assert visit is not None
    assert (visit.service_type, visit.on) == ("meter test", tests[0].on)
    assert tests[0].on > TODAY
    assert tests[0].services == ("electric",)


async def test_a_second_test_waits_for_the_first(utility: Utility) -> None:
    done = await utility.done("request_meter_test", reason="too fast")
    refused = await utility.refused("request_meter_test", reason="still too fast")
    assert refused.reason == "already_ordered"
    assert done.data["confirmation_number"] in refused.say


async def test_a_further_test_within_the_year_costs_the_fee(utility: Utility) -> None:
    done = await utility.done("request_meter_test", reason="too fast")
    visited = date.fromisoformat(done.data["date"])
    utility.clock.advance(timedelta(days=(visited - TODAY).days + 60))
    back = await utility.read_back("request_meter_test", reason="still")
    assert "$35.00" in back.read_back
    assert "2 percent" in back.read_back
    assert (await utility.done("request_meter_test", reason="still")).data["fee"] == "35.00"


async def test_after_a_year_a_test_is_free_again(utility: Utility) -> None:
    await utility.done("request_meter_test", reason="too fast")
    utility.clock.advance(timedelta(days=366))
    assert (await utility.done("request_meter_test", reason="again")).data["fee"] == "0.00"


async def test_the_gas_meter_is_tested_where_the_words_say_so(utility: Utility) -> None:
    done = await utility.done("request_meter_test", reason="the gas meter counts too much")
    assert done.data["meter"] == "gas"
    assert (await utility.done("request_meter_test", reason="electric too")).data["meter"] == (
        "electric"
    )


# --- how to read one ----------------------------------------------------------------------------


async def test_reading_is_explained_to_anybody(utility: Utility) -> None:
    call = await utility.call(rung=Rung.ANONYMOUS)
    for said, meter in (
        ("", "smart electric meter"),
        ("gas with a display", "digital gas meter"),
        ("an old gas meter with dials", "gas meter with dials"),
        ("analog electric", "electric meter with dials"),
    ):
        result = await utility.done("explain_meter_reading", call, meter_type=said)
        assert result.data["meter"] == meter
        assert len(result.data["steps"]) >= 3
        assert result.data["own_meter"] is False


async def test_the_own_meter_is_explained_where_it_is_known(utility: Utility) -> None:
    await set_meter(utility, await meter_of(utility), smart=False)
    call = await utility.call("Maria", rung=Rung.RECOGNISED)
    result = await utility.done("explain_meter_reading", call)
    assert result.data["meter"] == "electric meter with dials"
    assert result.data["own_meter"] is True
