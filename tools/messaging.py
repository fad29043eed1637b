"""What customers do by message besides asking: STOP, START, and a thumb on an answer.

The graph calls these, for what it knows without a model.
"""

from __future__ import annotations

from typing import Literal

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import Channel
from contracts.records import Rating
from contracts.tooling import Call, Done, Effect
from tools.toolkit import tool

_STOPPED = {
    Channel.SMS: marked(
        "You won't get any more messages from us on this number unless you write to us. Reply "
        "START to get them again."
    ),
    Channel.WHATSAPP: marked(
        "You won't get any more WhatsApp messages from us on this number unless you write to us. "
        "Reply START to get them again."
    ),
    Channel.EMAIL: marked(
        "You won't get any more e-mails from us at this address unless you write to us. Reply "
        "START to get them again."
    ),
}
_NO_CALLS = marked(
    "We won't call you with news any more. If you change your mind, say: you can call me again."
)
_CALLS_AGAIN = marked("We'll call you with news again. Tell me at any time if you'd rather not.")
_STARTED = marked("You'll get our messages again. Reply STOP at any time to end them.")


@tool(
    effect=Effect.WRITE,
    rung=Rung.ANONYMOUS,
    by_graph=True,
    step=marked("Stopping our messages"),
)
async def stop_messages(call: Call) -> Done:
    """Send nothing more to the address that the customer writes from, other than answers. What it
    followed of outages ends with it."""
    records = call.services.records
    await records.opt_outs.stop(call.channel, call.address, call.services.clock.now())
    ended = await records.outages.unsubscribe(call.channel, call.address)
    if call.channel is Channel.VOICE:
        say = t(_NO_CALLS)
    else:
        say = t(_STOPPED.get(call.channel, _STOPPED[Channel.SMS]))
    return Done({"stopped": call.channel.value, "updates_ended": ended}, say)


@tool(
    effect=Effect.WRITE,
    rung=Rung.ANONYMOUS,
    by_graph=True,
    step=marked("Turning our messages on again"),
)
async def start_messages(call: Call) -> Done:
    """Send messages again to the address that the customer writes from, after a STOP."""
    await call.services.records.opt_outs.start(call.channel, call.address)
    say = t(_CALLS_AGAIN if call.channel is Channel.VOICE else _STARTED)
    return Done({"started": call.channel.value}, say)


@tool(
    effect=Effect.WRITE,
    rung=Rung.ANONYMOUS,
    by_graph=True,
    step=marked("Keeping your rating"),
)
async def rate_answer(
    call: Call, turn: str = "", thumb: Literal["up", "down", "none"] = "none"
) -> Done:
    """Keep what the customer thinks of an answer, or take it back.

    Args:
        turn: The inbound key of the answer's turn.
        thumb: "up", "down", or "none" where it was taken away.
    """
    feedback = call.services.records.feedback
    if thumb == "none":
        await feedback.remove(turn, call.customer_id)
    else:
        await feedback.add(
            Rating(
                key=turn,
                customer_id=call.customer_id,
                value=1 if thumb == "up" else -1,
                at=call.services.clock.now(),
            )
        )
    return Done({"thumb": thumb}, t("Thank you for telling me."))


TOOLS = (stop_messages, start_messages, rate_answer)
