"""What may be believed of a request that came through a proxy: only what a trusted one says."""

from __future__ import annotations

import hmac
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

# What an identity-aware proxy says of who signed in there (Azure App Service's names).
PRINCIPAL = "x-ms-client-principal"
PRINCIPAL_ID = "x-ms-client-principal-id"
PROXY_SECRET = "x-throughline-proxy-secret"
_SAID_BY_PROXIES = (PRINCIPAL, PRINCIPAL_ID, PROXY_SECRET)


class TrustedProxies:
    """Addresses and networks of proxies: "10.0.0.4, 10.1.0.0/16"."""

    def __init__(self, listed: str) -> None:
        self.names = [name.strip() for name in listed.split(",") if name.strip()]
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(n) for n in self.names]

    def trusts(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


class BehindProxy:
    """Takes the client's address from a trusted proxy's X-Forwarded-For, and drops what anybody
    else says of who is signed in. `secret`: what the proxy proves itself by where its address
    isn't known; it goes no further."""

    def __init__(self, app: ASGIApp, *, proxies: TrustedProxies, secret: str = "") -> None:
        self._direct = app
        # uvicorn has types of its own for the same protocol
        forwarded: Any = ProxyHeadersMiddleware(cast(Any, app), trusted_hosts=proxies.names)
        self._forwarded: ASGIApp = forwarded
        self._proxies = proxies
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._direct(scope, receive, send)
            return
        peer = (scope.get("client") or ("", 0))[0]
        trusted = self._proxies.trusts(peer)
        told = trusted or self._is_secret(Headers(scope=scope).get(PROXY_SECRET, ""))
        headers = MutableHeaders(scope={**scope, "headers": list(scope["headers"])})
        for name in (PROXY_SECRET,) if told else _SAID_BY_PROXIES:
            del headers[name]
        scope = {**scope, "headers": headers.raw}
        app = self._forwarded if trusted else self._direct
        await app(scope, receive, send)

    def _is_secret(self, given: str) -> bool:
        return bool(self._secret) and hmac.compare_digest(given.encode(), self._secret.encode())
