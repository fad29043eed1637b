"""The pure parts of the web bench: its figures, and what it reads of a process."""

from __future__ import annotations

import json

import pytest

from evals.bench.served import resident_mb
from evals.bench.web import Figures, line, show

pytestmark = pytest.mark.unit

OURS = Figures(fcp_cold=420.0, fcp_warm=210.0, ready=900.0, script_kb=1250.0, mb_of_chats=24.0)
BARE = Figures(fcp_cold=400.0, fcp_warm=200.0, ready=600.0, script_kb=1250.0, mb_of_chats=12.0)
SIGN_IN = (90.0, 40.0)
TOKENS = [100.0] * 18 + [300.0, 900.0]


def test_the_line_holds_the_figures_and_what_they_are_beside_the_bare_ones() -> None:
    found = line(OURS, BARE, SIGN_IN, TOKENS)

    assert found["fcp_ms"] == 420.0
    assert found["fcp_warm_ms"] == 210.0
    assert found["ready_ms"] == 900.0
    assert found["ratio_ready"] == 1.5
    assert found["signin_fcp_ms"] == 90.0
    assert found["first_token_ms"] == 100.0
    assert found["first_token_p95_ms"] == 900.0
    assert found["script_kb"] == 1250.0
    assert found["mb_per_200_chats"] == 24.0
    assert found["ratio_fcp_cold"] == 1.05
    assert found["ratio_script_kb"] == 1.0
    assert found["ratio_mb_of_chats"] == 2.0
    assert json.loads(json.dumps(found)) == found


def test_the_table_names_each_figure_once(capsys: pytest.CaptureFixture[str]) -> None:
    show(OURS, BARE, SIGN_IN, TOKENS)

    printed = capsys.readouterr().out
    for text in ("first paint, cold", "first paint, warm", "1250.0", "2.00", "900 ms at p95"):
        assert printed.count(text) >= 1, text


def test_resident_memory_is_read_of_the_status_of_a_process() -> None:
    status = "Name:\tpython\nVmPeak:\t 900000 kB\nVmRSS:\t  524288 kB\nRssAnon:\t 1 kB\n"

    assert resident_mb(status) == 512.0


def test_a_status_without_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="no process of Linux"):
        resident_mb("Name:\tkthreadd\n")
