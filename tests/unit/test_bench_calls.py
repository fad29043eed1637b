"""How a call of the script is judged: the same figure however it is written, and no other."""

from __future__ import annotations

import pytest

from evals.bench.voice_calls import tells

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ("Call 9-1-1 from a safe place.", "911"),
        ("call nine one one", "911"),
        ("You owe $1,182.27.", "1182.27"),
        ("You owe 162 dollars and 87 cents", "162.87"),
        ("It's at 418 ALDER street", "Alder Street"),
    ],
)
def test_what_is_told(heard: str, wanted: str) -> None:
    assert tells(heard, wanted)


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ("call 9-1 from a safe place", "911"),
        ("call 1-800-555-0911", "911"),
        ("You owe $1,182.27.", "182.27"),
        ("You owe 162 dollars", "162.87"),
    ],
)
def test_what_is_not(heard: str, wanted: str) -> None:
    assert not tells(heard, wanted)
