"""The cases as deepeval's own runner has them: `deepeval test run evals`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from deepeval.evaluate import assert_test

from contracts.settings import Settings
from evals.case import Case, read_cases
from evals.metrics import METRICS, as_test_case
from evals.play import play
from evals.stage import Stage
from evals.suite import opened

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def stage(loop: asyncio.AbstractEventLoop) -> Iterator[Stage]:
    """The product on a MongoDB of its own, with the model that the settings name."""
    opening = opened(Settings())
    yield loop.run_until_complete(opening.__aenter__())
    loop.run_until_complete(opening.__aexit__(None, None, None))


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.id)
def test_conversation(case: Case, stage: Stage, loop: asyncio.AbstractEventLoop) -> None:
    evidence = loop.run_until_complete(play(stage, case))
    metrics: list[Any] = [metric() for metric in METRICS]
    assert_test(as_test_case(evidence), metrics, run_async=False)
