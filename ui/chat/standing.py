"""What stands on a chat's page when it is put together out of memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.identity import Rung, is_anonymous
from contracts.language import t
from ui.cards import Widget
from ui.chat import render
from ui.chat.render import Bubble
from ui.my.files import files_widget

if TYPE_CHECKING:
    from app.build import App
    from contracts.identity import Identity
    from contracts.messages import Inbound, Turn

GREETING, UNSENT, SORRY, EARLIER = "greeting", "unsent", "sorry", "earlier"  # keys of bubbles


@dataclass(frozen=True, slots=True)
class Greeting:
    """What was said when the page opened. after: the turn below which it stands, by its key;
    empty at the very beginning."""

    text: str
    at: datetime
    after: str = ""


async def greeting(app: App, identity: Identity, turns: Sequence[Turn]) -> Greeting:
    """For a page that opens below these turns. Raises StoreUnavailable."""
    text = render.greeting(
        await _first_name(app, identity),
        app.scenario.brand,
        returning=bool(turns),
        asked=bool(turns and render.options_of(turns[-1])),
    )
    return Greeting(text, app.clock.now(), turns[-1].inbound_key if turns else "")


def may_see(identity: Identity, turn: Turn) -> bool:
    """Whether a turn was said on no higher rung than the one this session stands on now."""
    rung = next((rung for rung in Rung if rung.word == turn.identity), Rung.STEPPED_UP)
    return rung <= identity.rung


def seen_by(identity: Identity, turns: Sequence[Turn]) -> list[Turn]:
    """Those of a session's turns in which there is something to see."""
    return [turn for turn in turns if may_see(identity, turn) and not turn.silent]


def bubbles(
    turns: Sequence[Turn],
    greeted: Greeting,
    *,
    unsent: tuple[Inbound, str] | None,
    more: bool,
    zone: str,
    now: datetime,
) -> list[Bubble]:
    """The turns in order, with the greeting where it was said. unsent: what was not taken, and
    the apology for it; more: there are turns before these."""
    found = render.turns_as_bubbles(turns, zone=zone, now=now)
    _put_greeting(found, turns, greeted)
    if more:
        props = {"label": t("Show earlier messages")}
        found.insert(0, Bubble(EARLIER, "", now, widgets=(Widget("History", props),)))
    if unsent is not None:
        message, sorry = unsent
        files = files_widget(message.media, reachable=False)
        said = Bubble(UNSENT, message.text, now, by_customer=True, widgets=files)
        found += [said, Bubble(SORRY, sorry, now)]
    return found


def _put_greeting(found: list[Bubble], turns: Sequence[Turn], greeted: Greeting) -> None:
    """Nowhere, once the turn it stood below is further back than the page reaches."""
    hello = Bubble(GREETING, greeted.text, greeted.at)
    above = next((turn for turn in turns if turn.inbound_key == greeted.after), None)
    if above is not None:
        keys = (render.said_key(above), render.answer_key(above))
        found.insert(max(n for n, it in enumerate(found) if it.key in keys) + 1, hello)
    elif not greeted.after:
        found.insert(0, hello)


async def _first_name(app: App, identity: Identity) -> str:
    if is_anonymous(identity.customer_id):
        return ""
    customer = await app.records.customers.get(identity.customer_id)
    return customer.first_name if customer else ""
