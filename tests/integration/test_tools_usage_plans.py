"""Prices, rate plans, saving and solar, on the seeded utility."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.pricing import Use, price, total
from contracts.tooling import AskAgain, Done
from tests.usage import BY_TIME, FLAT, TODAY, riders, set_premise, tariff
from tests.utility import Utility

pytestmark = pytest.mark.integration

NEEDS_VERIFIED = (
    "get_efficiency_tips",
    "schedule_energy_audit",
    "enroll_time_of_use",
    "enroll_demand_response",
    "check_solar_eligibility",
)
REWARDS = "Peak Time Rewards"


async def confirmed_twice(utility: Utility, tool: str, who: str, **raw: Any) -> Done:
    """Agreed to once, run twice, as after a crash: the second run changes nothing."""
    call = await utility.call(who, key=f"{tool}-1", agent="usage")
    back = await utility.read_back(tool, call, **raw)
    spec = utility.toolbox.by_name[tool]
    args = utility.toolbox.parse(spec, back.args)
    assert not isinstance(args, AskAgain)
    first = await utility.toolbox.run(spec, call, args)
    assert isinstance(first, Done), first
    after = await utility.everything()
    assert await utility.toolbox.run(spec, call, args) == first
    assert await utility.everything() == after
    return first


@pytest.mark.parametrize("tool", NEEDS_VERIFIED)
@pytest.mark.parametrize("rung", [Rung.ANONYMOUS, Rung.RECOGNISED])
async def test_what_is_personal_is_for_the_verified(
    utility: Utility, tool: str, rung: Rung
) -> None:
    call = await utility.call("Maria", rung=rung)
    assert (await utility.refused(tool, call)).reason == "not_verified"


# --- prices -------------------------------------------------------------------------------------


async def test_prices_are_those_of_the_own_plan(utility: Utility) -> None:
    result = await utility.done("get_rate_schedule", await utility.call("Wei"))
    plan = await tariff(utility, BY_TIME)
    assert result.data["plan"]["name"] == BY_TIME
    assert [r["price"] for r in result.data["plan"]["rates"]] == [str(r.price) for r in plan.rates]
    assert result.data["last_changed"] == plan.effective.isoformat()
    assert "5 to 9 PM on weekdays" in result.say
    names = {offered["name"] for offered in result.data["on_offer"]}
    assert names == {FLAT, REWARDS}


async def test_strangers_hear_the_standard_prices(utility: Utility) -> None:
    for rung in (Rung.ANONYMOUS, Rung.RECOGNISED):
        result = await utility.done("get_rate_schedule", await utility.call("Wei", rung=rung))
        assert result.data["own_plan"] is False
        assert result.data["plan"]["name"] == FLAT


async def test_a_shop_is_offered_no_plan_for_homes(utility: Utility) -> None:
    result = await utility.done("get_rate_schedule", await utility.call("Sam"))
    assert result.data["plan"]["name"] == "General Service"
    assert result.data["on_offer"] == []


async def test_a_unit_costs_what_a_bill_would_show(utility: Utility) -> None:
    data = (await utility.done("get_rate_schedule")).data
    plans = [await tariff(utility, FLAT), await riders(utility)]
    thousand = total(price(plans, Use(kwh=Decimal(1000)))) - total(price(plans, Use()))
    assert Decimal(data["all_in"]["kwh"]) * 1000 == pytest.approx(thousand, abs=Decimal("0.06"))


# --- time of use and demand response ------------------------------------------------------------


async def test_time_of_use_is_agreed_to_with_last_years_cost(utility: Utility) -> None:
    account, premise = await utility.account("Maria"), await utility.premise("Maria")
    bills = await utility.records.billing.bills(account.account_number, 12)
    costs = {}
    for name in (FLAT, BY_TIME):
        plans = [await tariff(utility, name), await riders(utility)]
        costs[name] = Decimal(0)
        for bill in bills:
            peak = await utility.records.usage.peak(
                premise.meters[0].meter_id, bill.period_start, bill.period_end
            )
            assert peak is not None
            costs[name] += total(price(plans, Use(kwh=bill.kwh, peak=peak.total)))
    back = await utility.read_back("enroll_time_of_use")
    assert f"${costs[BY_TIME]:,.2f} instead of ${costs[FLAT]:,.2f}" in back.read_back
    saved = costs[FLAT] - costs[BY_TIME]
    assert f"${abs(saved):,.2f} {'less' if saved > 0 else 'more'}" in back.read_back


async def test_time_of_use_changes_the_plan_once(utility: Utility) -> None:
    done = await confirmed_twice(utility, "enroll_time_of_use", "Maria")
    account = await utility.account("Maria")
    assert account.rate_plan == done.data["rate_plan"] == BY_TIME
    held = await utility.records.enrolments.of(account.account_number)
    assert [(e.programme, e.since) for e in held] == [("time of use", TODAY)]
    assert (await utility.refused("enroll_time_of_use")).reason == "already_in"


async def test_demand_response_gives_the_policys_credit(utility: Utility) -> None:
    back = await utility.read_back("enroll_demand_response")
    assert "$40.00 a season" in back.read_back
    done = await confirmed_twice(utility, "enroll_demand_response", "Maria")
    assert done.data["season_credit"] == "40.00"
    assert (await utility.account("Maria")).rate_plan == REWARDS
    assert (await utility.refused("enroll_demand_response")).reason == "already_in"


async def test_a_plan_is_changed_once_in_twelve_months(utility: Utility) -> None:
    await utility.done("enroll_time_of_use")
    refused = await utility.refused("enroll_demand_response")
    assert refused.reason == "changed_lately"
    assert "2027" in refused.next
    utility.clock.advance(timedelta(days=366))
    assert (await utility.done("enroll_demand_response")).data["before"] == BY_TIME


async def test_who_is_in_already_is_told_so(utility: Utility) -> None:
    by_time = await utility.refused("enroll_time_of_use", await utility.call("Wei"))
    rewarded = await utility.refused("enroll_demand_response", await utility.call("Priya"))
    assert by_time.reason == rewarded.reason == "already_in"


async def test_plans_need_a_smart_meter_and_a_home(utility: Utility) -> None:
    await set_premise(utility, "Maria", meters__0__smart=False)
    before = await utility.everything()
    for tool in ("enroll_time_of_use", "enroll_demand_response"):
        assert (await utility.refused(tool)).reason == "no_smart_meter"
        assert (await utility.refused(tool, await utility.call("Sam"))).reason == "homes_only"
    assert await utility.everything() == before


async def test_a_run_that_was_cut_short_is_finished(utility: Utility) -> None:
    await confirmed_twice(utility, "enroll_time_of_use", "Maria")
    account = await utility.account("Maria")
    await utility.database["accounts"].update_one(
        {"_id": account.account_number}, {"$set": {"rate_plan": FLAT}}
    )
    spec = utility.toolbox.by_name["enroll_time_of_use"]
    call = await utility.call("Maria", key="enroll_time_of_use-1")
    assert isinstance(await utility.toolbox.run(spec, call, spec.args()), Done)
    assert (await utility.account("Maria")).rate_plan == BY_TIME


# --- tips and rebates ---------------------------------------------------------------------------


async def test_tips_are_ranked_by_what_this_home_would_save(utility: Utility) -> None:
    for who in ("Maria", "Hannah", "Sam", "James"):
        await check_tips(utility, who)


async def check_tips(utility: Utility, who: str) -> None:
    result = await utility.done("get_efficiency_tips", await utility.call(who))
    saves = [Decimal(tip["saves_a_year"]) for tip in result.data["tips"]]
    assert saves == sorted(saves, reverse=True)
    assert all(amount >= 1 for amount in saves)
    parts = (await utility.done("get_usage_breakdown", await utility.call(who))).data["services"]
    for tip in result.data["tips"]:
        share, _, part = tip["saves_percent"].partition(" of ")
        spent = sum(Decimal(service["parts"][part]["cost"]) for service in parts.values())
        assert abs(Decimal(tip["saves_a_year"]) - spent * Decimal(share) / 100) <= Decimal("0.01")


async def test_the_second_tip_is_told_in_a_sentence_of_its_own(utility: Utility) -> None:
    said = (await utility.done("get_efficiency_tips")).say
    assert said.startswith("What would help you most: Insulate the attic to R-49, which saves")
    assert " Next best is to set the thermostat back by 8 degrees at night and" in said


async def test_tips_keep_to_what_was_asked(utility: Utility) -> None:
    data = (await utility.done("get_efficiency_tips", focus_area="my hot water")).data
    assert data["focus"] == "hot water"
    known = {t.text: t for t in utility.services.scenario.catalogue.tips}
    assert all(known[tip["tip"]].focus == "hot water" for tip in data["tips"])


async def test_there_are_no_tips_for_what_is_not_used(utility: Utility) -> None:
    refused = await utility.refused("get_efficiency_tips", focus_area="for my business")
    assert refused.reason == "no_tips"


async def test_tips_without_readings_promise_no_dollars(utility: Utility) -> None:
    await utility.database["readings"].delete_many({})
    tips = (await utility.done("get_efficiency_tips")).data["tips"]
    assert tips
    assert all(tip["saves_a_year"] is None for tip in tips)


async def test_rebates_are_for_this_home_and_not_over(utility: Utility) -> None:
    known = {r.code: r for r in utility.services.scenario.catalogue.rebates}
    data = (await utility.done("get_rebate_programs", await utility.call("Hannah"))).data
    found = {rebate["code"] for rebate in data["rebates"]}
    assert found == {
        code
        for code, rebate in known.items()
        if (not rebate.heating or "electric" in rebate.heating)
        and (not rebate.ends or rebate.ends >= TODAY.isoformat())
    }
    utility.clock.advance(timedelta(days=800))
    later = (await utility.done("get_rebate_programs", await utility.call("Hannah"))).data
    assert all(not rebate["ends"] for rebate in later["rebates"])


async def test_strangers_hear_of_all_rebates(utility: Utility) -> None:
    call = await utility.call(rung=Rung.ANONYMOUS)
    data = (await utility.done("get_rebate_programs", call)).data
    assert len(data["rebates"]) == len(utility.services.scenario.catalogue.rebates)
    assert data["for_your_home"] is False


# --- an audit -----------------------------------------------------------------------------------


async def test_an_audit_takes_a_real_slot_once(utility: Utility) -> None:
    back = await utility.read_back("schedule_energy_audit", preferred_date="next Tuesday morning")
    assert back.args == {"preferred_date": "2026-01-20 8-10"}
    assert "Tuesday, January 20, 8 to 10 AM" in back.read_back
    done = await confirmed_twice(
        utility, "schedule_energy_audit", "Maria", preferred_date="next Tuesday morning"
    )
    visit = await utility.records.appointments.get(done.data["confirmation_number"])
    order = await utility.records.orders.get(done.data["confirmation_number"])
    assert visit is not None
    assert order is not None
    assert (visit.on, visit.window) == (date(2026, 1, 20), "8-10")
    assert (order.kind, order.on) == ("energy audit", visit.on)
    refused = await utility.refused("schedule_energy_audit", preferred_date="next Wednesday")
    assert refused.reason == "already_ordered"


async def test_a_full_window_is_offered_to_nobody(utility: Utility) -> None:
    await utility.done("schedule_energy_audit", preferred_date="January 20, 8-10")
    priya = await utility.call("Priya")  # in the same town, with its one technician
    asked = await utility.asked("schedule_energy_audit", priya, preferred_date="January 20, 8-10")
    assert "nothing free" in asked.say
    assert "8 to 10 AM" not in asked.say.partition("January 20, ")[2][:12]
    done = await utility.done("schedule_energy_audit", priya, preferred_date="January 20")
    assert done.data["window"] == "10-12"


async def test_a_day_that_can_not_be_had_is_asked_again(utility: Utility) -> None:
    before = await utility.everything()
    for when in [
        "",
        "yesterday",
        "Sunday",
        "July 4",
        "today",
        "2031-02-29",
        "whenever the moon is up",
    ]:
        asked = await utility.asked("schedule_energy_audit", preferred_date=when)
        assert asked.missing == ("preferred_date",), when
    assert await utility.everything() == before
