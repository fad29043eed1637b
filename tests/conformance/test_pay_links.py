"""Pay links on each backend: signed, looked at as often as one likes, used once."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.clock import PinnedClock
from contracts.errors import LinkRefused
from contracts.messages import Channel
from contracts.records import Paying, PaymentMethod, ReplyTo
from contracts.scenario import IdentityPolicy
from stores.memory import Memory
from stores.pay_links import MAX_TRIES, KeptPayLinks
from tests.conformance.conftest import Backend

pytestmark = pytest.mark.conformance

SECRET = b"a secret of the tests, long enough for anything"
ADDRESS = "+15035550101"
TO = ReplyTo(channel=Channel.SMS, address=ADDRESS, language="es")
VISA = PaymentMethod(
    method_id="card", kind="card", label="Visa ending in 4242", token="tok_visa_3f9a0c41d7be_4242"
)
POLICY = IdentityPolicy()


def links_of(memory: Memory, clock: PinnedClock, secret: bytes = SECRET) -> KeptPayLinks:
    return KeptPayLinks(
        memory.keyvalue, clock, secret=secret, base_url="https://example.test/", policy=POLICY
    )


@pytest.fixture
def links(memory: Memory, clock: PinnedClock) -> KeptPayLinks:
    return links_of(memory, clock)


def paying(clock: PinnedClock, amount: str = "162.87") -> Paying:
    return Paying(amount=Decimal(amount), method=VISA, at=clock.now())


async def issued(links: KeptPayLinks) -> str:
    url = await links.issue("cust-1", "4012345678", Decimal("162.87"), TO)
    assert url.startswith("https://example.test/pay/")
    return url.rsplit("/", 1)[1]


async def reason(links: KeptPayLinks, token: str) -> str:
    with pytest.raises(LinkRefused) as refused:
        await links.look(token)
    return refused.value.reason


async def test_looking_tells_what_is_to_be_paid_and_uses_nothing_up(links: KeptPayLinks) -> None:
    token = await issued(links)
    seen = [await links.look(token) for _ in range(5)]
    assert seen == [seen[0]] * 5
    assert (seen[0].customer_id, seen[0].account_number) == ("cust-1", "4012345678")
    assert (seen[0].amount, seen[0].reply_to, seen[0].paying) == (Decimal("162.87"), TO, None)


async def test_the_token_holds_nothing_about_anybody(links: KeptPayLinks) -> None:
    token = await issued(links)
    opaque = token.split(".")[0]
    decoded = base64.urlsafe_b64decode(opaque + "==")
    assert len(decoded) == 16
    for secret in ("cust-1", "4012345678", ADDRESS, "162"):
        assert secret not in token
    assert token not in (await links.look(token)).key
    assert len({await issued(links) for _ in range(20)}) == 20


async def test_of_many_at_once_in_two_processes_one_takes_it(
    links: KeptPayLinks, backend: Backend, clock: PinnedClock
) -> None:
    token = await issued(links)
    async with backend.open() as other:
        both = (links, links_of(other, clock))
        tries = (both[n % 2].take(token, paying(clock, f"{n + 1}.00")) for n in range(20))
        results = await asyncio.gather(*tries, return_exceptions=True)
    taken = [it for it in results if not isinstance(it, BaseException)]
    assert len(taken) == 1
    assert {it.reason for it in results if isinstance(it, LinkRefused)} == {"used"}
    assert await links.look(token) == taken[0]  # what it paid is known to all who look


async def test_it_expires_by_the_clock(links: KeptPayLinks, clock: PinnedClock) -> None:
    token, used, what = await issued(links), await issued(links), paying(clock)
    await links.take(used, what)
    clock.advance(timedelta(hours=POLICY.pay_link_hours) - timedelta(seconds=1))
    assert (await links.look(token)).paying is None
    clock.advance(timedelta(seconds=1))
    assert await reason(links, token) == "expired"
    with pytest.raises(LinkRefused, match="expired"):
        await links.take(token, paying(clock))
    assert (await links.look(used)).paying == what


async def test_a_forged_or_foreign_token_is_refused(
    links: KeptPayLinks, memory: Memory, clock: PinnedClock
) -> None:
    token = await issued(links)
    other = await issued(links_of(memory, clock, b"another secret, as long as the first one"))
    for forged in (f"{token[:-4]}AAAA", token[1:], "", "x.y", other):
        assert await reason(links, forged) == "forged"


async def test_given_back_it_pays_under_another_key(
    links: KeptPayLinks, clock: PinnedClock
) -> None:
    token = await issued(links)
    first = await links.take(token, paying(clock))
    given = await asyncio.gather(*(links.give_back(token, "No money.") for _ in range(5)))
    assert {link.key for link in given} == {given[0].key}
    assert given[0].key != first.key
    assert (given[0].declined, given[0].paying) == ("No money.", None)
    second = await links.take(token, paying(clock))
    assert second.key == given[0].key


async def test_after_so_many_declines_it_is_over(links: KeptPayLinks, clock: PinnedClock) -> None:
    token = await issued(links)
    for n in range(MAX_TRIES):
        await links.take(token, paying(clock))
        if n < MAX_TRIES - 1:
            await links.give_back(token, "No money.")
    with pytest.raises(LinkRefused, match="expired"):
        await links.give_back(token, "No money.")
    assert await reason(links, token) == "expired"
