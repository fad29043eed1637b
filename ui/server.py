"""`throughline serve`: opens the product, serves the web app, and closes both again."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from rich.console import Console

from app.operators import FIRST, OperatorAccounts, first_admin
from app.workers import working
from contracts.demo import AGENTS_NUMBER
from contracts.errors import ConfigurationError
from ui.chat import frontend
from ui.emulation import Emulation, emulated
from ui.state import served

if TYPE_CHECKING:
    from app.build import App
    from contracts.settings import Settings

GRACE_S = 5  # for answers under way when the server is stopped
BACKLOG = 256
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def serve(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises ConfigurationError if the address can't be had."""
    from app.build import open_app
    from app.collector import spare_the_loaded

    began = time.perf_counter()
    out = Console(highlight=False, soft_wrap=True)
    with listen(settings.host, settings.port) as listening:
        settings = settings.model_copy(update={"port": listening.getsockname()[1]})
        # Chainlit is imported while the stores start.
        interface = asyncio.create_task(_load_interface(settings))
        apart = settings.workers > 0
        async with (
            emulated(settings, desk=settings.agents_number or AGENTS_NUMBER) as (settings, phone),
            open_app(settings, apart=apart) as app,
            working(app) as workers,
        ):
            app.timings["interface"] = await interface
            accounts = OperatorAccounts(app.records.operators, app.clock)
            password = await first_admin(settings, accounts)

            def ready() -> None:
                spare_the_loaded()
                _say_ready(out, app, time.perf_counter() - began, password, phone)
                workers.start()
                served.site.keep(app.voice.warm())
                if phone:
                    phone.start()

            if phone:
                await phone.introduce(app)
            await web_server(app, ready).serve(sockets=[listening])
        out.print("Stopped.")


def web_server(app: App, ready: Callable[[], None]) -> Server:
    """The server of an open app; `ready` is called once it listens."""
    from ui.web import create_web

    config = uvicorn.Config(
        create_web(app),
        log_config=None,
        access_log=False,
        proxy_headers=False,  # ui/proxy.py, which trusts nobody unasked
        timeout_graceful_shutdown=GRACE_S,
        ws_max_size=1_000_000,
    )
    return Server(config, ready)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises ConfigurationError, saying what to do, if it can't."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ConfigurationError(_why_not(host, port, error)) from error
    return listening


class Server(uvicorn.Server):
    """A server that only ends its serving on a signal: what was opened around it is then closed.

    Uvicorn's own raises the signal again when it is done, which would cut that short.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        served.site.end_streams()
        await served.site.app.voice.farewell()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)


async def _load_interface(settings: Settings) -> float:
    """Milliseconds it took."""
    began = time.perf_counter()
    await asyncio.to_thread(frontend.load, settings.data_dir)
    return round((time.perf_counter() - began) * 1000, 1)


def _say_ready(
    out: Console, app: App, took_s: float, password: str, phone: Emulation | None
) -> None:
    phases = ", ".join(f"{name} {ms / 1000:.1f} s" for name, ms in app.timings.items())
    for notice in app.notices:
        out.print(notice, markup=False)
    out.print(f"Ready in {took_s:.1f} s ({phases}).", markup=False)
    out.print(frontend.describe(app), markup=False)
    known = f" ({FIRST}, password {password})" if password else ""
    if phone:
        out.print(f"Try WhatsApp, SMS and calls: {phone.url}/", markup=False)
    if app.settings.softphone_on:
        out.print(f"Call: {app.settings.base_url}/phone", markup=False)
    out.print(f"Numbers and agents: {app.settings.base_url}/config/{known}", markup=False)
    out.print(f"Open {app.settings.base_url} in a browser. Ctrl-C stops it.", markup=False)


def _why_not(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"port {port} is taken by another program. Stop it, or choose another port: "
                f"PORT={port + 1 if port < 65535 else 8000}"
            )
        case errno.EACCES:
            return f"listening on port {port} isn't permitted. Choose one above 1023, such as 8000"
    why = f"can't listen on {host}:{port} ({error.strerror})"
    return f"{why}. Set THROUGHLINE_HOST and PORT to what is here"
