"""A call that nobody took who it was put through to: what its caller is told, and their thread.

The carrier tells `Gateway.happened` with it, and speaks `happening.text`: what of that is heard is
told by its key, as of any reply.
"""

from __future__ import annotations

from datetime import datetime

from contracts.identity import Rung
from contracts.language import speaking, t
from contracts.messages import Channel, Happening, Inbound
from nodes import wording


def untaken(
    call_id: str, address: str, customer_id: str, *, language: str, nth: int = 1, at: datetime
) -> Inbound:
    """Nobody took the call. nth: the how manieth time in this call."""
    with speaking(language):
        text = t(wording.NOBODY_FREE)
    return Inbound(
        channel=Channel.VOICE,
        address=address,
        id=f"{call_id}:untaken:{nth}",
        session=call_id,
        happening=Happening(customer_id=customer_id, text=text, waits=True, rung=Rung.ANONYMOUS),
        at=at,
    )
