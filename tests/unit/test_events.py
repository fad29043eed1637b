"""Event Grid's two schemas, and its handshake."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import BadInput
from gateway.wire.events import AHEAD, OLDEST, VALIDATION, read_batch

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)


def grid(**changes: Any) -> dict[str, Any]:
    return {
        "id": "e1",
        "topic": "/subscriptions/x",
        "subject": "s",
        "eventType": "Some.Type",
        "eventTime": NOW.isoformat(),
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {"a": 1},
    } | changes


def cloud(**changes: Any) -> dict[str, Any]:
    return {
        "id": "e1",
        "source": "/subscriptions/x",
        "type": "Some.Type",
        "time": "2026-01-15T18:00:00.1921716Z",
        "specversion": "1.0",
        "data": {"a": 1},
    } | changes


def body(found: Any) -> bytes:
    return json.dumps(found).encode()


@pytest.mark.parametrize("made", [grid, cloud])
@pytest.mark.parametrize("alone", [True, False])
def test_both_schemas_alone_or_in_an_array_are_the_same(made: Any, *, alone: bool) -> None:
    batch = read_batch(body(made() if alone else [made()]), NOW)
    [(place, event)] = batch.events
    assert (place, event.id, event.type, event.data) == (0, "e1", "Some.Type", {"a": 1})
    assert abs(event.at - NOW) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "bad",
    [
        grid(id=""),
        grid(id=7),
        grid(eventType=None),
        grid(eventTime="yesterday"),
        grid(eventTime="2026-01-15T18:00:00"),  # without a zone
        grid(eventTime=1_768_500_000),
        grid(data="text"),
        cloud(time=None),
        {"data": {}},
        {},
        7,
        None,
        ["nested"],
    ],
)
def test_one_that_can_not_be_read_leaves_the_others(bad: Any) -> None:
    batch = read_batch(body([grid(id="first"), bad, cloud(id="last")]), NOW)
    assert [(place, event.id) for place, event in batch.events] == [(0, "first"), (2, "last")]
    assert [it.index for it in batch.unread] == [1]


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (NOW - OLDEST, True),
        (NOW - OLDEST - timedelta(seconds=1), False),
        (NOW + AHEAD, True),
        (NOW + AHEAD + timedelta(seconds=1), False),
    ],
)
def test_only_a_first_delivery_is_taken(at: datetime, *, taken: bool) -> None:
    batch = read_batch(body([grid(eventTime=at.isoformat())]), NOW)
    assert bool(batch.events) is taken
    assert bool(batch.unread) is not taken


def test_the_handshake_is_answered_with_its_code() -> None:
    shake = grid(eventType=VALIDATION, data={"validationCode": "512d38b6"})
    batch = read_batch(body([shake]), NOW)
    assert (batch.handshake, batch.events) == ("512d38b6", ())


def test_a_handshake_without_a_code_is_none() -> None:
    batch = read_batch(body([grid(eventType=VALIDATION, data={})]), NOW)
    assert (batch.handshake, len(batch.unread)) == ("", 1)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"7", b'"x"', b"null", b"[" * 100_000])
def test_what_holds_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        read_batch(raw, NOW)


def test_an_empty_array_is_nothing() -> None:
    assert read_batch(b"[]", NOW).events == ()
