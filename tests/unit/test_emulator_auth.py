import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from fastapi import Request

from contracts.clock import PinnedClock
from emulator.auth import Authentication
from emulator.config import key_of
from emulator.errors import Refused

pytestmark = pytest.mark.unit

KEY = key_of(b"a secret")
HOST = "127.0.0.1:8010"


def signed(
    now: datetime,
    *,
    path: str = "/messages/notifications:send",
    body: bytes = b"{}",
    key: str = KEY,
    off: timedelta = timedelta(0),
    signed_path: str = "",
    **changes: str,
) -> Request:
    """A request as Azure's clients sign them, with these headers changed afterwards."""
    date = format_datetime(now + off, usegmt=True)
    content = base64.b64encode(hashlib.sha256(body).digest()).decode()
    target = f"{signed_path or path}?api-version=1"
    to_sign = f"POST\n{target}\n{date};{HOST};{content}"
    digest = hmac.new(base64.b64decode(key), to_sign.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    headers = {
        "host": HOST,
        "x-ms-date": date,
        "x-ms-content-sha256": content,
        "authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256"
        f"&Signature={signature}",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    return request(path, b"api-version=1", headers, body)


def request(path: str, query: bytes, headers: dict[str, str], body: bytes) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    return Request(scope, receive)


@pytest.fixture
def check(clock: PinnedClock) -> Authentication:
    return Authentication(KEY, frozenset({"a-token"}), clock)


async def test_a_signed_request_is_let_in(check: Authentication, clock: PinnedClock) -> None:
    await check(signed(clock.now()))
    await check(signed(clock.now(), off=timedelta(minutes=-4)))
    # Some clients quote the path on the wire, and sign it unquoted.
    await check(signed(clock.now(), path="/sms%3Aa", signed_path="/sms:a"))


async def test_a_token_of_ours_is_let_in(check: Authentication) -> None:
    await check(request("/sms", b"", {"authorization": "Bearer a-token"}, b""))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"key": key_of(b"another")}, "signature"),
        ({"signed_path": "/sms"}, "signature"),
        ({"host": "evil.example"}, "signature"),
        ({"off": timedelta(minutes=6)}, "five minutes"),
        ({"off": timedelta(minutes=-6)}, "five minutes"),
        ({"x_ms_date": "yesterday"}, "no date"),
        ({"x_ms_date": ""}, "no date"),
        ({"x_ms_content_sha256": "bm8="}, "of the body"),
        ({"authorization": ""}, "missing"),
        ({"authorization": "Basic abc"}, "missing"),
        ({"authorization": "Bearer another"}, "token"),
        ({"authorization": "Bearer "}, "token"),
    ],
)
async def test_what_is_not_signed_right_is_denied(
    check: Authentication, clock: PinnedClock, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(Refused, match=why) as refused:
        await check(signed(clock.now(), **changes))
    assert (refused.value.status, refused.value.code) == (401, "Denied")
