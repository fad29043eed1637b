"""What `throughline doctor` finds about WhatsApp, SMS and e-mail."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from cli.checks import Check
    from contracts.settings import Settings

NAME = "Messaging"
LOOPBACK = "127.0.0.1"
_SECONDS = 2.0


async def messaging(settings: Settings) -> list[Check]:
    """Who carries these channels, and whether they can."""
    from cli.checks import Check
    from ui.emulation import is_wanted

    if settings.acs_endpoint:
        found = [await _azure(settings)]
    elif is_wanted(settings):
        found = [await _emulator(settings.emulator_port)]
    else:
        todo = "Set ACS_ENDPOINT, or EMULATOR=auto in development, to have them."
        what = "WhatsApp, SMS and e-mail are carried by nobody"
        found = [] if settings.infobip_url else [Check(NAME, "warn", what, todo)]
    return found + ([_infobip(settings)] if settings.infobip_url else [])


async def _azure(settings: Settings) -> Check:
    from cli.checks import Check

    place = urlsplit(settings.acs_endpoint)
    if place.scheme not in {"http", "https"} or not place.hostname:
        todo = "ACS_ENDPOINT has to be a URL: https://NAME.communication.azure.com."
        return Check(NAME, "broken", "ACS_ENDPOINT is no URL", todo)
    port = place.port or (443 if place.scheme == "https" else 80)
    what = f"Azure Communication Services at {place.netloc}"
    if not await asyncio.to_thread(_listens, place.hostname, port):
        return Check(NAME, "broken", f"{what} does not answer", "Correct ACS_ENDPOINT.")
    signed = "its access key" if settings.acs_access_key else "the managed identity"
    if not settings.events_secret and not settings.events_audience:
        todo = "Set EVENTS_SECRET, or EVENTS_TENANT and EVENTS_AUDIENCE: else no event is taken."
        return Check(NAME, "broken", f"{what}, by {signed}; nobody may post events", todo)
    events = "a secret" if settings.events_secret else "Entra ID"
    return Check(NAME, "ok", f"{what}, by {signed}; events by {events}")


async def _emulator(port: int) -> Check:
    """Served already, or what `throughline serve` will do."""
    from cli.checks import Check

    url = f"http://{LOOPBACK}:{port}"
    if port and (phones := await _phones(url)) is not None:
        what = f"the emulator of Azure is being served, phones to try it: {phones}, at {url}/"
        return Check(NAME, "ok", what)
    if port and await asyncio.to_thread(_listens, LOOPBACK, port):
        what = f"port {port} is taken: throughline serve puts the emulator on the next free one"
        return Check(NAME, "ok", what)
    where = f"at {url}/" if port else "on a free port"
    return Check(NAME, "ok", f"throughline serve starts an emulator of Azure {where}")


async def _phones(url: str) -> int | None:
    """How many phones an emulator there has; None if there is none."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as client:
            answer = await client.get(f"{url}/emulator/api/overview")
            found = answer.json()
    except (httpx.HTTPError, ValueError):
        return None
    return len(found["phones"]) if isinstance(found, dict) and "phones" in found else None


def _infobip(settings: Settings) -> Check:
    from cli.checks import Check

    where = urlsplit(settings.infobip_url).netloc or settings.infobip_url
    if not settings.infobip_api_key:
        return Check("Infobip", "broken", f"{where} without a key", "Set INFOBIP_API_KEY.")
    return Check("Infobip", "ok", f"{where}, by its key")


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_SECONDS):
            return True
    except OSError:
        return False
