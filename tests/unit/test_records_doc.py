"""docs/records.md says what there is: demo customers, the ports' methods, collections, code."""

from __future__ import annotations

import inspect
import re
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from contracts.records import Records
from stores.mongo.indexes import INDEXES
from stores.seed.demo import DEMO, VACANT, DemoCustomer

pytestmark = pytest.mark.unit

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "records.md").read_text("utf-8")
EXAMPLE = (DOCS / "examples" / "records_sqlite.py").read_text("utf-8")
ROWS = {row.split("|")[1].strip(): row for row in PAGE.splitlines() if row.startswith("| ")}


@pytest.mark.parametrize("who", DEMO, ids=lambda who: who.first_name)
def test_every_demo_customer_is_in_the_table(who: DemoCustomer) -> None:
    row = ROWS[who.name]
    number = who.number or who.shared_number or "e-mail only"
    for value in (number, who.account_number, who.ssn_last4):
        assert value in row
    assert who.further_card in row


def test_the_places_where_nobody_lives_are_named() -> None:
    assert all(f"{street}, {town}" in PAGE for street, town, _ in VACANT)


@pytest.mark.parametrize("field", fields(Records), ids=lambda field: field.name)
def test_every_method_of_every_port_is_in_the_table(field: Field[Any]) -> None:
    port = get_type_hints(Records)[field.name]
    methods = [n for n, _ in inspect.getmembers(port, inspect.isfunction) if not n.startswith("_")]
    written = re.findall(r"`(\w+)`", ROWS[f"`{port.__name__}`"].split("|")[2])
    assert sorted(written) == sorted(methods)


def test_every_collection_is_in_the_table() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([\w.]+)`", row)}
    assert set(INDEXES) <= named


def test_the_code_shown_is_the_examples() -> None:
    """Lines of the excerpts are lines of the file; what is left out is left out whole."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    shown = [block for block in blocks if block.startswith(("class System", "class Sqlite"))]
    assert len(shown) == 2
    lines = set(EXAMPLE.splitlines())
    for block in shown:
        assert [line for line in block.splitlines() if line not in lines] == []
