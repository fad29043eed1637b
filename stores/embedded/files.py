"""What the processes that share a server agree on through the file system."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contracts.errors import ConfigurationError

LOCK_TIMEOUT_S = 120.0
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Access:
    """How a server is reached: on 127.0.0.1, with a generated password."""

    port: int
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Site:
    """The folder of one server. Every path is absolute."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "server.conf"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def leases(self) -> Path:
        return self.folder / "leases"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def boot_log(self) -> Path:
        """What the program prints before it opens its own log."""
        return self.folder / "boot.log"

    @property
    def pid(self) -> Path:
        return self.folder / "server.pid"

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    def create(self) -> None:
        for folder in (self.folder, self.data, self.leases):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write whole or not at all, readable by the owner only, and on the disk when it returns."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load_access(path: Path) -> Access | None:
    """None if there is no state, or none that can be read."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Access(port=int(raw["port"]), password=str(raw["password"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save_access(path: Path, access: Access) -> None:
    write_private(path, json.dumps(asdict(access)) + "\n")


@asynccontextmanager
async def exclusive(path: Path, timeout_s: float = LOCK_TIMEOUT_S) -> AsyncIterator[None]:
    """Hold a lock that every process on this machine honours and that dies with its holder."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + timeout_s
    try:
        while not _try_lock(descriptor):
            if time.monotonic() > deadline:
                raise ConfigurationError(f"another process has held {path} for {timeout_s:.0f} s")
            await asyncio.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


class Lease:
    """A process's claim on a server: a locked file, so that it ends when the process does.

    Take and count leases under `exclusive` only.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        _try_lock(self._descriptor)

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def live_leases(folder: Path) -> int:
    """How many leases are held; those of processes that died are swept away."""
    return sum(_is_held(path) for path in folder.glob("*"))


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        if not _try_lock(descriptor):
            return True
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
