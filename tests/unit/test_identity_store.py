"""Attempts, hand-off links and bindings, on a real key-value file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.clock import PinnedClock
from contracts.errors import LinkRefused
from contracts.identity import Identity, Rung
from contracts.messages import Channel
from contracts.ports import KeyValue
from contracts.scenario import IdentityPolicy
from stores.identity import Bindings, KeyValueAttempts, SignedLinks, address_key
from stores.memory import sqlite_memory

pytestmark = pytest.mark.unit

SECRET = b"a secret of the tests, long enough for anything"
POLICY = IdentityPolicy()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite"


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(datetime(2026, 11, 20, 18, 0, tzinfo=UTC))


@pytest.fixture
async def keyvalue(path: Path, clock: PinnedClock) -> AsyncIterator[KeyValue]:
    async with sqlite_memory(path, queue_defaults={}, clock=clock) as memory:
        yield memory.keyvalue


@pytest.fixture
def attempts(keyvalue: KeyValue, clock: PinnedClock) -> KeyValueAttempts:
    return KeyValueAttempts(keyvalue, clock, secret=SECRET, policy=POLICY)


@pytest.fixture
def links(keyvalue: KeyValue, clock: PinnedClock) -> SignedLinks:
    return SignedLinks(
        keyvalue, clock, secret=SECRET, base_url="https://example.test/", policy=POLICY
    )


def token_of(url: str) -> str:
    return url.rsplit("/", 1)[1]


async def refusal(links: SignedLinks, token: str) -> str:
    with pytest.raises(LinkRefused) as refused:
        await links.redeem(token)
    return refused.value.reason


class TestAttempts:
    async def test_three_wrong_tries_lock_out(
        self, attempts: KeyValueAttempts, clock: PinnedClock
    ) -> None:
        assert [await attempts.wrong("account:1") for _ in range(3)] == [2, 1, 0]
        until = clock.now() + timedelta(minutes=15)
        assert await attempts.locked_until("account:1") == until.isoformat()
        assert await attempts.locked_until("account:2") is None
        assert await attempts.wrong("account:1") == 0
        assert await attempts.locked_until("account:1") == until.isoformat()

    async def test_the_lock_ends_by_the_clock(
        self, attempts: KeyValueAttempts, clock: PinnedClock
    ) -> None:
        for _ in range(3):
            await attempts.wrong("account:1")
        clock.advance(timedelta(minutes=14, seconds=59))
        assert await attempts.locked_until("account:1")
        clock.advance(timedelta(seconds=1))
        assert await attempts.locked_until("account:1") is None
        assert await attempts.wrong("account:1") == 2

    async def test_it_holds_across_a_restart(
        self, attempts: KeyValueAttempts, path: Path, clock: PinnedClock
    ) -> None:
        await attempts.wrong("account:1")
        async with sqlite_memory(path, queue_defaults={}, clock=clock) as memory:
            restarted = KeyValueAttempts(memory.keyvalue, clock, secret=SECRET, policy=POLICY)
            assert await restarted.wrong("account:1") == 1
            assert await attempts.wrong("account:1") == 0
            assert await restarted.locked_until("account:1")

    async def test_any_subject_locks(self, attempts: KeyValueAttempts, clock: PinnedClock) -> None:
        await attempts.wrong("account:1")
        assert await attempts.wrong("account:1", "phone:+15550199") == 1
        assert await attempts.wrong("phone:+15550199", "account:1") == 0
        assert await attempts.locked_until("phone:+15550199") is None
        assert await attempts.locked_until("phone:+15550199", "account:1")
        assert await attempts.locked_until() is None

    async def test_a_right_try_forgets_the_wrong_ones_but_no_lock(
        self, attempts: KeyValueAttempts
    ) -> None:
        await attempts.wrong("account:1")
        await attempts.wrong("account:1")
        await attempts.right("account:1")
        assert [await attempts.wrong("account:1") for _ in range(3)] == [2, 1, 0]
        await attempts.right("account:1")
        assert await attempts.locked_until("account:1")

    async def test_tries_at_once_are_all_counted(self, attempts: KeyValueAttempts) -> None:
        left = await asyncio.gather(*(attempts.wrong("account:1") for _ in range(10)))
        assert left.count(0) >= 8
        assert await attempts.locked_until("account:1")


class TestLinks:
    async def test_a_link_works_once(self, links: SignedLinks, clock: PinnedClock) -> None:
        url = await links.issue("C-1", rung=Rung.VERIFIED)
        assert url.startswith("https://example.test/c/")
        identity = await links.redeem(token_of(url))
        assert (identity.customer_id, identity.rung) == ("C-1", Rung.VERIFIED)
        assert identity.until == clock.now() + timedelta(minutes=60)
        assert await refusal(links, token_of(url)) == "used"

    async def test_a_recognised_customer_does_not_lapse(self, links: SignedLinks) -> None:
        url = await links.issue("C-1", rung=Rung.RECOGNISED)
        assert await links.redeem(token_of(url)) == Identity(
            customer_id="C-1", rung=Rung.RECOGNISED
        )

    async def test_it_holds_no_personal_data_and_is_never_the_same(
        self, links: SignedLinks
    ) -> None:
        urls = {await links.issue("C-1", rung=Rung.VERIFIED) for _ in range(5)}
        assert len(urls) == 5
        assert not any("C-1" in url for url in urls)

    async def test_it_expires(self, links: SignedLinks, clock: PinnedClock) -> None:
        url = await links.issue("C-1", rung=Rung.VERIFIED)
        clock.advance(timedelta(minutes=15))
        assert await refusal(links, token_of(url)) == "expired"

    @pytest.mark.parametrize("token", ["", "x", "é.ü", "a.b.c", "..", "abc." + "A" * 43])
    async def test_forged(self, links: SignedLinks, token: str) -> None:
        assert await refusal(links, token) == "forged"

    async def test_tampered_or_signed_with_another_secret(
        self, links: SignedLinks, keyvalue: KeyValue, clock: PinnedClock
    ) -> None:
        token = token_of(await links.issue("C-1", rung=Rung.VERIFIED))
        swapped = ("B" if token[0] == "A" else "A") + token[1:]
        assert await refusal(links, swapped) == "forged"
        others = SignedLinks(
            keyvalue, clock, secret=b"another", base_url="https://example.test", policy=POLICY
        )
        assert await refusal(others, token) == "forged"
        assert (await links.redeem(token)).customer_id == "C-1"

    async def test_one_of_twenty_redeems(self, links: SignedLinks) -> None:
        token = token_of(await links.issue("C-1", rung=Rung.VERIFIED))
        results = await asyncio.gather(
            *(links.redeem(token) for _ in range(20)), return_exceptions=True
        )
        assert sum(isinstance(result, Identity) for result in results) == 1
        reasons = {result.reason for result in results if isinstance(result, LinkRefused)}
        assert reasons == {"used"}


class TestBindings:
    async def test_bound_until_its_time_is_over(
        self, keyvalue: KeyValue, clock: PinnedClock
    ) -> None:
        bindings = Bindings(keyvalue, clock, secret=SECRET)
        maria = Identity(
            customer_id="C-1", rung=Rung.VERIFIED, until=clock.now() + timedelta(hours=1)
        )
        assert await bindings.get("web:s1") is None
        await bindings.bind("web:s1", maria, timedelta(minutes=30))
        assert await bindings.get("web:s1") == maria
        assert await bindings.get("web:s2") is None
        clock.advance(timedelta(minutes=30))
        assert await bindings.get("web:s1") is None

    async def test_rebound_and_dropped(self, keyvalue: KeyValue, clock: PinnedClock) -> None:
        bindings = Bindings(keyvalue, clock, secret=SECRET)
        for customer_id in ("C-1", "C-2"):
            identity = Identity(customer_id=customer_id, rung=Rung.RECOGNISED)
            await bindings.bind("web:s1", identity, timedelta(minutes=30))
        bound = await bindings.get("web:s1")
        assert bound is not None
        assert bound.customer_id == "C-2"
        await bindings.drop("web:s1")
        assert await bindings.get("web:s1") is None

    def test_one_number_is_one_address(self) -> None:
        phones = {
            address_key(channel, "+15550101")
            for channel in (Channel.VOICE, Channel.SMS, Channel.WHATSAPP, Channel.WEB)
        }
        assert len(phones) == 1
        assert address_key(Channel.WEB, "15550101") not in phones
        assert address_key(Channel.WEB, "s1") != address_key(Channel.WEB, "s2")

    def test_a_mailbox_is_no_number_and_no_session(self) -> None:
        mailbox = address_key(Channel.EMAIL, "maria@example.com")
        assert mailbox == "email:maria@example.com"
        assert mailbox != address_key(Channel.WEB, "maria@example.com")


async def test_the_store_shows_no_number(
    attempts: KeyValueAttempts, keyvalue: KeyValue, clock: PinnedClock, path: Path
) -> None:
    await attempts.wrong("account:1000000001", "phone:+15550101")
    maria = Identity(customer_id="C-1", rung=Rung.RECOGNISED)
    bindings = Bindings(keyvalue, clock, secret=SECRET)
    await bindings.bind(address_key(Channel.SMS, "+15550101"), maria, timedelta(days=1))
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT key, value FROM keyvalue").fetchall()
        rows += connection.execute("SELECT key, count FROM counters").fetchall()
    assert len(rows) == 3
    assert not any(secret in repr(rows) for secret in ("5550101", "1000000001"))
