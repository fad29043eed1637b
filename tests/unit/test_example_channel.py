"""The adapter of docs/add-a-channel.md by itself: what it reads, and what it makes of a provider
that takes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest

from channels.adapter import NotSent, Template
from channels.letters import ImageLetter, Letter, TextLetter
from contracts.errors import BadInput
from contracts.messages import Channel, Inbound, Text
from contracts.sending import Sending
from docs.examples.channel_bulletin import Bulletin

pytestmark = pytest.mark.unit

AT = datetime(2026, 1, 15, 18, tzinfo=UTC)
SENDING = Sending(
    key="turn:sms:bulletin:b-1",
    customer_id="c-1",
    channel=Channel.SMS,
    address="+15550101",
    purpose="reply",
    parts=(Text(text="hello"),),
    at=AT,
)
LETTERS = (TextLetter("one"), TextLetter("two"))


def adapter(answer: httpx.Response, letters: Sequence[Letter] = LETTERS) -> Bulletin:
    async def render(_: Sending) -> Sequence[Letter]:
        return letters

    transport = httpx.MockTransport(lambda _: answer)
    client = httpx.AsyncClient(base_url="https://bulletin.example", transport=transport)
    return Bulletin(client, render, region="US")


async def test_it_begins_behind_what_was_sent() -> None:
    taken = adapter(httpx.Response(200, json={"id": "m-1"}))
    assert [it async for it in taken.deliver(SENDING)] == ["m-1", "m-1"]
    assert [it async for it in taken.deliver(SENDING, sent=1)] == ["m-1"]


@pytest.mark.parametrize(("status", "again"), [(503, True), (429, True), (400, False)])
async def test_it_says_whether_to_try_again(status: int, again: bool) -> None:
    with pytest.raises(NotSent) as refused:
        [_ async for _ in adapter(httpx.Response(status)).deliver(SENDING)]
    assert (refused.value.after_s is not None) is again


async def test_what_it_cannot_carry_is_refused() -> None:
    images = adapter(httpx.Response(200), [ImageLetter("https://x.example/1", "a chart")])
    with pytest.raises(NotSent, match="ImageLetter"):
        [_ async for _ in images.deliver(SENDING)]
    with pytest.raises(NotSent, match="templates"):
        [_ async for _ in images.deliver(SENDING, template=Template("x", "en_US", ()))]


def test_a_number_has_one_spelling() -> None:
    event = {"type": "message", "id": "b-1", "to": "+15550142", "text": "hi", "at": AT.isoformat()}
    read = adapter(httpx.Response(200)).parse({**event, "from": "tel:+1 (555) 0101"})
    assert isinstance(read, Inbound)
    assert (read.address, read.key) == ("+15550101", "sms:bulletin:b-1")


def test_an_event_that_cannot_be_read_is_said_to_be_so() -> None:
    reader = adapter(httpx.Response(200))
    with pytest.raises(BadInput, match="can't read at"):
        reader.parse({"type": "status", "message": "m-1", "state": "delivered"})
    assert reader.parse({"type": "weather"}) is None
