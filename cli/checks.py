"""The checks of `throughline doctor`. None shows a secret; each that isn't ok says what to do."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
import socket
import sys
import urllib.request
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from cli.check_messaging import messaging
from cli.shell import Opener, known
from contracts.errors import (
    MemoryUnavailable,
    ModelUnavailable,
    RecordsUnavailable,
    ThroughlineError,
)
from contracts.settings import Settings

if TYPE_CHECKING:
    from app.build import App
    from models.registry import Described

OPEN_TIMEOUT_S = 90.0
_PORTS = {"Redis": 6379, "MongoDB": 27017}
_CREDENTIALS = re.compile(r"//[^/@\s]*@")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `todo` is empty when nothing needs doing."""

    name: str
    state: Literal["ok", "warn", "broken"]
    what: str
    todo: str = ""


async def examine(settings: Settings, opener: Opener) -> list[Check]:
    """All checks, in the order they are worth reading."""
    checks = [python(), data_folder(settings), configured(settings)]
    away = [check for check in await given(settings) if check.state == "broken"]
    checks += away or await opened(settings, opener)
    checks += [*await messaging(settings), await port(settings), await browser()]
    return [_without_secrets(check, settings) for check in checks]


def python() -> Check:
    version = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check("Python", "ok", version)
    return Check("Python", "broken", version, "Use Python 3.11, 3.12 or 3.13.")


def data_folder(settings: Settings) -> Check:
    """Whether the folder of the embedded stores can be written; it need not be there yet."""
    folder = settings.data_dir.resolve()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    what = f"{folder}, {free / 1e9:.1f} GB free"
    if not there.is_dir() or not _writable(there):
        todo = "Make it writable, or set THROUGHLINE_DATA to a folder that is."
        return Check("Data folder", "broken", what, todo)
    if free < 1e9:
        return Check("Data folder", "warn", what, "Free some space: MongoDB wants 1 GB.")
    return Check("Data folder", "ok", what)


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def configured(settings: Settings) -> Check:
    """What is asked for, before anything is tried."""
    redis = _place(settings.redis_url) or "embedded"
    mongo = _place(settings.mongodb_uri) or "embedded"
    keys = ", ".join(_keys_set(settings)) or "none, and none is needed for MODEL=local"
    what = f"{settings.environment}; Redis {redis}; MongoDB {mongo}; keys set: {keys}"
    return Check("Settings", "ok", what)


def _place(url: str) -> str:
    """Host and port of a URL, without who signs in."""
    return urlsplit(url).netloc.rpartition("@")[2] if url else ""


def _keys_set(settings: Settings) -> list[str]:
    values = ((name, getattr(settings, name)) for name in type(settings).model_fields)
    return [name.upper() for name, value in values if isinstance(value, SecretStr)]


async def given(settings: Settings) -> list[Check]:
    """Whether anybody listens where the settings say that the stores are."""
    urls = {"Redis": settings.redis_url, "MongoDB": settings.mongodb_uri}
    places = {name: _hosts(url, _PORTS[name]) for name, url in urls.items()}
    return [await _listens(name, hosts) for name, hosts in places.items() if hosts]


def _hosts(url: str, port: int) -> list[tuple[str, int]]:
    """Hosts and ports of a URL; none if only its own driver can tell (srv, sockets)."""
    if not url or "+srv:" in url or url.startswith("unix:"):
        return []
    pairs = (host.rpartition(":") for host in _place(url).split(","))
    return [(h, int(p)) if h and p.isdigit() else (h + sep + p, port) for h, sep, p in pairs]


async def _listens(name: str, hosts: list[tuple[str, int]]) -> Check:
    tries = [asyncio.to_thread(_answers, *host) for host in hosts]
    if any(await asyncio.gather(*tries)):
        return Check(name, "ok", "it answers")
    where = ", ".join(f"{host}:{number}" for host, number in hosts)
    setting = "REDIS_URL" if name == "Redis" else "MONGODB_URI"
    todo = f"Start it, or correct {setting} (empty: the embedded one)."
    return Check(name, "broken", f"nobody answers on {where}", todo)


def _answers(host: str, number: int) -> bool:
    try:
        with socket.create_connection((host.strip("[]"), number), timeout=2):
            return True
    except OSError:
        return False


async def opened(settings: Settings, opener: Opener) -> list[Check]:
    """Open the app as every command does, and look at what it stands on."""
    try:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                app = await stack.enter_async_context(opener(settings, worker=False))
                return [await memory(app), await records(app), await lines(app), *models(app)]
    except TimeoutError:
        what = f"it didn't start within {OPEN_TIMEOUT_S:.0f} s"
        return [Check("Throughline", "broken", what, "Run throughline --debug doctor.")]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return [_not_opened(known(error))]


def _not_opened(error: Exception) -> Check:
    """Which part kept the app from opening."""
    parts: tuple[tuple[type[Exception], str, str], ...] = (
        (MemoryUnavailable, "Redis", "Start it, or correct REDIS_URL (empty: the embedded one)."),
        (RecordsUnavailable, "MongoDB", "Start it, or correct MONGODB_URI (empty: embedded)."),
        (ModelUnavailable, "Model", "Correct MODEL and its key; MODEL=local needs none."),
        (ThroughlineError, "Throughline", "Do what the message says, then run doctor again."),
    )
    for kind, name, todo in parts:
        if isinstance(error, kind):
            return Check(name, "broken", str(error), todo)
    what = f"it didn't start ({type(error).__name__})"
    return Check("Throughline", "broken", what, "Run throughline --debug chat to see where.")


async def memory(app: App) -> Check:
    """Write, read and delete a key where the threads are kept."""
    keys = app.memory.keyvalue
    try:
        await keys.set("doctor", {"well": True}, ttl_s=30)
        well = await keys.take("doctor") == {"well": True}
    except ThroughlineError as error:
        return Check("Memory", "broken", str(error), "Start Redis, or correct REDIS_URL.")
    if not well:
        return Check("Memory", "broken", f"{app.memory.kind} lost a key", "Check its memory limit.")
    if app.memory.kind == "redis":
        return Check("Memory", "ok", "Redis with Search and JSON keeps the threads")
    what = "; ".join(app.notices) or f"{app.memory.kind} keeps the threads"
    return Check("Memory", "warn", what, "Set REDIS_URL to use Redis (8, or with Search and JSON).")


async def records(app: App) -> Check:
    """Whether MongoDB answers and is seeded."""
    try:
        demo = await app.records.customers.demo()
    except ThroughlineError as error:
        return Check("Records", "broken", str(error), "Start MongoDB, or correct MONGODB_URI.")
    if not demo:
        return Check("Records", "broken", "MongoDB is empty", "Run throughline seed.")
    return Check("Records", "ok", f"MongoDB answers and is seeded, with {len(demo)} demo customers")


async def lines(app: App) -> Check:
    """The lines for human agents now."""
    try:
        queues = await app.memory.queues.snapshot()
    except ThroughlineError as error:
        return Check("Lines", "broken", str(error), "Start Redis, or correct REDIS_URL.")
    each = (f"{channel} {it.depth} waiting, {it.wait_s:.0f} s" for channel, it in queues.items())
    return Check("Lines", "ok", "; ".join(each) or "nobody waits")


def models(app: App) -> list[Check]:
    """One finding a model. Nothing is sent to it: asking may cost money."""
    describe = getattr(app.models, "describe", None)
    described = describe() if describe else []
    tiers: dict[str, list[str]] = {}
    for it in described:
        tiers.setdefault(it.model, []).append(it.tier)
    one_each = {it.model: it for it in described}.values()
    return [_model(it, tiers[it.model]) for it in one_each]


def _model(it: Described, tiers: list[str]) -> Check:
    what = f"{it.model} ({it.where}) for {', '.join(tiers)}"
    if it.auth == "missing":
        return Check("Model", "broken", f"{what}: no key is set", "Set its key, or MODEL=local.")
    signed = "" if it.auth == "none" else f", signed in by {it.auth}"
    spare = "" if it.fallback == "none" else f"; if it fails, {it.fallback} answers"
    return Check("Model", "ok", f"{what}{signed}{spare}")


async def port(settings: Settings) -> Check:
    """Whether `serve` could listen, or does already."""
    where = f"{settings.host}:{settings.port}"
    if await asyncio.to_thread(_free, settings.host, settings.port):
        return Check("Port", "ok", f"{where} is free")
    if await asyncio.to_thread(_is_served, settings.host, settings.port):
        return Check("Port", "ok", f"Throughline is being served on {where}")
    todo = "Set PORT to another, or end the program that listens there."
    return Check("Port", "warn", f"{where} is taken or can't be listened on", todo)


def _free(host: str, number: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return False
    return True


def _is_served(host: str, number: int) -> bool:
    name = f"[{host}]" if ":" in host else host
    try:
        with urllib.request.urlopen(f"http://{name}:{number}/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def browser() -> Check:
    """Whether the browser tests can run."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    found = found or await _playwrights()
    if found:
        return Check("Browser", "ok", f"Chromium for the browser tests: {found}")
    todo = "Only the browser tests need it: playwright install chromium."
    return Check("Browser", "warn", "no Chromium found", todo)


async def _playwrights() -> str | None:
    """Where Playwright keeps its Chromium, if it is installed."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        return None
    async with async_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if await asyncio.to_thread(Path(path).exists) else None


def _without_secrets(check: Check, settings: Settings) -> Check:
    return replace(check, what=_masked(check.what, settings), todo=_masked(check.todo, settings))


def _masked(text: str, settings: Settings) -> str:
    """A driver's message may quote the URL it was given."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and value.get_secret_value():
            text = text.replace(value.get_secret_value(), "…")
    return _CREDENTIALS.sub("//…@", text)
