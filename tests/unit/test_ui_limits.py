"""How often one may ask, on a real key-value file and a pinned clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from contracts.clock import PinnedClock
from contracts.errors import MemoryUnavailable
from contracts.ports import KeyValue
from contracts.scenario import RateLimit, WebLimits
from stores.memory import sqlite_memory
from ui.limits import Limiter, Limits, waiting_said

pytestmark = pytest.mark.unit

SECRET = b"a secret of the tests, long enough for anything"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
THREE = RateLimit(times=3, seconds=60)
LIMITS = WebLimits(
    sign_ins=THREE, links=THREE, my=THREE, messages=THREE,
    posts=RateLimit(times=5, seconds=60), session_posts=RateLimit(times=4, seconds=60),
)  # fmt: skip


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(NOON)


@pytest.fixture
async def keyvalue(tmp_path: Path, clock: PinnedClock) -> AsyncIterator[KeyValue]:
    async with sqlite_memory(tmp_path / "memory.db", queue_defaults={}, clock=clock) as memory:
        yield memory.keyvalue


@pytest.fixture
def limiter(keyvalue: KeyValue, clock: PinnedClock) -> Limiter:
    return Limiter(keyvalue, clock, SECRET, LIMITS)


class Door:
    """Limits before an app that answers everything."""

    def __init__(self, limiter: Limiter) -> None:
        self._limits = Limits(
            _ok,
            limiter=limiter,
            session_of=lambda cookies: cookies.removeprefix("session=") or None,
            busy=_busy,
        )

    async def ask(
        self, method: str, path: str, *, client: str = "192.0.2.1", session: str = ""
    ) -> tuple[int, str]:
        """The status, and after how many seconds to come again."""
        sent: list[Message] = []
        headers = [(b"cookie", f"session={session}".encode())] if session else []
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": headers,
            "client": (client, 1234),
        }

        async def send(message: Message) -> None:
            sent.append(message)

        await self._limits(scope, _nothing, send)
        return sent[0]["status"], Headers(raw=sent[0]["headers"]).get("retry-after", "")


async def _nothing() -> Message:
    return {"type": "http.request"}


async def _ok(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("ok")(scope, receive, send)


async def _busy(_request: Request, wait_s: int) -> Response:
    return PlainTextResponse("wait", 429, headers={"Retry-After": str(wait_s)})


async def statuses(door: Door, count: int, method: str, path: str, **who: str) -> list[int]:
    return [(await door.ask(method, path, **who))[0] for _ in range(count)]


async def test_what_is_over_the_limit_waits_for_the_rest_of_the_minute(
    limiter: Limiter, clock: PinnedClock
) -> None:
    clock.advance(timedelta(seconds=20))
    waits = [await limiter.wait_s("x", THREE, "me") for _ in range(5)]

    assert waits == [0, 0, 0, 41, 41]
    clock.advance(timedelta(seconds=waits[-1]))
    assert await limiter.wait_s("x", THREE, "me") == 0


async def test_each_counts_for_itself(limiter: Limiter) -> None:
    for subject in ("me", "you"):
        for name in ("x", "y"):
            assert [await limiter.wait_s(name, THREE, subject) for _ in range(3)] == [0, 0, 0]


async def test_processes_count_together(keyvalue: KeyValue, clock: PinnedClock) -> None:
    two = [Limiter(keyvalue, clock, SECRET, LIMITS) for _ in range(2)]

    waits = [await two[n % 2].wait_s("x", THREE, "me") for n in range(4)]

    assert waits[:3] == [0, 0, 0]
    assert waits[3] > 0


async def test_no_address_is_kept(limiter: Limiter, tmp_path: Path) -> None:
    await limiter.wait_s("x", THREE, "192.0.2.77")

    assert b"192.0.2.77" not in b"".join(it.read_bytes() for it in tmp_path.iterdir())


async def test_a_store_that_is_down_stops_nobody_here(
    limiter: Limiter, keyvalue: KeyValue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object, **__: object) -> int:
        raise MemoryUnavailable("down")

    monkeypatch.setattr(type(keyvalue), "increment", down)

    assert await limiter.wait_s("x", THREE, "me") == 0


@pytest.mark.parametrize(
    ("method", "path", "free"),
    [
        ("POST", "/signin/account", 3),
        ("POST", "/signin/code", 3),
        ("GET", "/signin/provider", 3),
        ("GET", "/c/token", 3),
        ("POST", "/c/token", 3),
        ("GET", "/pay/token", 3),
        ("GET", "/my/usage", 3),
        ("POST", "/signin/guest", 5),
        ("PUT", "/chat/project/element", 5),
    ],
)
async def test_an_address_may_ask_so_often(
    limiter: Limiter, method: str, path: str, free: int
) -> None:
    door = Door(limiter)

    assert await statuses(door, free + 1, method, path) == [200] * free + [429]
    assert await statuses(door, 1, method, path, client="192.0.2.2") == [200]


@pytest.mark.parametrize("path", ["/", "/signin", "/outages", "/static/pages.css", "/health"])
async def test_reading_pages_is_not_counted(limiter: Limiter, path: str) -> None:
    assert await statuses(Door(limiter), 10, "GET", path) == [200] * 10


async def test_a_session_is_counted_from_wherever_it_asks(limiter: Limiter) -> None:
    door = Door(limiter)
    posts = [
        (await door.ask("POST", "/signout", client=f"192.0.2.{n}", session="s-1"))[0]
        for n in range(5)
    ]
    mine = [
        (await door.ask("GET", "/my/usage", client=f"192.0.2.{n}", session="s-1"))[0]
        for n in range(4)
    ]

    assert posts == [200] * 4 + [429]
    assert mine == [200] * 3 + [429]
    assert await statuses(door, 1, "GET", "/my/usage", session="s-2") == [200]


async def test_it_says_when_to_come_again(limiter: Limiter, clock: PinnedClock) -> None:
    door = Door(limiter)
    await statuses(door, 3, "GET", "/c/token")
    clock.advance(timedelta(seconds=45))

    assert await door.ask("GET", "/c/token") == (429, "16")


async def test_messages_of_a_session_have_a_limit_too(limiter: Limiter) -> None:
    waits = [await limiter.message_wait_s("s-1") for _ in range(4)]

    assert waits[:3] == [0, 0, 0]
    assert waits[3] > 0
    assert await limiter.message_wait_s("s-2") == 0


def test_a_wait_is_said_in_words() -> None:
    assert [waiting_said(s) for s in (1, 20, 60, 61, 600)] == [
        "1 second", "20 seconds", "1 minute", "2 minutes", "10 minutes",
    ]  # fmt: skip
