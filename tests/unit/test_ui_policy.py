"""What pages may run, and whom a proxy may speak for."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from ui.pages.elsewhere import principal_claims
from ui.policy import PAGES, chat_policy, inline_scripts
from ui.proxy import PRINCIPAL, PRINCIPAL_ID, PROXY_SECRET, BehindProxy, TrustedProxies

pytestmark = pytest.mark.unit

SECRET = "what the proxy and we know"
SAID = {PRINCIPAL: "claims", PRINCIPAL_ID: "id", "x-forwarded-for": "198.51.100.7"}


def digest(script: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";")]
    return {name: sources for name, *sources in parts}


def test_only_inline_scripts_are_named_by_their_hash() -> None:
    html = (
        "<script>let a = 1 < 2 && '&amp;';</script><script src='/x.js'></script>"
        "<p>text</p><script type='module'>\nb()\n</script>"
    )

    assert inline_scripts(html) == [digest("let a = 1 < 2 && '&amp;';"), digest("\nb()\n")]


def test_the_chats_policy_runs_no_other_inline_script() -> None:
    found = directives(chat_policy("<script>a()</script>"))

    assert found["script-src"] == ["'self'", "'unsafe-eval'", f"'{digest('a()')}'"]
    assert found["object-src"] == found["base-uri"] == found["frame-ancestors"] == ["'none'"]
    assert found["connect-src"] == ["'self'"]


def test_the_pages_policy_runs_nothing_inline() -> None:
    found = directives(PAGES)

    assert found["default-src"] == ["'none'"]
    assert found["script-src"] == found["style-src"] == found["connect-src"] == ["'self'"]
    assert found["img-src"] == ["'self'", "data:"]
    assert "unsafe" not in PAGES


# --- proxies ------------------------------------------------------------------------------------


async def seen_from(
    peer: str, said: dict[str, str], *, trusted: str = "", secret: str = ""
) -> tuple[str, Headers]:
    """The client's address and the headers, as the product gets to see them."""
    seen: list[Scope] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is answered here")

    scope: dict[str, Any] = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 4711),
        "headers": [(name.encode(), value.encode()) for name, value in said.items()],
    }
    proxy = BehindProxy(inner, proxies=TrustedProxies(trusted), secret=secret)
    await proxy(scope, receive, send)
    return seen[0]["client"][0], Headers(raw=seen[0]["headers"])


async def test_nobody_is_believed_unasked() -> None:
    for peer in ("192.0.2.1", "127.0.0.1"):
        client, headers = await seen_from(peer, SAID)
        assert client == peer
        assert PRINCIPAL not in headers
        assert PRINCIPAL_ID not in headers


@pytest.mark.parametrize("trusted", ["10.0.0.4", "10.0.0.0/24", "192.0.2.9, 10.0.0.0/8"])
async def test_a_trusted_proxy_is_believed(trusted: str) -> None:
    client, headers = await seen_from("10.0.0.4", SAID, trusted=trusted)

    assert client == "198.51.100.7"
    assert headers[PRINCIPAL_ID] == "id"


async def test_the_nearest_untrusted_hop_is_the_client() -> None:
    forged = {"x-forwarded-for": "203.0.113.66, 198.51.100.7, 10.0.0.5"}

    client, _ = await seen_from("10.0.0.4", forged, trusted="10.0.0.0/24")

    assert client == "198.51.100.7"


async def test_another_peer_is_not_believed() -> None:
    client, headers = await seen_from("10.0.1.4", SAID, trusted="10.0.0.0/24")

    assert client == "10.0.1.4"
    assert PRINCIPAL_ID not in headers


@pytest.mark.parametrize(("given", "believed"), [(SECRET, True), ("another", False), ("", False)])
async def test_a_proxy_proves_itself_by_the_secret_which_goes_no_further(
    given: str, believed: bool
) -> None:
    client, headers = await seen_from("192.0.2.1", {**SAID, PROXY_SECRET: given}, secret=SECRET)

    assert (PRINCIPAL_ID in headers) is believed
    assert PROXY_SECRET not in headers
    assert client == "192.0.2.1"  # its address is not known, so neither is the client's


def test_claims_are_read_from_the_principal() -> None:
    said = b'{"claims": [{"typ": "http://schemas/claims/email", "val": "a@example.com"}]}'

    assert principal_claims(base64.b64encode(said).decode()) == {"email": "a@example.com"}
    for bad in ("", "!", base64.b64encode(b"[]").decode(), base64.b64encode(b"{").decode()):
        assert principal_claims(bad) == {}


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"trust_principal": True}, "TRUST_PRINCIPAL"),
        ({"trusted_proxies": "10.0.0.0/99"}, "TRUSTED_PROXIES"),
        ({"trusted_proxies": "proxy.internal"}, "TRUSTED_PROXIES"),
        ({"oidc_issuer": "https://login.example/t"}, "OIDC_CLIENT_ID"),
        ({"oidc_issuer": "https://login.example/t", "oidc_client_id": "x"}, "OIDC_CLIENT_SECRET"),
    ],
)
def test_half_a_sign_in_is_refused(given: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        Settings(**given)


def test_a_principal_may_be_trusted_from_a_known_proxy_or_by_a_secret() -> None:
    assert Settings(trust_principal=True, trusted_proxies="10.0.0.0/24").trust_principal
    assert Settings(trust_principal=True, principal_secret=SecretStr(SECRET)).trust_principal
