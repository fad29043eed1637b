"""Outages where a home has no gas, and an estimate whose time has come and gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.errors import RecordsUnavailable
from contracts.identity import Rung
from contracts.messages import Card
from contracts.records import Outage
from contracts.tooling import Call, Cannot
from stores.mongo.connect import collection
from stores.mongo.documents import outage_document
from stores.mongo.outage_areas import octagon
from tests.utility import Utility

pytestmark = pytest.mark.integration

ELSEWHERE = "903 Juniper Lane, Mill Creek"  # James lives at 77


async def out(utility: Utility, who: str, **changes: Any) -> Outage:
    home, now = await utility.premise(who), utility.clock.now()
    made = Outage(
        outage_id=f"O-{who}",
        kind="gas",
        status="confirmed",
        cause="water in a gas line",
        started=now - timedelta(hours=3),
        customers_affected=120,
        area=octagon(home.longitude, home.latitude, 300),
        place=home.city,
    ).model_copy(update=changes)
    await utility.database["outages"].delete_many({})
    await collection(utility.database, "outages").insert_one(outage_document(made))
    return made


async def desk(utility: Utility, who: str) -> Call:
    return await utility.call(who, agent="outage", rung=Rung.RECOGNISED)


async def test_a_gas_outage_is_none_of_a_home_without_gas(utility: Utility) -> None:
    made = await out(utility, "James")
    status = await utility.done("check_outage_status", await desk(utility, "James"))
    assert status.data["outage"] is None
    await out(utility, "Maria")
    status = await utility.done("check_outage_status", await desk(utility, "Maria"))
    assert status.data["kind"] == made.kind


async def test_gas_is_not_reported_out_where_there_is_none(utility: Utility) -> None:
    before = await utility.everything()
    call = await desk(utility, "James")
    refused = await utility.refused("report_outage", call, outage_type="gas")
    assert refused.reason == "not_served"
    assert "smell gas" in refused.next
    assert await utility.everything() == before


async def test_an_outage_elsewhere_is_not_reported_at_home(utility: Utility) -> None:
    before = await utility.everything()
    call = await desk(utility, "James")
    refused = await utility.refused(
        "report_outage", call, outage_type="electric", service_address=ELSEWHERE
    )
    assert refused.reason == "other_address"
    assert refused.next
    assert await utility.everything() == before


async def test_a_time_that_has_passed_is_shown_as_no_estimate(utility: Utility) -> None:
    past = utility.clock.now() - timedelta(minutes=20)
    await out(utility, "Maria", kind="electric", eta=past)
    status = await utility.done("check_outage_status", await desk(utility, "Maria"))
    card = next(part for part in status.show if isinstance(part, Card))
    assert dict(card.rows)["Back"] == "no new estimate yet"
    eta = await utility.done("get_restoration_eta", await desk(utility, "Maria"))
    assert "That time has passed" in eta.say


@pytest.mark.parametrize("count", [1, 20, 25])
async def test_the_map_of_many(utility: Utility, count: int) -> None:
    one = await out(utility, "Maria", kind="electric")
    more = [
        one.model_copy(update={"outage_id": f"O-{n}", "customers_affected": 100 - n})
        for n in range(1, count)
    ]
    if more:
        await collection(utility.database, "outages").insert_many(map(outage_document, more))
    done = await utility.done("get_outage_map", await desk(utility, "Wei"))
    said = "There is one outage" if count == 1 else "There are at least 20 outages"
    assert done.say.startswith(f"{said} right now")
    assert len(done.data["outages"]) == min(count, 20)
    assert len(done.say) < 250


@pytest.mark.parametrize("tool", ["report_gas_leak", "report_downed_wire"])
async def test_safety_is_said_with_the_records_down(
    utility: Utility, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object, **__: object) -> None:
        raise RecordsUnavailable("down")

    monkeypatch.setattr(utility.records.cases, "of", down)
    monkeypatch.setattr(utility.records.cases, "open", down)
    result = await utility.run(tool, await desk(utility, "Maria"))
    assert isinstance(result, Cannot)
    assert "911" in result.say
    assert utility.services.scenario.brand.emergency_phone in result.say
