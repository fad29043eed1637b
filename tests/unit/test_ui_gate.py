"""The gate before the chat: who passes, and with which token."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from ui.gate import Gate

pytestmark = pytest.mark.unit

BASE = "https://chat.example.com"


class Inner:
    """What stands behind the gate."""

    def __init__(self) -> None:
        self.cookies: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.cookies.append(Headers(scope=scope).get("cookie", ""))
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})


async def knock(kind: str, path: str, **headers: str) -> tuple[Inner, list[Message]]:
    inner, sent = Inner(), []
    gate = Gate(
        inner,
        session_of=lambda cookies: "s-1" if "session=good" in cookies else None,
        token_of=lambda session_id: f"token-of-{session_id}",
        base_url=BASE,
        secure=True,
    )
    scope: dict[str, Any] = {
        "type": kind,
        "method": "GET",
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await gate(scope, receive, send)
    return inner, sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_session_enters_with_the_token_that_is_its_own(kind: str) -> None:
    inner, _ = await knock(
        kind, "/chat/x", cookie="session=good; access_token=stolen; access_token_0=more"
    )

    assert inner.cookies == ["session=good; access_token=token-of-s-1"]


@pytest.mark.parametrize("path", ["/chat", "/chat/", "/chat/ws/socket.io/"])
async def test_without_a_session_no_socket_opens(path: str) -> None:
    inner, sent = await knock("websocket", path, cookie="access_token=token-of-s-1")

    assert inner.cookies == []
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("origin", "host", "enters"),
    [
        ("https://chat.example.com", "10.0.0.7:8000", True),  # behind a proxy
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("https://evil.example", "chat.example.com", False),
        ("null", "chat.example.com", False),
        ("http://192.168.1.20:8000", "192.168.1.20:8000", True),  # another machine of the network
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://server:8000", "server:8000", True),
        ("http://server.local:8000", "server.local:8000", True),
        ("http://evil.example:8000", "evil.example:8000", False),  # pointed at this machine
        ("http://127.0.0.1.evil.example", "127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", "localhost.evil.example", False),
        ("https://chat.example.com", "evil.example:8000", True),  # a proxy's own name for us
        ("http://[x", "[x", False),
    ],
)
async def test_another_sites_page_opens_no_socket(origin: str, host: str, enters: bool) -> None:
    inner, _ = await knock(
        "websocket", "/chat/ws/socket.io/", cookie="session=good", origin=origin, host=host
    )

    assert bool(inner.cookies) is enters


async def test_pages_outside_the_chat_are_open_to_all() -> None:
    inner, sent = await knock("http", "/chatter")

    assert inner.cookies == [""]
    headers = Headers(raw=sent[0]["headers"])
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_page_leads_to_the_sign_in_and_a_script_is_refused() -> None:
    _, page = await knock("http", "/chat/", accept="text/html,*/*")
    _, script = await knock("http", "/chat/project/settings", accept="*/*")

    assert page[0]["status"] == 303
    assert Headers(raw=page[0]["headers"])["location"] == "/signin"
    assert script[0]["status"] == 401
