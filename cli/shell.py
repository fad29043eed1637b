"""What all commands share: the settings, the logs, and the app opened around a piece of work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from contracts.errors import ConfigurationError, ThroughlineError

if TYPE_CHECKING:
    from rich.console import Console

    from app.build import App
    from contracts.settings import Settings

T = TypeVar("T")
Opener = Callable[..., AbstractAsyncContextManager[Any]]


def _open_app(settings: Settings, *, worker: bool) -> AbstractAsyncContextManager[App]:
    from app.build import open_app

    return open_app(settings, worker=worker)


@dataclass
class Shell:
    """Passed to each command as the context's object; tests pass one with their own opener."""

    debug: bool = False
    opener: Opener = _open_app

    def settings(self, *, quiet: bool = True, **changes: Any) -> Settings:
        """The settings, with these changed; sets the logs up.

        quiet: only warnings are logged unless LOG_LEVEL says otherwise. Raises
        ConfigurationError.
        """
        settings = read_settings(**changes)
        self._start_logs(settings, quiet=quiet)
        return settings

    def run(
        self,
        work: Callable[[App], Awaitable[T]],
        *,
        quiet: bool = True,
        worker: bool = False,
        **changes: Any,
    ) -> T:
        """Open the app, do the work, close the app. With a worker, it also replays what waits."""
        settings = self.settings(quiet=quiet, **changes)
        return run(self._work(work, settings, worker))

    async def _work(
        self, work: Callable[[App], Awaitable[T]], settings: Settings, worker: bool
    ) -> T:
        notes = console(err=True)
        async with AsyncExitStack() as stack:
            with notes.status("Getting ready ..."):
                app = await stack.enter_async_context(self.opener(settings, worker=worker))
            for notice in app.notices:
                notes.print(notice, style="dim", markup=False)
            return await work(app)

    def _start_logs(self, settings: Settings, *, quiet: bool) -> None:
        from app.logs import configure

        asked = "log_level" in settings.model_fields_set
        level = settings.log_level if asked or not quiet else "WARNING"
        configure("DEBUG" if self.debug else level)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; SIGTERM ends it in order, as Ctrl-C does, so that all is closed again."""
    import asyncio
    import signal

    async def until_told() -> T:
        task = asyncio.ensure_future(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await task

    try:
        return asyncio.run(until_told())
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None


def read_settings(**changes: Any) -> Settings:
    """The settings, with those changes that are not None. Raises ConfigurationError."""
    from pydantic import ValidationError

    from contracts.settings import Settings

    try:
        return Settings(**{name: value for name, value in changes.items() if value is not None})
    except ValidationError as error:
        # Never the value: it may be a key.
        wrong = (f"{_name(e['loc'])}: {e['msg']}" for e in error.errors(include_input=False))
        raise ConfigurationError(f"in the settings, {'; '.join(wrong)}") from None


def _name(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(piece) for piece in loc).upper() or "a value"


def known(error: Exception) -> Exception:
    """The first of our own errors in a group; any other error as it is."""
    if not isinstance(error, ExceptionGroup):
        return error
    found = (known(inner) for inner in error.exceptions)
    return next((inner for inner in found if isinstance(inner, ThroughlineError)), error)


def console(*, err: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=err, highlight=False)
