"""Maria as these tests know her: her phone, her browser, what proves who she is, what she owes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from contracts.identity import Rung
from contracts.messages import Channel
from contracts.ports import Waiting
from tests.talk import Talk

MARIA = "+15550101"
STRANGER = "+15559999"
WEB = "a-browser-of-hers"


async def storm(talk: Talk) -> None:
    """Fill the phone line with callers."""
    for caller in range(80):
        waiting = Waiting(id=f"w{caller}", customer_id="c", channel=Channel.VOICE, reason="storm")
        await talk.app.memory.queues.join(waiting)
    talk.clock.advance(timedelta(seconds=5))


async def on_the_web(talk: Talk) -> str:
    """Her browser, verified."""
    maria = await talk.customer(MARIA)
    await talk.app.directory.raise_to(Channel.WEB, WEB, maria.customer_id, Rung.VERIFIED)
    return WEB


async def details(talk: Talk) -> str:
    """What verifies her."""
    maria = await talk.customer(MARIA)
    return f"{maria.account_number}, zip {await talk.zip_of(maria)}"


async def balance(talk: Talk) -> Decimal:
    maria = await talk.customer(MARIA)
    return await talk.app.records.billing.balance(maria.account_number)
