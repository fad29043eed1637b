"""Links to an outage's page, on every backend that keeps them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.clock import PinnedClock
from contracts.errors import LinkRefused
from contracts.ports import OutageLinks
from stores.memory import Memory
from stores.outage_links import LASTS, KeptOutageLinks
from tests.conformance.records_data import NOW

pytestmark = pytest.mark.conformance

BASE = "https://help.example.com"


@pytest.fixture
def clock() -> PinnedClock:
    return PinnedClock(NOW)


@pytest.fixture
def links(memory: Memory, clock: PinnedClock) -> OutageLinks:
    return KeptOutageLinks(memory.keyvalue, clock, secret=b"secret", base_url=f"{BASE}/")


def token_of(url: str) -> str:
    start = f"{BASE}/outages/mine/"
    assert url.startswith(start)
    return url.removeprefix(start)


async def refusal(links: OutageLinks, token: str) -> str:
    with pytest.raises(LinkRefused) as refused:
        await links.open(token)
    return refused.value.reason


async def test_a_link_opens_its_outage_as_often_as_one_likes(links: OutageLinks) -> None:
    one, other = await links.issue("O-1"), await links.issue("O-2")
    for _ in range(3):
        assert await links.open(token_of(one)) == "O-1"
    assert await links.open(token_of(other)) == "O-2"


async def test_all_who_have_an_outage_have_the_same_link(links: OutageLinks) -> None:
    """So that it can't stand for one of them. Nor is the outage's id in it."""
    assert await links.issue("O-1") == await links.issue("O-1")
    assert "O-1" not in await links.issue("O-1")


async def test_it_fits_into_a_text_message(links: OutageLinks) -> None:
    assert len(token_of(await links.issue("O-1"))) <= 24


async def test_it_lasts_three_days_from_the_last_time(
    links: OutageLinks, clock: PinnedClock
) -> None:
    token = token_of(await links.issue("O-1"))
    clock.advance(LASTS - timedelta(minutes=1))
    assert await links.open(token) == "O-1"
    await links.issue("O-1")
    clock.advance(LASTS - timedelta(minutes=1))
    assert await links.open(token) == "O-1"
    clock.advance(timedelta(minutes=1))
    assert await refusal(links, token) == "expired"


@pytest.mark.parametrize("token", ["", "x", "O-1", "0" * 20, "ü/..\n", "a" * 5000])
async def test_forged(links: OutageLinks, token: str) -> None:
    await links.issue("O-1")
    assert await refusal(links, token) == "forged"


async def test_another_secret_makes_other_links(links: OutageLinks, memory: Memory) -> None:
    token = token_of(await links.issue("O-1"))
    others = KeptOutageLinks(memory.keyvalue, PinnedClock(NOW), secret=b"other", base_url=BASE)
    assert token_of(await others.issue("O-1")) != token
    assert await refusal(others, token) == "forged"
