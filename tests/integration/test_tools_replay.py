"""Whatever a tool writes it writes once a key: after a crash the same call runs again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.tooling import AskAgain, Cannot, Effect, ToolSpec
from evals.bench.toolcalls import CASES
from evals.records import hashes_of
from tests.subjects import ids_of, run, subject_of, vacant_of
from tests.utility import Utility
from tools import load_tools

pytestmark = pytest.mark.integration

WRITES = tuple(
    spec
    for spec in load_tools().by_name.values()
    if spec.effect in {Effect.WRITE, Effect.EMERGENCY}
)
CUSTOMERS = 3  # for whom each tool does its work, and does it again


@pytest.mark.parametrize("spec", WRITES, ids=lambda spec: spec.name)
async def test_run_again_with_its_key_a_tool_does_no_more_and_answers_the_same(
    utility: Utility, spec: ToolSpec
) -> None:
    case, vacant, worked = CASES[spec.name], await vacant_of(utility), 0
    for number, customer_id in enumerate(await ids_of(utility)):
        subject = await subject_of(utility, customer_id, number=number, vacant=vacant)
        raw = await case.prepare(subject)
        if raw is None:
            continue
        call = subject.call(spec, key=f"replay-{number}")
        first = await run(utility, spec, call, raw)
        if first.args is None or isinstance(first.result, AskAgain | Cannot):
            continue
        between = await hashes_of(utility.database)
        assert await utility.toolbox.run(spec, call, first.args) == first.result
        assert await hashes_of(utility.database) == between
        worked += 1
        if worked == CUSTOMERS:
            break
        utility.clock.advance(timedelta(minutes=1))
        if case.tidy is not None:
            await case.tidy(subject)
    assert worked, f"{spec.name} did its work for nobody"
