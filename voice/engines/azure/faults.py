"""What the service's failures mean, and how the SDK's threads are kept apart from the loop."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from azure.cognitiveservices.speech import CancellationErrorCode as Code
from azure.cognitiveservices.speech import EventSignal

from contracts.errors import SpeechUnavailable

log = logging.getLogger(__name__)
T = TypeVar("T")

BACKOFF_S = (0.3, 1.0)  # before each further attempt; the SDK itself tried for a second before
WORKERS = 8

_PASSING = {
    Code.TooManyRequests,
    Code.ConnectionFailure,
    Code.ServiceTimeout,
    Code.ServiceError,
    Code.ServiceUnavailable,
    Code.RuntimeError,
}
_MEANING = {
    Code.AuthenticationFailure: (
        "the key or the managed identity is refused: check AZURE_SPEECH_KEY, or that the identity "
        "has the role Cognitive Services Speech User"
    ),
    Code.Forbidden: "the resource's quota is used up",
    Code.BadRequest: "it refuses what it was sent",
    Code.TooManyRequests: "it has too many requests at once",
    Code.ConnectionFailure: "it can't be reached",
    Code.ServiceTimeout: "it does not answer",
    Code.ServiceUnavailable: "it is not available",
}
_SESSION = re.compile(r"SessionId: ([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a session is over. `details` may quote what was said or sent: not for the log."""

    code: Code
    details: str = ""

    @property
    def passing(self) -> bool:
        """Whether another attempt may do."""
        return self.code in _PASSING

    def note(self, message: str) -> None:
        found = _SESSION.search(self.details)
        session = found[1] if found else ""
        log.warning(message, extra={"fault": self.code.name, "speech_session": session})

    def unavailable(self) -> SpeechUnavailable:
        meaning = _MEANING.get(self.code, f"it failed ({self.code.name})")
        error = SpeechUnavailable(f"Azure Speech: {meaning}")
        log.error("Azure Speech is not available: %s", meaning, extra={"fault": self.code.name})
        return error


class Threads:
    """Runs the SDK's blocking calls, and takes its events, which come on its own threads, to the
    loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="azure-speech")
        self._closed = False
        self._loose: set[asyncio.Future[Any]] = set()

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """Goes on to its end even where whoever waits is cancelled. Raises SpeechUnavailable."""
        try:
            return await asyncio.shield(self.start(work, *args))
        except RuntimeError as error:  # all that the SDK raises
            raise SpeechUnavailable("the Speech SDK failed") from error

    def start(self, work: Callable[..., T], *args: object) -> asyncio.Future[T]:
        # What is cleared away once this is closed runs on a thread of the loop's own.
        pool = None if self._closed else self._pool
        running = asyncio.get_running_loop().run_in_executor(pool, work, *args)
        self._loose.add(running)
        running.add_done_callback(self._finished)
        return running

    def _finished(self, ended: asyncio.Future[Any]) -> None:
        self._loose.discard(ended)
        if not ended.cancelled() and (error := ended.exception()):
            log.warning("a call of the Speech SDK failed", extra={"error": type(error).__name__})

    async def close(self) -> None:
        """Returns once everything that runs has ended."""
        while self._loose:
            await asyncio.wait(self._loose)
        self._closed = True
        self._pool.shutdown()


def to_loop(loop: asyncio.AbstractEventLoop, take: Callable[[T], None]) -> Callable[[T], None]:
    """`take` for the SDK's threads: it runs in the loop, and not at all once that is closed."""

    def tell(event: T) -> None:
        try:
            loop.call_soon_threadsafe(take, event)
        except RuntimeError:
            log.debug("an event of the Speech SDK came after the end")

    return tell


def disconnect(native: object) -> None:
    """End its events. Those that the SDK connects for itself keep the object alive otherwise."""
    for signal in vars(native).values():
        if isinstance(signal, EventSignal):
            signal.disconnect_all()
