"""Whatever a model writes as arguments gets a clear answer, and a refusal changes nothing."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.records import Premise
from contracts.tooling import AskAgain, Cannot, GoTo, ToolSpec
from evals.bench.toolcalls import CASES, booked
from evals.records import hashes_of
from tests.subjects import Outcome, ids_of, run, subject_of, vacant_of
from tests.utility import Utility
from tools import load_tools

pytestmark = pytest.mark.integration

TOOLS = tuple(load_tools().by_name.values())

NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 13, -50, 99_999_999_999, 10**30, -(10**18), 0.001, 1e308, -0.0, 50.005),
    *(float("nan"), float("inf"), float("-inf"), True, False, None),
    *("-5", "0", "NaN", "Infinity", "-Infinity", "1e9", "1,000,000,000,000.00", "٣", "½", "0x10"),
    *("balance", "$-20", "12.345", "a million dollars", "minus five", "-1 months", "1000 months"),
)
DAYS = (
    *("2024-02-29", "2025-02-29", "2026-02-30", "1999-01-01", "0001-01-01", "9999-12-31"),
    *("yesterday", "today", "tomorrow", "never", "2026-13-45", "32/32/2026", "12/25/2026"),
    *("2026-01-19", "2026-01-17", "last week", "February 29", "10000-01-01", "next Tuesday"),
)
PLACES = (
    *("10 Downing Street, London SW1A 2AA", "12 Rue de Rivoli, 75001 Paris", "東京都千代田区1-1"),
    *("1600 Pennsylvania Avenue NW, Washington, DC 20500", "0 Nowhere", "Straße des 17. Juni 135"),
    *("418", "PO Box 1", "here", "my neighbor's house", ".*", "(((", "a" * 300),
)
TEXTS = (
    *(
        "",
        " ",
        "\t\n",
        "\x00",
        "\x00\x1b[31m\u202e",
        "💡⚡🔥" * 20,
        "ñandú \u202e abc",
        "half a sign: \ud83d",
    ),
    *("x" * 1_999, "x" * 10_000, "'; DROP TABLE customers; --", "{{7*7}}", "${jndi:ldap://x}"),
    *("<script>alert(1)</script>", "../../etc/passwd", "null", "undefined", "%s%n", "{}", "[]"),
    *('{"$gt": ""}', "$where", "a.b.$c", "S-ZZZZZZ", "A-ZZZZZZ", "O-00000", "4111 1111 1111 1111"),
    *("8-10", "25-99", "10-8", "all of them", "electric", "gas", "medical", "late fee", "default"),
    *("sms", "voice", "carrier pigeon", "not-an-email@", "a@b.c", "+999999999999999", "911"),
)
WRONG: tuple[Any, ...] = (
    *({}, {"$gt": ""}, {"$where": "1"}, [], [None], ["a", {"b": 1}], [[[[]]]], {"a": {"b": [1]}}),
)


POOLS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (r"date|slot|time|period", DAYS),
    (r"amount|payment$|months|hours|_day$|reading|balance", NUMBERS),
    (r"address|location", PLACES),
)


def anything(argument: str, theirs: list[str]) -> st.SearchStrategy[Any]:
    """For an argument: odd ones of its own kind, what is someone else's, and all other things."""
    kind = next((values for named, values in POOLS if re.search(named, argument)), TEXTS)
    return st.one_of(
        *[st.sampled_from(kind)] * 4,
        *[st.sampled_from(theirs)] * 2,
        st.sampled_from(NUMBERS + DAYS + PLACES + TEXTS),
        st.sampled_from(WRONG),
        st.text(max_size=40) | st.integers() | st.floats() | st.dates().map(str),
    )


@pytest.fixture
async def theirs(utility: Utility) -> list[str]:
    """What belongs to somebody else: account, address, number, name, appointment."""
    subject = await subject_of(utility, (await ids_of(utility))[1])
    customer, made = subject.customer, await booked(subject)
    contacts = [contact.value for contact in customer.contacts]
    return [
        *(customer.account_number, subject.premise.address, made.confirmation_number),
        *(customer.name, customer.customer_id, subject.account.methods[0].method_id, *contacts),
    ]


@pytest.fixture
async def vacant(utility: Utility) -> list[Premise]:
    return await vacant_of(utility)


@pytest.fixture
async def ids(utility: Utility) -> list[str]:
    return [name for n, name in enumerate(await ids_of(utility)) if n != 1]


@pytest.mark.parametrize("spec", TOOLS, ids=lambda spec: spec.name)
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_any_argument_gets_a_clear_answer(
    utility: Utility,
    ids: list[str],
    theirs: list[str],
    vacant: list[Premise],
    caplog: pytest.LogCaptureFixture,
    spec: ToolSpec,
    data: st.DataObject,
) -> None:
    number = data.draw(st.integers(0, 9_999))
    who = data.draw(st.sampled_from(ids))
    subject = await subject_of(utility, who, number=number, vacant=vacant)
    raw = await CASES[spec.name].prepare(subject) or {}
    names = sorted(spec.args.model_fields)
    # One or two: what is odd in one argument is not seen when all are.
    odd = st.lists(st.sampled_from(names), min_size=1, max_size=2) if names else st.just([])
    raw |= {name: data.draw(anything(name, theirs)) for name in data.draw(odd)}
    if data.draw(st.integers(0, 9)) == 0:
        raw |= {"no_such_argument": 1}
    before = await hashes_of(utility.database)
    caplog.clear()
    call = subject.call(spec, key=f"fuzz-{data.draw(st.uuids())}")
    with caplog.at_level(logging.WARNING, logger="tools"):
        outcome = await run(utility, spec, call, raw)
    assert [record.getMessage() for record in caplog.records] == []
    is_clear(outcome, said=str(raw))
    if isinstance(outcome.result, AskAgain | Cannot):
        assert await hashes_of(utility.database) == before


def is_clear(outcome: Outcome, *, said: str) -> None:
    """A sentence for a customer, and nothing that only a programmer would say, unless they did."""
    if isinstance(outcome.result, GoTo):
        return
    technical = ("Traceback", "Error", "None", "Decimal(", "datetime", "object at 0x", "NaN")
    for told in (outcome.result.say, outcome.read_back.read_back if outcome.read_back else "x."):
        assert re.search(r"[.!?]['\"”)]?$", told.strip()), told
        assert len(told) < 1_200, told
        assert [word for word in technical if word in told and word not in said] == [], told
