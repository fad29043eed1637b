"""What the customer used, on the seeded utility: every figure is held against the records."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Card, Channel
from contracts.pricing import Use, price, total
from stores.mongo.usage import ALL_TOWNS, group_of
from tests.utility import Utility

pytestmark = pytest.mark.integration

YESTERDAY = date(2026, 1, 14)
LAST_MONTH = date(2025, 12, 1)
READS = (
    "get_usage_history",
    "get_usage_comparison",
    "get_usage_breakdown",
    "compare_to_neighbors",
    "get_meter_info",
)


async def daily(utility: Utility, who: str, kind: str, start: date, end: date) -> list[int]:
    """The readings as they stand in the records, in hundredths."""
    premise = await utility.premise(who)
    meter = next(m for m in premise.meters if m.kind == kind)
    found = await utility.records.usage.daily(meter.meter_id, start, end)
    return list(found.hundredths) if found else []


async def set_group(utility: Utility, who: str, homes: int, everywhere: int = 1) -> None:
    """Make the customer's group of neighbours one of so many homes, the customer counted; and that
    of all towns."""
    premise = await utility.premise(who)
    assert premise.home is not None
    for town, count, name in ((premise.city, homes, "nearby"), (ALL_TOWNS, everywhere, "around")):
        figures = [count, 60_000 * count, 30_000, 31_000]
        await utility.database["neighbours"].update_one(
            {"_id": group_of(town, premise.home.model_dump())},
            {"$set": {f"months.{LAST_MONTH:%Y-%m}": figures, "group": f"gas-heated houses {name}"}},
            upsert=True,
        )


def card_of(result: Any, kind: str) -> Card:
    return next(p for p in result.show if isinstance(p, Card) and p.card == kind)


async def test_own_use_is_for_the_verified(utility: Utility) -> None:
    for rung in (Rung.ANONYMOUS, Rung.RECOGNISED):
        call = await utility.call("Maria", rung=rung, agent="usage")
        for tool in READS:
            assert (await utility.refused(tool, call)).reason == "not_verified", tool


async def test_another_account_is_refused(utility: Utility) -> None:
    other = (await utility.account("James")).account_number
    for tool in set(READS) - {"get_usage_comparison"}:
        refused = await utility.refused(tool, account_number=other)
        assert refused.reason == "other_account", tool


# --- history ------------------------------------------------------------------------------------


async def test_history_is_that_of_the_bills(utility: Utility) -> None:
    account = await utility.account("Maria")
    bills = await utility.records.billing.bills(account.account_number, 12)
    result = await utility.done("get_usage_history")
    months = result.data["months"]
    assert [m["to"] for m in months] == [b.period_end.isoformat() for b in reversed(bills)]
    assert [m["kwh"] for m in months] == [str(b.kwh) for b in reversed(bills)]
    assert [m["therms"] for m in months] == [str(b.therms) for b in reversed(bills)]
    assert Decimal(result.data["total_kwh"]) == sum(b.kwh for b in bills)
    highest = max(bills, key=lambda b: b.kwh)
    middle = highest.period_start + (highest.period_end - highest.period_start) / 2
    assert f"{middle:%B %Y}" in result.say
    assert len(card_of(result, "usage").rows) == len(bills) + 1


async def test_history_has_the_weather_of_each_bill(utility: Utility) -> None:
    result = await utility.done("get_usage_history", months=1)
    month = result.data["months"][0]
    days = await utility.records.usage.weather(
        date.fromisoformat(month["from"]), date.fromisoformat(month["to"])
    )
    assert len(days) == month["days"]
    assert Decimal(month["heating_degree_days"]) == sum(d.heating for d in days)
    assert abs(Decimal(month["average_f"]) * len(days) - sum(d.mean_f for d in days)) < 2


async def test_history_goes_on_after_the_last_bill(utility: Utility) -> None:
    account = await utility.account("Maria")
    bill = (await utility.records.billing.bills(account.account_number, 1))[0]
    running = (await utility.done("get_usage_history")).data["since_last_bill"]
    start = bill.period_end + timedelta(days=1)
    assert running["from"] == start.isoformat()
    used = await daily(utility, "Maria", "electric", start, YESTERDAY)
    assert Decimal(running["kwh"]) * 100 == sum(used)


async def test_history_of_somebody_who_moved_in_holds_only_their_own(utility: Utility) -> None:
    account = await utility.account("Aisha")
    months = (await utility.done("get_usage_history", await utility.call("Aisha"))).data["months"]
    assert months
    assert all(date.fromisoformat(m["from"]) >= account.opened for m in months)


async def test_no_readings_and_no_bill_are_said_to_be_none(utility: Utility) -> None:
    account = await utility.account("Maria")
    await utility.database["statements"].delete_one({"_id": account.account_number})
    await utility.database["readings"].delete_many({})
    for tool in READS[:4]:
        assert (await utility.refused(tool)).reason == "no_readings", tool


async def test_months_that_are_none_are_asked_again(utility: Utility) -> None:
    for months in ("0", -3, 37, "a lot"):
        assert (await utility.asked("get_usage_history", months=months)).missing == ("months",)


# --- comparison ---------------------------------------------------------------------------------


async def test_comparison_is_of_equal_days_and_adds_up(utility: Utility) -> None:
    for period in ("", "last month", "last year", "last winter", "same week last year", "October"):
        await check_comparison(utility, period)


async def check_comparison(utility: Utility, period: str) -> None:
    data = (await utility.done("get_usage_comparison", comparison_period=period)).data
    assert data["now"]["days"] == data["then"]["days"]
    for kind in ("electric", "gas"):
        change = data["services"][kind]
        for name in ("now", "then"):
            start, end = (date.fromisoformat(data[name][edge]) for edge in ("from", "to"))
            used = await daily(utility, "Maria", kind, start, end)
            assert Decimal(change[name]) * 100 == sum(used)
        moved = Decimal(change["by_weather"]) + Decimal(change["by_own_use"])
        assert moved == Decimal(change["change"])
        assert Decimal(change["change"]) == Decimal(change["now"]) - Decimal(change["then"])


async def test_comparison_is_priced_by_the_own_tariff(utility: Utility) -> None:
    data = (await utility.done("get_usage_comparison")).data
    account = await utility.account("Maria")
    tariffs = [
        await utility.records.tariffs.get(account.rate_plan, date(2026, 1, 15)),
        await utility.records.tariffs.get(account.gas_plan, date(2026, 1, 15)),
        await utility.records.tariffs.riders(date(2026, 1, 15)),
    ]
    electric, gas = data["services"]["electric"], data["services"]["gas"]
    costs = [
        total(
            price(
                [t for t in tariffs if t],
                Use(kwh=Decimal(electric[when]), therms=Decimal(gas[when])),
            )
        )
        for when in ("now", "then")
    ]
    assert Decimal(data["dollars"]) == costs[0] - costs[1]


async def test_comparison_on_time_of_use_counts_the_peak(utility: Utility) -> None:
    call = await utility.call("Wei")
    data = (await utility.done("get_usage_comparison", call, comparison_period="last year")).data
    account, premise = await utility.account("Wei"), await utility.premise("Wei")
    plan = await utility.records.tariffs.get(account.rate_plan, date(2026, 1, 15))
    riders = await utility.records.tariffs.riders(date(2026, 1, 15))
    assert plan is not None
    assert riders is not None
    costs = []
    for when in ("now", "then"):
        start, end = (date.fromisoformat(data[when][edge]) for edge in ("from", "to"))
        peak = await utility.records.usage.peak(premise.meters[0].meter_id, start, end)
        assert peak is not None
        use = Use(kwh=Decimal(data["services"]["electric"][when]), peak=peak.total)
        costs.append(total(price([plan, riders], use)))
    assert Decimal(data["dollars"]) == costs[0] - costs[1]


async def test_comparison_needs_days_of_ones_own(utility: Utility) -> None:
    call = await utility.call("Aisha")
    refused = await utility.refused("get_usage_comparison", call, comparison_period="last year")
    assert refused.reason == "no_history"
    assert refused.next


async def test_comparison_with_years_that_are_not_kept_is_asked_again(utility: Utility) -> None:
    asked = await utility.asked("get_usage_comparison", comparison_period="5 years ago")
    assert asked.missing == ("comparison_period",)


# --- breakdown ----------------------------------------------------------------------------------


async def test_parts_add_up_in_energy_and_dollars(utility: Utility) -> None:
    for who in ("Maria", "Wei", "Hannah", "Sam", "Aisha", "James"):
        await check_parts(utility, who)


async def check_parts(utility: Utility, who: str) -> None:
    result = await utility.done("get_usage_breakdown", await utility.call(who))
    data = result.data
    start, end = date.fromisoformat(data["from"]), date.fromisoformat(data["to"])
    for kind, unit in (("electric", "kwh"), ("gas", "therms")):
        if kind not in data["services"]:
            continue
        service = data["services"][kind]
        parts = service["parts"].values()
        assert sum(Decimal(p[unit]) for p in parts) == Decimal(service["total"])
        assert sum(Decimal(p["cost"]) for p in parts) == Decimal(service["cost"])
        assert min(Decimal(p[unit]) for p in parts) >= 0
        assert Decimal(service["total"]) * 100 == sum(await daily(utility, who, kind, start, end))
    assert "estimate" in result.say


async def test_heating_is_found_where_it_is(utility: Utility) -> None:
    by_electricity = await utility.done("get_usage_breakdown", await utility.call("Hannah"))
    parts = by_electricity.data["services"]["electric"]["parts"]
    assert max(parts, key=lambda name: Decimal(parts[name]["kwh"])) == "heating"
    by_gas = await utility.done("get_usage_breakdown")
    services = by_gas.data["services"]
    assert services["gas"]["parts"]["heating"]["percent"] > 50
    assert services["electric"]["parts"]["heating"]["percent"] < 30


async def test_the_day_of_the_highest_use_is_named(utility: Utility) -> None:
    highest = (await utility.done("get_usage_breakdown")).data["highest_days"]
    month = await daily(utility, "Maria", "electric", YESTERDAY - timedelta(days=29), YESTERDAY)
    year = await daily(utility, "Maria", "electric", YESTERDAY - timedelta(days=364), YESTERDAY)
    assert [Decimal(h["kwh"]) * 100 for h in highest] == [max(month), max(year)]
    day = date.fromisoformat(highest[0]["day"])
    assert await daily(utility, "Maria", "electric", day, day) == [max(month)]


async def test_use_before_the_account_was_opened_is_nobodys_business(utility: Utility) -> None:
    account = await utility.account("Aisha")
    data = (await utility.done("get_usage_breakdown", await utility.call("Aisha"))).data
    assert date.fromisoformat(data["from"]) >= account.opened


# --- neighbors ----------------------------------------------------------------------------------


async def test_neighbors_are_compared_in_the_last_full_month(utility: Utility) -> None:
    await set_group(utility, "Maria", 25)
    result = await utility.done("compare_to_neighbors")
    used = await daily(utility, "Maria", "electric", LAST_MONTH, date(2025, 12, 31))
    premise = await utility.premise("Maria")
    group = await utility.records.usage.neighbours(premise.premise_id, LAST_MONTH)
    assert group is not None
    assert result.data["month"] == "2025-12"
    assert Decimal(result.data["your_kwh"]) * 100 == sum(used)
    assert result.data["average_kwh"] == str(group.average)
    assert result.data["homes"] == group.homes == 24
    assert "gas-heated houses nearby" in result.say


async def test_groups_under_ten_are_never_shown(utility: Utility) -> None:
    for homes in range(1, 11):  # the customer's own counted
        await set_group(utility, "Maria", homes)
        refused = await utility.refused("compare_to_neighbors")
        assert refused.reason == "group_too_small"
        assert not re.search(r"\d{3}|kilowatt|kWh", refused.say + refused.next)


async def test_ten_others_are_enough(utility: Utility) -> None:
    await set_group(utility, "Maria", 11)
    assert (await utility.done("compare_to_neighbors")).data["homes"] == 10


async def test_where_the_town_has_too_few_all_towns_are_looked_at(utility: Utility) -> None:
    await set_group(utility, "Maria", 10, everywhere=30)
    result = await utility.done("compare_to_neighbors")
    assert result.data["homes"] == 29
    assert "29 gas-heated houses around" in result.say
    await set_group(utility, "Maria", 12, everywhere=30)
    assert (await utility.done("compare_to_neighbors")).data["group"] == "gas-heated houses nearby"


async def test_a_shop_is_compared_with_shops(utility: Utility) -> None:
    await set_group(utility, "Sam", 4, everywhere=8)
    call = await utility.call("Sam")
    assert (
        "fewer than 10 shops like yours"
        in (await utility.refused("compare_to_neighbors", call)).say
    )


async def test_what_a_breakdown_says_is_not_nothing(utility: Utility) -> None:
    for who in ("Maria", "Elena", "Sam", "James", "Aisha"):
        say = (await utility.done("get_usage_breakdown", await utility.call(who))).say
        assert not re.search(r"\b0 percent", say)
        assert not re.search(r"goes about \d+ percent to everything else,", say), "comes last"


async def test_a_month_that_is_not_ones_own_is_not_compared(utility: Utility) -> None:
    await set_group(utility, "Maria", 25)
    account = await utility.account("Maria")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"opened": "2025-12-20"}}
    )
    assert (await utility.refused("compare_to_neighbors")).reason == "no_full_month"


# --- on the phone -------------------------------------------------------------------------------


async def test_what_is_said_is_fit_to_be_spoken(utility: Utility) -> None:
    await set_group(utility, "Maria", 25)
    call = await utility.call("Maria", channel=Channel.VOICE)
    for tool in READS:
        result = await utility.done(tool, call)
        assert len(result.say) < 420, tool
        assert "kWh" not in result.say
        assert not any(sign in result.say for sign in "{}[]_|")
