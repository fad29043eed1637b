"""Names that become likely in mid-call: what an ear is told of them, and one opened later."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.errors import RecordsUnavailable, SpeechUnavailable
from contracts.identity import anonymous_id
from tests.fakes.world import scenario_of
from tests.samples import HERS, HOME, MARIA
from tests.scripted_speech import Script, ScriptedEngines
from voice.engines.likely import likeliest
from voice.person import phrases_with
from voice.reopening import Reopening

pytestmark = pytest.mark.unit

SCENARIO = scenario_of("utilities")


def test_what_became_likely_goes_first_and_the_rest_as_far_as_there_is_room() -> None:
    assert likeliest(["Elm", "Maria"], ["meter", "Elm", "outage"], 3) == ["Elm", "Maria", "meter"]
    assert likeliest([], ["meter"], 3) == ["meter"]


async def test_an_ear_that_is_opened_again_is_told_of_those_too() -> None:
    engines: Any = ScriptedEngines(Script())
    opening = Reopening(
        [engines, engines], languages=["en"], phrases=["meter"], failed=lambda what: None
    )
    async with opening as opened:
        opened.ear.expect(["Alder Street"])
        assert engines.ears[0].expected == ["Alder Street"]
        engines.ears[0].fail(SpeechUnavailable("gone"))
        reading = asyncio.ensure_future(anext(aiter(opened.ear)))
        while len(engines.ears) < 2 or not engines.ears[1].expected:
            await asyncio.sleep(0)
        assert engines.ears[1].expected == ("Alder Street",)
        engines.ears[1].fail(SpeechUnavailable("gone"))  # there is no third
        with pytest.raises(SpeechUnavailable):
            await reading


class Customers:
    def __init__(self, down: bool = False) -> None:
        self._down = down

    async def get(self, key: str) -> Any:
        if self._down:
            raise RecordsUnavailable("down")
        return {MARIA.customer_id: MARIA, MARIA.account_number: HERS}.get(key)

    async def premise(self, premise_id: str) -> Any:
        return {HOME.premise_id: HOME}.get(premise_id)


async def test_who_became_known_has_names_of_their_own() -> None:
    records: Any = SimpleNamespace(customers=Customers(), accounts=Customers())
    found = await phrases_with(MARIA.customer_id, records, SCENARIO)
    assert found is not None
    assert {"Maria", "Alder Street"} <= set(found)
    assert MARIA.account_number not in " ".join(found)
    for stranger in (anonymous_id("voice", "+1"), "cust-none"):
        assert await phrases_with(stranger, records, SCENARIO) is None
    down: Any = SimpleNamespace(customers=Customers(down=True), accounts=Customers())
    assert await phrases_with(MARIA.customer_id, down, SCENARIO) is None
