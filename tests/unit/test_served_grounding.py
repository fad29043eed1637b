"""Arguments that nobody said are dropped; those that somebody said are kept."""

from __future__ import annotations

from typing import Any

import pytest

from models.served.grounding import Conversation, believed

pytestmark = pytest.mark.unit

TEXT = {"type": "string"}
QUOTED = {"type": "string", "description": 'Dollars, or "balance" for everything owed.'}
CHOICE = {"type": "string", "enum": ["sms", "web"]}
COUNT = {"type": "integer"}


@pytest.mark.parametrize(
    ("said", "value", "schema"),
    [
        ("pay fifty dollars", "50.00", TEXT),
        ("pay $1,250.50 now", "1250.50", TEXT),
        ("it's 4012 345 678", "4012345678", TEXT),
        ("pay my bill", "balance", QUOTED),
        ("over six months", 6, COUNT),
        ("I'm moving to 12 Alder Street", "12 Alder Street", TEXT),
        ("my bills are wrong", "billing", TEXT),
        ("on the 3rd of December", "2026-12-03", TEXT),
        ("next Tuesday please", "2026-11-24", TEXT),
        ("can you come tomorrow", "2026-11-21", TEXT),
        ("send me a text", "sms", CHOICE),
        ("there are sparks", True, {"type": "boolean"}),
        ("el 3 de diciembre", "3 de diciembre", TEXT),
    ],
)
def test_what_was_said_is_believed(said: str, value: Any, schema: dict[str, Any]) -> None:
    assert Conversation(said).holds(value, schema)


@pytest.mark.parametrize(
    ("said", "value", "schema"),
    [
        ("pay my bill", "50.00", TEXT),
        ("pay my bill with the card", "4242", TEXT),
        ("what do I owe", "1234567890", TEXT),
        ("I want a plan", 6, COUNT),
        ("I'm moving", "123 Main Street", TEXT),
        ("I'm moving to 12 Alder Street", "21 Alder Street", TEXT),
        ("I'd like an appointment", "2026-11-24", TEXT),
        ("please call me back", "Springfield", TEXT),
        ("pay it", ["a", "list"], {"type": "array"}),
        ("pay it", "  ", TEXT),
        ("pay it", "!", TEXT),
    ],
)
def test_what_was_not_said_is_not(said: str, value: Any, schema: dict[str, Any]) -> None:
    assert not Conversation(said).holds(value, schema)


def test_only_what_is_given_known_and_said_stays() -> None:
    parameters = {"properties": {"amount": QUOTED, "method": TEXT, "months": COUNT}}
    args = {"amount": "balance", "method": None, "months": 12, "colour": "red"}
    assert believed(args, parameters, Conversation("pay it, red")) == {"amount": "balance"}
