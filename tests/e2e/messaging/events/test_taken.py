"""The route that events are posted to: what is taken, once, in which order, and what Event Grid is
told so that nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from contracts.clock import PinnedClock
from contracts.demo import EMAIL_ADDRESS, WHATSAPP_REGISTRATION
from contracts.errors import MemoryUnavailable, Overloaded
from contracts.messages import Channel, Text
from contracts.sending import REPLY
from gateway.wire.authority import SECRET_HEADER
from gateway.wire.events import MAX_BODY, VALIDATION
from gateway.wire.paths import EMAIL, EVENTS
from tests.conftest import START
from tests.events import SECRET, Poster, message, spread, text

pytestmark = pytest.mark.e2e

MARIA = "+15550101"


# --- handshakes ---------------------------------------------------------------------------------


async def test_event_grids_handshake_is_answered(poster: Poster) -> None:
    shake = text("", "shake") | {"eventType": VALIDATION, "data": {"validationCode": "512d38b6"}}
    answer = await poster.post(shake)
    assert (answer.status_code, answer.json()) == (200, {"validationResponse": "512d38b6"})
    assert (await poster.post(shake, headers={})).status_code == 401


@pytest.mark.parametrize(
    ("origin", "secret", "status"),
    [
        ("eventgrid.azure.net", False, 200),
        ("grid.example.com", True, 200),
        ("grid.example.com", False, 401),
        ("", True, 400),
    ],
)
async def test_cloud_events_handshake_is_answered(
    poster: Poster, origin: str, status: int, *, secret: bool
) -> None:
    headers = {"WebHook-Request-Origin": origin} if origin else {}
    headers |= {SECRET_HEADER: SECRET} if secret else {}
    answer = await poster.client.options(EVENTS, headers=headers)
    assert answer.status_code == status
    assert answer.headers.get("webhook-allowed-origin", "") == (origin if status == 200 else "")


# --- what is taken ------------------------------------------------------------------------------


async def test_a_message_is_answered_over_the_number_it_came_in_on(poster: Poster) -> None:
    answer = await poster.post(text("Is there an outage at my place?", "asks"))
    assert answer.json() == {
        "accepted": 1,
        "known": 0,
        "statuses": 0,
        "ignored": 0,
        "dropped": [],
    }
    [turn] = await poster.turns()
    [sending] = await poster.replies()
    assert (sending.key, sending.purpose) == ("turn:whatsapp:asks", REPLY)
    assert (sending.channel, sending.address) == (Channel.WHATSAPP, MARIA)
    assert (sending.sender, sending.language) == (WHATSAPP_REGISTRATION, "en")
    assert (sending.customer_id, sending.parts) == (turn.customer_id, turn.parts)


async def test_a_message_in_spanish_is_answered_in_spanish(poster: Poster) -> None:
    await poster.post(text("¿Hay un apagón en mi casa?", "es", sender="+15035550177"))
    [sending] = await poster.replies()
    assert sending.language == "es"


async def test_what_comes_again_is_answered_once(poster: Poster) -> None:
    event = text("hello", "again", sender="+15035550111")
    first = await poster.post(event, event)
    assert (first.json()["accepted"], first.json()["known"]) == (1, 1)
    for _ in range(3):
        again = await poster.post(event)
        assert (again.json()["accepted"], again.json()["known"]) == (0, 1)
    assert len(await poster.turns()) == 1
    assert len(await poster.replies()) == 1


async def test_an_old_one_played_again_is_not_taken(poster: Poster, clock: PinnedClock) -> None:
    old = clock.now() - timedelta(hours=24, seconds=1)
    answer = await poster.post(message("pay my bill", at=old, message_id="yesterday's"))
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)
    assert answer.json()["dropped"] == [{"index": 0, "reason": "the event is older than a day"}]
    assert await poster.turns() == []


async def test_a_whole_array_of_all_sorts_loses_only_what_can_not_be_read(poster: Poster) -> None:
    cloud = text("hello", "cloud", sender="+15035550122")
    cloud = {
        "specversion": "1.0",
        "id": "c1",
        "source": "x",
        "type": cloud["eventType"],
        "time": cloud["eventTime"],
        "data": cloud["data"],
    }
    status = text("", "s") | {
        "eventType": "Microsoft.Communication.AdvancedMessageDeliveryStatusUpdated",
        "data": {"messageId": "nobody's", "status": "Read", "channelType": "whatsapp"},
    }
    answer = await poster.post(
        text("hello", "first", sender="+15035550121"),
        {"nonsense": True},
        cloud,
        text("hello", "no-number", **{"from": "?"}),
        text("", "call") | {"eventType": "Microsoft.Communication.IncomingCall"},
        status,
    )
    assert answer.status_code == 200
    told = answer.json()
    assert (told["accepted"], told["statuses"], told["ignored"]) == (2, 1, 1)
    assert [it["index"] for it in told["dropped"]] == [1, 3]
    assert len(await poster.replies()) == 2


async def test_messages_of_one_customer_are_answered_in_the_order_they_were_sent(
    poster: Poster,
) -> None:
    moments = list(spread(START, 8))
    sent = [
        message("hello", at=at, message_id=f"ordered-{number}", sender="+15035550133")
        for number, at in enumerate(moments)
    ]
    await poster.post(*(sent[number] for number in (5, 2, 7, 0, 3, 6, 1, 4)))
    keys = [turn.inbound_key for turn in await poster.turns()]
    assert keys == [f"whatsapp:ordered-{number}" for number in range(8)]
    assert [it.key for it in await poster.replies()] == [f"turn:{key}" for key in keys]


async def test_a_tapped_button_is_the_choice_of_it(poster: Poster) -> None:
    reply = {"type": "buttonReply", "buttonReply": {"id": "yes:0123456789", "title": "Yes"}}
    event = text("", "tapped", messageType="interactive", content=None, interactive=reply)
    assert (await poster.post(event)).json()["accepted"] == 1
    assert len(await poster.replies()) == 1


async def test_a_message_that_is_too_long_is_told_so(poster: Poster) -> None:
    event = text("x" * 16_001, "endless", sender="+15035550144")
    assert (await poster.post(event)).json()["accepted"] == 1
    assert (await poster.post(event)).json()["known"] == 1
    [sending] = await poster.replies()
    assert isinstance(sending.parts[0], Text)
    assert "too long" in sending.parts[0].text


@pytest.mark.parametrize("raw", [b"", b"{", b"7", b"\xff"])
async def test_what_holds_no_event_is_refused(poster: Poster, raw: bytes) -> None:
    answer = await poster.client.post(EVENTS, content=raw, headers={SECRET_HEADER: SECRET})
    assert answer.status_code == 400
    assert "array of events" in answer.json()["detail"]


async def test_more_than_event_grid_posts_is_refused(poster: Poster) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * (MAX_BODY // 10)

    for content in (b" " * (MAX_BODY + 1), endless()):
        answer = await poster.client.post(EVENTS, content=content, headers={SECRET_HEADER: SECRET})
        assert answer.status_code == 413


# --- when it can't be kept ----------------------------------------------------------------------


@pytest.mark.parametrize("error", [MemoryUnavailable("down"), Overloaded("full")])
async def test_what_can_not_be_kept_comes_again_and_is_answered_once(
    poster: Poster, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = "+15035550155" if isinstance(error, Overloaded) else "+15035550156"
    name = type(error).__name__
    events = [
        message("hello", at=at, message_id=f"{name}-{number}", sender=sender)
        for number, at in enumerate(spread(START, 3))
    ]
    inbox = poster.app.memory.inbox
    put = inbox.put

    async def fails(thread_id: str, inbound: Any) -> Any:
        if inbound.id == f"{name}-1":
            raise error
        return await put(thread_id, inbound)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "put", fails)
        answer = await poster.post(*events)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    # The third would overtake the second, had it been taken.
    assert (answer.json()["accepted"], answer.json()["known"]) == (1, 0)
    again = await poster.post(*events)
    assert again.status_code == 200
    assert (again.json()["accepted"], again.json()["known"]) == (2, 1)
    assert [turn.inbound_key for turn in await poster.turns()] == [
        f"whatsapp:{name}-{number}" for number in range(3)
    ]
    assert len(await poster.replies()) == 3


async def test_customers_of_one_batch_do_not_wait_for_each_other(poster: Poster) -> None:
    events = [
        message("hello", at=START, message_id=f"many-{n}", sender=f"+1503555{n:04}")
        for n in range(200, 240)
    ]
    async with asyncio.timeout(20):
        answer = await poster.post(*events)
    assert answer.json()["accepted"] == 40
    assert len(await poster.replies()) == 40


# --- e-mail -------------------------------------------------------------------------------------


async def test_an_e_mail_is_answered_as_the_reply_to_it(poster: Poster) -> None:
    mail = {
        "message_id": "<abc@mail.example.com>",
        "from": "Somebody <somebody@example.com>",
        "to": f"Care <{EMAIL_ADDRESS}>",
        "subject": "Is my power out?",
        "text": "Hello\n\n> quoted",
    }
    for known in (0, 1):
        answer = await poster.client.post(EMAIL, json=mail, headers=poster.headers)
        assert (answer.status_code, answer.json()["known"]) == (200, known)
    [sending] = await poster.replies()
    assert (sending.channel, sending.address) == (Channel.EMAIL, "somebody@example.com")
    assert sending.sender == EMAIL_ADDRESS


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 422), (b"{}", 422), (b'{"message_id":"1","from":"?","to":"x@y.z"}', 422)],
)
async def test_an_e_mail_that_can_not_be_read_is_refused(
    poster: Poster, content: bytes, status: int
) -> None:
    answer = await poster.client.post(EMAIL, content=content, headers=poster.headers)
    assert answer.status_code == status
    assert "e-mail" in answer.json()["detail"] or "from" in answer.json()["detail"]


async def test_an_out_of_office_answer_gets_none(poster: Poster) -> None:
    mail = {
        "message_id": "<away@mail.example.com>",
        "from": "somebody@example.com",
        "to": EMAIL_ADDRESS,
        "text": "I am away",
        "auto_submitted": "auto-replied",
    }
    answer = await poster.client.post(EMAIL, json=mail, headers=poster.headers)
    assert (answer.status_code, answer.json()["ignored"]) == (200, 1)
    assert await poster.turns() == []
    assert json.loads(answer.content)["accepted"] == 0
