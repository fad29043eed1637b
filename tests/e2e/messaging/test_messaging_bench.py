"""The bench of messages, small: two workers of which one is killed twice, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from evals.bench import messaging
from evals.bench.provider import Message, batched, written

pytestmark = pytest.mark.e2e

AT = datetime(2026, 1, 15, tzinfo=UTC)


@pytest.mark.timeout(600)
async def test_each_message_is_answered_once_and_in_order() -> None:
    figures = await messaging.run(events=150, customers=15, kills=2, rate=200)
    assert (figures.messages, figures.customers, figures.kills) == (120, 15, 2)
    assert (figures.lost, figures.duplicated, figures.out_of_order) == (0, 0, 0)
    assert set(messaging.line(figures)) == {
        "lost",
        "duplicated",
        "out_of_order",
        "ack_p95_ms",
        "events_per_s",
    }


def test_the_batches_hold_every_message_and_the_duplicates() -> None:
    messages = written(["+1", "+2"], ["a", "b"], 80, AT)
    batches = batched(messages, 20, 10, Random(1))
    assert sum(map(len, batches)) == 100
    assert {message.id for batch in batches for message in batch} == {it.id for it in messages}
    assert sum(len(message.batches) for message in messages) == 100


def told(number: int, **times: float) -> Message:
    message = Message(f"m{number}", "+1", "x", AT + timedelta(seconds=number))
    for name, value in times.items():
        setattr(message, name, value)
    return message


def test_it_notices_a_message_that_was_overtaken() -> None:
    early = told(1, posted=1.0, acknowledged=2.0, answered=2)
    late = told(2, posted=3.0, acknowledged=4.0, answered=1)
    assert list(messaging.overtaken([early, late])) == [(early, late)]
    at_once = told(3, posted=1.5, acknowledged=2.5, answered=1)
    assert list(messaging.overtaken([early, at_once])) == []  # nobody can say which was first


def test_in_one_batch_the_older_goes_first() -> None:
    older, newer = told(1, answered=2), told(2, answered=1)
    for message in (older, newer):
        message.batches.append(7)
        message.posted, message.acknowledged = 1.0, 2.0
    assert list(messaging.overtaken([newer, older])) == [(older, newer)]
