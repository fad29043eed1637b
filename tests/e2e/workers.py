"""Starting workers, talking to them, and seeing them die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from contracts.messages import Inbound, Turn
from contracts.settings import Settings
from tests.e2e.worker_process import (
    Accepted,
    Answered,
    Deliver,
    Event,
    Leave,
    Ready,
    Strike,
    serve,
)

LEASE_S = 1.0
PATIENCE_S = 60.0  # on a machine that is busy with something else
POLL_S = 0.01

# Forked off a process that has imported everything: a worker is up in half a second.
_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(["__main__", "tests.e2e.worker_process"])


class Died(Exception):
    """The worker's end of the pipe is closed: there is no such process any more."""


class Worker:
    def __init__(
        self,
        settings: Settings,
        *,
        lease_s: float = LEASE_S,
        background: bool = True,
        strike: Strike | None = None,
    ) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        given = (settings, theirs, lease_s, background, strike)
        self._process = _forkserver.Process(target=serve, args=given, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pipe(self) -> Connection:
        return self._pipe

    @property
    def exit_code(self) -> int | None:
        return self._process.exitcode

    def ready(self) -> Worker:
        """Wait until it works. Raises Died."""
        assert isinstance(self.event(PATIENCE_S), Ready)
        return self

    def deliver(self, inbound: Inbound, strike: Strike | None = None) -> None:
        """Hand it a message; one for a dead worker is lost, as on any wire."""
        try:
            self._pipe.send(Deliver(inbound, strike))
        except (BrokenPipeError, ConnectionResetError):
            return

    def event(self, timeout_s: float = PATIENCE_S) -> Event:
        """What it says next. Raises Died, or TimeoutError."""
        try:
            if self._pipe.poll(timeout_s):
                event: Event = self._pipe.recv()
                return event
        except (EOFError, ConnectionResetError) as error:
            self._process.join(PATIENCE_S)
            raise Died from error
        raise TimeoutError(f"the worker said nothing for {timeout_s:g} s")

    def signal(self, number: signal.Signals) -> None:
        os.kill(self._pid, number)

    def stopped(self) -> bool:
        """Whether it hangs in SIGSTOP."""
        stat = Path(f"/proc/{self._pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def leave(self) -> None:
        """Let it end by itself, all archived."""
        self._pipe.send(Leave())
        self._process.join(PATIENCE_S)
        assert self._process.exitcode == 0

    def kill(self) -> None:
        if self._process.is_alive():
            self._process.kill()
        self._process.join(PATIENCE_S)
        self._pipe.close()

    @property
    def _pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid


@contextmanager
def worker(settings: Settings, **options: Any) -> Iterator[Worker]:
    """A worker that is up; gone at the end, whatever happens."""
    started = Worker(settings, **options)
    try:
        yield started.ready()
    finally:
        started.kill()


def answer(worker: Worker, inbound: Inbound) -> Turn:
    worker.deliver(inbound)
    event = outcome(worker, inbound)
    assert isinstance(event, Answered), event
    return event.turn


def outcome(worker: Worker, inbound: Inbound) -> Event:
    """How it ended, past the news that it was taken."""
    event = worker.event()
    while event == Accepted(inbound.key):
        event = worker.event()
    return event


def until(condition: Callable[[], bool], *, what: str, timeout_s: float = PATIENCE_S) -> None:
    """Wait for a condition. Raises TimeoutError."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {timeout_s:g} s: {what}")
        time.sleep(POLL_S)
