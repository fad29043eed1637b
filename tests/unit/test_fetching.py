"""Files that a provider holds, brought before the turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from channels.adapter import Adapter, NotSent
from channels.fetching import TRIES, Fetching, adapters_by_channel
from contracts.errors import BadInput, FileRefused, MemoryUnavailable, Overloaded
from contracts.messages import Channel, Inbound, Media, Remote
from gateway.attaching import Attaching

pytestmark = pytest.mark.unit

MESSAGE = Inbound(
    channel=Channel.WHATSAPP,
    address="+15035550199",
    id="m1",
    text="my meter",
    files=(
        Remote(id="f1", content_type="image/jpeg"),
        Remote(id="f2", content_type="audio/ogg", name="note.ogg"),
    ),
    at=datetime(2026, 1, 15, tzinfo=UTC),
)


@dataclass
class Provider:
    """`answers`: what it does when asked, the last again and again."""

    answers: list[bytes | Exception]
    channel: Channel = Channel.WHATSAPP
    provider: str = "acs"
    asked: list[str] = field(default_factory=list)

    async def fetch(self, remote: Remote) -> bytes:
        self.asked.append(remote.id)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Kept:
    refuses: Exception | None = None
    took: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def take(self, _channel: Channel, _address: str, **file: Any) -> Media:
        if self.refuses is not None:
            raise self.refuses
        self.took.append((file["key"], file["name"], file["data"]))
        return Media(
            id=file["key"], name=file["name"], content_type="image/jpeg", size=1, sha256="0" * 64
        )


def fetching(provider: Provider, kept: Kept, waits: list[float] | None = None) -> Fetching:
    async def sleep(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    of: Callable[[Inbound], Adapter | None] = adapters_by_channel([cast(Adapter, provider)])
    return Fetching(of, cast(Attaching, kept), sleep)


async def test_files_become_media_under_a_key_that_a_replay_has_again() -> None:
    kept = Kept()
    found = await fetching(Provider([b"data"]), kept)(MESSAGE)
    assert (found.files, found.unreadable, found.text) == ((), "", "my meter")
    assert [it.id for it in found.media] == ["m1:0", "m1:1"]
    assert kept.took == [("m1:0", "image", b"data"), ("m1:1", "note.ogg", b"data")]


async def test_a_failure_that_passes_is_waited_for() -> None:
    waits: list[float] = []
    provider = Provider([NotSent("429", after_s=60.0), b"data"])
    found = await fetching(provider, Kept(), waits)(MESSAGE)
    assert len(found.media) == 2
    assert waits == [3.0]


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (NotSent("404"), 2),
        (BadInput("too large"), 2),
        (NotSent("503", after_s=0.1), 2 * TRIES),
    ],
)
async def test_a_file_that_can_not_be_had_is_named_and_the_message_is_answered(
    error: Exception, asked: int
) -> None:
    provider = Provider([error])
    found = await fetching(provider, Kept())(MESSAGE)
    assert (found.files, found.media, found.unreadable) == ((), (), "image")
    assert found.text == "my meter"
    assert len(provider.asked) == asked


@pytest.mark.parametrize("error", [FileRefused("type"), FileRefused("size"), Overloaded("many")])
async def test_a_file_that_is_not_taken_is_named(error: Exception) -> None:
    found = await fetching(Provider([b"data"]), Kept(error))(MESSAGE)
    assert (found.media, found.unreadable) == ((), "image")


async def test_an_empty_file_is_none() -> None:
    found = await fetching(Provider([b""]), Kept())(MESSAGE)
    assert (found.media, found.unreadable) == ((), "image")


async def test_a_channel_that_nobody_carries_has_no_files() -> None:
    provider = Provider([b"data"], channel=Channel.SMS)
    found = await fetching(provider, Kept())(MESSAGE)
    assert (found.files, found.unreadable) == ((), "image")


async def test_a_store_that_is_down_is_no_answer() -> None:
    with pytest.raises(MemoryUnavailable):
        await fetching(Provider([b"data"]), Kept(MemoryUnavailable("down")))(MESSAGE)
