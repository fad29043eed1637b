"""The embedded servers, for real: shared, killed, left behind, damaged."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from pathlib import Path

import pytest
from pymongo.errors import OperationFailure
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from contracts.errors import ConfigurationError
from stores.embedded import Servers, available, embedded
from stores.embedded.files import Site, load_access
from stores.embedded.processes import choose_port, find, is_free
from tests.embedded_servers import (
    guest,
    kill,
    mongo,
    mongo_add,
    mongo_names,
    mongo_site,
    pid_of,
    port_of,
    redis_get,
    redis_set,
    redis_site,
    until,
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(any(available().values()), reason=f"not on this machine: {available()}"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / 'a "data" folder'


async def test_both_start_keep_their_data_and_stop(folder: Path) -> None:
    async with embedded(folder) as first:
        assert first.started == ("redis", "mongodb")
        await redis_set(first.redis_url, "name", "Maria")
        await mongo_add(first.mongodb_uri, "Maria")
    for site in (redis_site(folder), mongo_site(folder)):
        assert find(site.pid, site.config) is None
        assert is_free(port_of(site))

    began = time.perf_counter()
    async with embedded(folder) as again:
        ready_s = time.perf_counter() - began
        assert (again.redis_url, again.mongodb_uri) == (first.redis_url, first.mongodb_uri)
        assert await redis_get(again.redis_url, "name") == b"Maria"
        assert await mongo_names(again.mongodb_uri) == ["Maria"]
    assert set(again.took_ms) == {"redis", "mongodb"}
    assert ready_s < 10  # about 0.5 s on an idle machine


async def test_redis_has_search_and_json_and_never_evicts(servers: Servers) -> None:
    async with Redis.from_url(servers.redis_url) as client:
        modules = {module[b"name"] for module in await client.module_list()}
        policy = await client.config_get("maxmemory-policy")
    assert {b"search", b"ReJSON"} <= modules
    assert policy == {"maxmemory-policy": "noeviction"}


async def test_only_what_is_asked_for_runs(folder: Path) -> None:
    async with embedded(folder, mongodb=False) as servers:
        assert servers.mongodb_uri == ""
        assert servers.started == ("redis",)
        assert not (folder / "mongodb").exists()


async def test_two_processes_share_and_the_last_one_stops(folder: Path) -> None:
    site = redis_site(folder)
    async with guest(folder) as other:
        url, _, started = await other.ready()
        assert started == ["redis"]
        async with embedded(folder, mongodb=False) as mine:
            assert mine.redis_url == url
            assert mine.started == ()
            await other.go()
            await redis_set(url, "still", "here")
        assert find(site.pid, site.config) is None


async def test_many_at_once_start_one_server(folder: Path) -> None:
    async def use() -> tuple[str, ...]:
        async with embedded(folder, mongodb=False) as servers:
            inside.append(1)
            await until(lambda: _reached(inside, 4))
            return servers.started

    inside: list[int] = []
    started = await asyncio.gather(*(use() for _ in range(4)))
    assert sorted(started) == [(), (), (), ("redis",)]


async def _reached(items: list[int], count: int) -> bool:
    return len(items) >= count


async def test_servers_left_by_a_killed_process_are_used_and_then_stopped(folder: Path) -> None:
    async with guest(folder, "both") as other:
        url, uri, _ = await other.ready()
        await redis_set(url, "name", "Maria")
        await mongo_add(uri, "Maria")
        await other.die()
    before = pid_of(redis_site(folder)), pid_of(mongo_site(folder))
    async with embedded(folder) as mine:
        assert mine.started == ()
        assert (pid_of(redis_site(folder)), pid_of(mongo_site(folder))) == before
        assert await redis_get(mine.redis_url, "name") == b"Maria"
        assert await mongo_names(mine.mongodb_uri) == ["Maria"]
    assert find(redis_site(folder).pid, redis_site(folder).config) is None
    assert find(mongo_site(folder).pid, mongo_site(folder).config) is None


async def test_killed_servers_come_back_at_the_same_address_with_their_data(folder: Path) -> None:
    async with embedded(folder, watch_s=0.1) as servers:
        await redis_set(servers.redis_url, "name", "Maria")
        await mongo_add(servers.mongodb_uri, "Maria")
        for site in (redis_site(folder), mongo_site(folder)):
            dead = kill(site)

            async def back(site: Site = site, dead: int = dead) -> bool:
                return find(site.pid, site.config) not in {None, dead}

            await until(back)

        async def answers() -> bool:
            try:
                return await redis_get(servers.redis_url, "name") == b"Maria"
            except (RedisError, OSError):
                return False

        await until(answers)
        assert await mongo_names(servers.mongodb_uri) == ["Maria"]


async def test_a_server_that_hangs_is_replaced(folder: Path) -> None:
    site = redis_site(folder)
    async with embedded(folder, mongodb=False, watch_s=0.1, stuck_s=0.5) as servers:
        await redis_set(servers.redis_url, "name", "Maria")
        stuck = pid_of(site)
        os.kill(stuck, signal.SIGSTOP)

        async def replaced() -> bool:
            return find(site.pid, site.config) not in {None, stuck}

        await until(replaced)
        await until(lambda: _is(servers.redis_url, "name", b"Maria"))


async def _is(url: str, key: str, value: bytes) -> bool:
    try:
        return await redis_get(url, key) == value
    except (RedisError, OSError):
        return False


async def test_nobody_gets_in_without_the_password(servers: Servers) -> None:
    async with Redis.from_url(_without_password(servers.redis_url)) as client:
        with pytest.raises(AuthenticationError):
            await client.get("anything")
    async with mongo(_without_password(servers.mongodb_uri)) as client:
        with pytest.raises(OperationFailure, match="requires authentication"):
            await client.shop.people.find_one()
        with pytest.raises(OperationFailure):
            await client.admin.command("createUser", "intruder", pwd="x", roles=["root"])


def _without_password(url: str) -> str:
    scheme, rest = url.split("://")
    return f"{scheme}://{rest.split('@')[1].split('?')[0]}"


async def test_passwords_are_on_no_command_line_and_in_private_files(folder: Path) -> None:
    async with embedded(folder) as servers:
        secrets = [load_access(site.state) for site in (redis_site(folder), mongo_site(folder))]
        lines = b"".join(_command_lines())
        for access in secrets:
            assert access is not None
            assert len(access.password) >= 32
            assert access.password.encode() not in lines
            assert access.password not in repr(servers)
            assert access.password not in repr(access)
        assert str(redis_site(folder).config).encode() in lines  # the right lines were read
        for site in (redis_site(folder), mongo_site(folder)):
            assert site.state.stat().st_mode & 0o777 == 0o600
            assert site.config.stat().st_mode & 0o777 == 0o600
            assert site.folder.stat().st_mode & 0o777 == 0o700


def _command_lines() -> list[bytes]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:  # it ended meanwhile
            continue
    return lines


async def test_a_taken_port_is_left_for_another(folder: Path) -> None:
    async with embedded(folder, mongodb=False) as first:
        await redis_set(first.redis_url, "name", "Maria")
    taken = port_of(redis_site(folder))
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", taken))
        squatter.listen()
        async with embedded(folder, mongodb=False) as again:
            assert port_of(redis_site(folder)) != taken
            assert await redis_get(again.redis_url, "name") == b"Maria"


@pytest.mark.parametrize("left", ["", '{"port": 20', '{"port": "x", "password": 1}', "[]"])
async def test_redis_survives_a_damaged_state_file(folder: Path, left: str) -> None:
    async with embedded(folder, mongodb=False) as first:
        await redis_set(first.redis_url, "name", "Maria")
    redis_site(folder).state.write_text(left)
    async with embedded(folder, mongodb=False) as again:
        assert await redis_get(again.redis_url, "name") == b"Maria"


async def test_a_lost_mongodb_password_is_set_anew_and_the_data_stays(folder: Path) -> None:
    async with embedded(folder, redis=False) as first:
        await mongo_add(first.mongodb_uri, "Maria")
    mongo_site(folder).state.unlink()
    async with embedded(folder, redis=False) as again:
        assert await mongo_names(again.mongodb_uri) == ["Maria"]
        async with mongo(_without_password(again.mongodb_uri)) as client:
            with pytest.raises(OperationFailure, match="requires authentication"):
                await client.shop.people.find_one()


async def test_a_server_whose_state_was_lost_while_it_ran_is_replaced(folder: Path) -> None:
    site = redis_site(folder)
    async with guest(folder) as other:
        await other.ready()
        await other.die()
    orphan = pid_of(site)
    site.state.unlink()
    async with embedded(folder, mongodb=False) as mine:
        assert mine.started == ("redis",)
        assert pid_of(site) != orphan
        assert not Path(f"/proc/{orphan}/cmdline").exists() or _is_zombie(orphan)


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


async def test_a_torn_append_only_file_loses_only_its_tail(folder: Path) -> None:
    async with embedded(folder, mongodb=False) as first:
        await redis_set(first.redis_url, "first", "1")
        await redis_set(first.redis_url, "last", "2")
    (log,) = (redis_site(folder).data / "appendonlydir").glob("*.incr.aof")
    os.truncate(log, log.stat().st_size - 3)
    async with embedded(folder, mongodb=False) as again:
        assert await redis_get(again.redis_url, "first") == b"1"
        assert await redis_get(again.redis_url, "last") is None


async def test_a_server_that_cannot_start_says_why_and_what_to_do(folder: Path) -> None:
    async with embedded(folder, mongodb=False):
        pass
    (manifest,) = (redis_site(folder).data / "appendonlydir").glob("*.manifest")
    manifest.write_text("this is no manifest\n")
    with pytest.raises(ConfigurationError) as refused:
        async with embedded(folder, mongodb=False):
            pytest.fail("it must not start")
    assert "redis server can't be used" in str(refused.value)
    assert "manifest" in str(refused.value)  # from its log
    assert "Set REDIS_URL" in str(refused.value)


async def test_when_one_cannot_start_the_other_is_not_left_running(folder: Path) -> None:
    site = mongo_site(folder)
    site.data.mkdir(parents=True)
    (site.data / "WiredTiger").write_text("no database")
    (site.data / "storage.bson").write_bytes(b"\x01")
    with pytest.raises(ConfigurationError, match="MONGODB_URI"):
        async with embedded(folder):
            pytest.fail("it must not start")
    redis = redis_site(folder)
    assert find(redis.pid, redis.config) is None
    assert list(redis.leases.iterdir()) == []


async def test_a_deleted_folder_leaves_no_server_behind(folder: Path) -> None:
    async with embedded(folder, mongodb=False, watch_s=60) as servers:
        pid = pid_of(redis_site(folder))
        assert servers.started == ("redis",)
        redis_site(folder).pid.unlink()
    assert not Path(f"/proc/{pid}/cmdline").exists() or _is_zombie(pid)


def test_chosen_ports_are_out_of_the_way_of_outgoing_connections() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = {choose_port() for _ in range(20)}
    assert all(20_000 <= port < max(first, 21_000) for port in ports)
    assert len(ports) > 10
