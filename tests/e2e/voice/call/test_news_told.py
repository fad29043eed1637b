"""A call that tells news, from where it is taken: nobody speaks, or somebody rings off."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Channel, Happening, Inbound
from gateway.proactive.reaching import told_id, told_key
from tests.phoning import Phone, phone
from tests.site import eventually
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
NEWS = "The power at your address is expected back in an hour. If you have a question, just ask me."


async def taken(talk: Talk, maria: Phone) -> None:
    """The thread knows the news, and she takes the call."""
    customer = await talk.customer(MARIA)
    happening = Happening(customer_id=customer.customer_id, text=NEWS, rung=Rung.RECOGNISED)
    told = Inbound(
        channel=Channel.VOICE,
        address=MARIA,
        id=told_id(maria.call_id),
        happening=happening,
        at=talk.clock.now(),
    )
    _ = [part async for part in talk.app.gateway.receive(told)]
    await maria.dial(direction="outbound", opening=NEWS, told=told_key(maria.call_id))


async def said_in_thread(maria: Phone) -> list[str]:
    messages: list[Any] = (await maria.thread())["messages"]
    return [message.text for message in messages if message.type == "ai"]


async def test_where_nobody_says_a_word_we_say_goodbye(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await taken(talk, maria)
        assert await maria.until_over() == "silent"
        assert maria.heard == [
            "Hello Maria, this is Cascade Light and Gas.",
            NEWS,
            "That was all. You can reach us at any time. Goodbye.",
        ]
        assert not maria.gateway.received
        assert await said_in_thread(maria) == [NEWS]


async def test_what_was_not_heard_is_not_kept(talk: Talk) -> None:
    async with phone(talk, MARIA) as maria:
        await taken(talk, maria)
        await maria.until(lambda: any(text.startswith("The power") for text in maria.heard))
        await maria.quiet(0.6)
        assert await maria.rings_off() == "abandoned"

        async def cut() -> bool:
            [kept] = await said_in_thread(maria)
            return NEWS.startswith(kept) and 0 < len(kept) < len(NEWS)

        assert await eventually(cut)
