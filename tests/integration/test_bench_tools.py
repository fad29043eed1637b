"""The bench of the tools runs, and calls every tool there is."""

from __future__ import annotations

import pytest

from evals.bench.toolcalls import CASES
from evals.bench.tools import run
from tools import load_tools

pytestmark = pytest.mark.integration


def test_there_is_a_call_for_every_tool() -> None:
    assert set(CASES) == set(load_tools().by_name)


async def test_a_quick_run_measures_every_tool(capsys: pytest.CaptureFixture[str]) -> None:
    found = await run(customers=300, calls=2)
    assert set(found) == {
        *("tool_p95_ms_500", "tool_p95_ms_100000", "worst_ratio", "seed_customers_per_s"),
    }
    assert all(value > 0 for value in found.values())
    printed = capsys.readouterr().out
    assert [name for name in CASES if name not in printed] == []
