"""Stopping the servers of a test's own, and bringing them back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stores.embedded.files import Site
from tests.e2e.workers import until


class Server:
    """One of the servers under a data folder."""

    def __init__(self, data_dir: Path, name: str) -> None:
        self._pid_file = Site(data_dir / name).pid

    @property
    def pid(self) -> int:
        return int(self._pid_file.read_text())

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and never answers."""
        pid = self.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def kill(self) -> None:
        """It is gone, and its port is closed; its supervisor will find out."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: _is_gone(pid), what="the server to be gone")


def _is_gone(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}
