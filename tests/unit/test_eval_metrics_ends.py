"""EndState, on records written by hand; pass^k and the figures of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from evals.figures import figures, pass_k
from evals.metrics.policy import EndState
from evals.records import Snapshot
from evals.result import Line, Record, Score
from tests.evidence import Talk, faults

pytestmark = pytest.mark.unit

START, LATER = datetime(2026, 1, 15, 18, tzinfo=UTC), datetime(2026, 1, 15, 18, 20, tzinfo=UTC)
SEEDED = [{"_id": "P-1", "plan": "flat", "kind": "seeded"}]


def order(**changed: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "_id": "O-7XK2",
        "kind": "start",
        "account_number": "4012345678",
        "key": "web:1:start:0",
        "receipt_number": "R-DC25-EHKZ",
        "at": START,
        "details": {"address": "905 Juniper Lane", "visit": {"day": "2026-02-03"}, "n": 1},
        "services": ["electric"],
    }
    return {**document, **changed}


def ended(*documents: dict[str, Any], until: datetime = START) -> Any:
    snapshot = Snapshot({"orders": list(SEEDED)}, {})
    changes = snapshot.compared(list(SEEDED), [*SEEDED, *documents], (START, until))
    return {"orders": changes} if changes else {}


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        ({}, {}),
        (ended(order()), ended(order())),
        (ended(order(_id="O-9ZZ1", receipt_number="R-AAAA-BBBB")), ended(order())),
        (ended(order(key="sms:9:start:0")), ended(order())),
        (ended(order(at=LATER), until=LATER), ended(order())),
        (
            ended(order(), order(_id="O-2", kind="stop")),
            ended(order(_id="O-3", kind="stop"), order()),
        ),
        (ended(order(at=START.replace(tzinfo=None))), ended(order())),
    ],
)
def test_equal_ends(got: Any, wanted: Any) -> None:
    assert faults(EndState, Talk().evidence(got, wanted)) == ()


@pytest.mark.parametrize(
    "got",
    [
        {},
        ended(order(), order(_id="O-8")),
        ended(order(kind="stop")),
        ended(order(services=["electric", "gas"])),
        ended(
            order(details={"address": "905 Juniper Lane", "visit": {"day": "2026-02-04"}, "n": 1})
        ),
        ended(order(details={"address": "905 Juniper Lane", "visit": None, "n": 1})),
        ended(order(account_number="4023456789")),
        ended(order(at=LATER)),
        {**ended(order()), "charges": {"added": [{"amount": "1.00"}]}},
        {"orders": {"removed": ended(order())["orders"]["added"]}},
    ],
)
def test_other_ends(got: Any) -> None:
    [found] = faults(EndState, Talk().evidence(got, ended(order())))
    assert "ended otherwise than it should" in found


def test_an_end_tells_what_is_too_much_and_what_is_missing() -> None:
    got, wanted = ended(order(kind="stop")), ended(order())
    [found] = faults(EndState, Talk().evidence(got, wanted))
    assert '"kind": "stop"' in found.partition("missing")[0]
    assert '"kind": "start"' in found.partition("missing")[2]


def test_records_that_nobody_looks_at() -> None:
    assert EndState().judge(Talk().evidence(ended(order()), None)).looked_at == 0


def test_a_value_that_was_there_before_is_no_new_id() -> None:
    changed = {**SEEDED[0], "plan": "P-1"}
    snapshot = Snapshot({"orders": list(SEEDED)}, {})
    assert snapshot.compared(list(SEEDED), [changed])["changed"][0]["plan"] == "P-1"


# --- pass^k and the figures ------------------------------------------------------------------


def record(case: str = "one", *, passed: bool = True, **more: Any) -> Record:
    fault = () if passed else ("wrong",)
    given: dict[str, Any] = {
        "case": case,
        "title": case,
        "agent": "billing",
        "tools": (),
        "tags": (),
        "language": "en",
        "file": "x.yaml",
        "variant": "as written",
        "model": "local",
        "scores": {"ContextPreservation": Score(score=float(passed), looked_at=1, faults=fault)},
        "turns": (),
        "switch_ms": (),
    }
    return Record(**given | more)


@pytest.mark.parametrize(
    ("records", "k", "share"),
    [
        ([], 1, 0.0),
        ([record(), record("two")], 1, 1.0),
        ([record(attempt=n) for n in (1, 2, 3)], 3, 1.0),
        ([record(), record(variant="switching", passed=False)], 1, 1.0),
        ([record(), record(attempt=2, passed=False)], 2, 0.0),
        (
            [record(attempt=n) for n in (1, 2)] + [record("two"), record("two", passed=False)],
            2,
            0.5,
        ),
        ([record(attempt=n) for n in (1, 2)] + [record("two")], 2, 0.5),
        ([record(), record(variant="goal", passed=False)], 1, 0.5),
        ([record(error="broke off")], 1, 0.0),
    ],
)
def test_pass_k(records: list[Record], k: int, share: float) -> None:
    assert pass_k(records) == {"k": k, "pass_k": share}


def test_a_judge_lets_no_play_fail() -> None:
    harsh = Score(score=0.0, looked_at=1, faults=("cold",), gates=False)
    assert record(scores={"Tone": harsh}).passed
    assert not record(scores={"Tone": harsh.model_copy(update={"gates": True})}).passed


def test_figures_of_a_run() -> None:
    line = Line(
        channel="sms",
        by="Maria",
        said="",
        reply="",
        agent="billing",
        tools=(),
        asked=(),
        identity="verified",
        ms=1,
        first_token_ms=1,
        model_calls=1,
        input_tokens=1,
        output_tokens=1,
    )
    records = [
        record(turns=(line,)),
        record(
            "two", passed=False, variant="switching", switch_ms=(900.0,), asked_twice=("proof",)
        ),
    ]
    found = figures(records)
    assert (found["plays"], found["passed"], found["cases"]) == (2, 1, 2)
    assert found["context"] == 0.5
    assert found["asked_twice"] == 1
    assert found["switch_p95_ms"] == 900.0
