"""Voice messages: kept as they came, and answered by what they say where that is written down."""

from __future__ import annotations

import pytest

from channels.fetching import Fetching
from contracts.errors import ModelUnavailable
from contracts.messages import Channel, Inbound, Remote, Turn
from tests.e2e.maria import MARIA
from tests.recordings import encoded
from tests.talk import Talk
from tests.voices import utterance

pytestmark = pytest.mark.e2e

NOTE = b"OggS" + bytes(24) + b"OpusHead" + bytes(400)


class Provider:
    """Holds one file."""

    async def fetch(self, remote: Remote) -> bytes:
        assert remote.id == "media-1"
        return NOTE


class Ear:
    def __init__(self, said: str | None) -> None:
        self.said = said

    async def transcribe(self, data: bytes, content_type: str, language: str) -> str | None:
        assert (data, content_type) == (NOTE, "audio/ogg")
        return self.said


class Deaf:
    async def transcribe(self, data: bytes, content_type: str, language: str) -> str | None:
        raise ModelUnavailable("no engine")


async def hear(talk: Talk, ear: Ear | Deaf | None, message_id: str = "m1") -> Turn:
    inbound = Inbound(
        channel=Channel.WHATSAPP,
        address=MARIA,
        id=message_id,
        files=(Remote(id="media-1", content_type="audio/ogg; codecs=opus"),),
        at=talk.clock.now(),
    )
    provider = Provider()
    fetch = Fetching(lambda _: provider, talk.app.attaching, transcriber=ear)  # type: ignore[arg-type,return-value]
    parts = [part async for part in talk.app.gateway.receive(await fetch(inbound))]
    assert isinstance(parts[-1], Turn)
    return parts[-1]


async def test_what_it_says_is_answered_and_it_is_kept(talk: Talk) -> None:
    turn = await hear(talk, Ear("is there an outage at my place?"))
    assert turn.said == "is there an outage at my place?"
    assert [run.name for run in turn.tools][-1] == "check_outage_status"
    (voice,) = turn.media
    assert (voice.content_type, voice.size) == ("audio/ogg", len(NOTE))
    assert await talk.app.records.attachments.read(voice.id) == NOTE
    maria = await talk.customer(MARIA)
    assert not [
        it for it in await talk.app.records.cases.of(maria.customer_id, 9) if it.kind == "photo"
    ]


@pytest.mark.parametrize("ear", [None, Ear(None), Deaf()])
async def test_without_an_ear_it_is_asked_for_in_writing(
    talk: Talk, ear: Ear | Deaf | None
) -> None:
    turn = await hear(talk, ear)
    assert turn.reply == "I can't listen to voice messages here. Please write it to me."
    assert turn.tools == ()
    assert await talk.app.records.attachments.read(turn.media[0].id) == NOTE


async def test_danger_is_heard_in_it(talk: Talk) -> None:
    turn = await hear(talk, Ear("help, I smell gas"))
    assert turn.reply.startswith("Please leave now")


async def test_the_product_writes_it_down_itself(talk: Talk) -> None:
    said = await talk.app.voice.speech.transcribe(
        encoded(utterance("My power is out at home."), "ogg", "libopus", 48_000),
        "audio/ogg; codecs=opus",
        "",
    )
    assert said is not None
    assert "power is out" in said.lower()
