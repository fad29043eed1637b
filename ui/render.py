"""Turns as a page shows them: text, widgets and the buttons of a question. No Chainlit here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.errors import (
    BadInput,
    MemoryUnavailable,
    ModelUnavailable,
    Overloaded,
    StoreUnavailable,
    ThreadBusy,
)
from contracts.messages import Card, Channel, Choice, Choices, Handoff, Link, Text, Turn
from contracts.scenario import Brand, Scenario
from ui.cards import Widget, widget_of

CHANNELS = {
    Channel.VOICE: "Phone",
    Channel.WHATSAPP: "WhatsApp",
    Channel.SMS: "Text message",
    Channel.WEB: "Web chat",
}
YES_OR_NO = (Choice(id="yes", label="Yes"), Choice(id="no", label="No"))
_ASKING = ("how ", "what ", "when ", "where ", "why ", "who ", "can ", "is ", "are ")
_SAFE_LINKS = ("https://", "http://", "tel:", "mailto:")


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str  # Markdown
    widgets: tuple[Widget, ...] = ()
    options: tuple[Choice, ...] = ()  # buttons under it


def render(turn: Turn) -> Rendered:
    """A turn of this page's own, or one that just came in elsewhere."""
    sent = [_sent(part) for part in turn.parts if isinstance(part, Handoff)]
    text = "\n\n".join([turn.reply or _texts(turn), *sent])
    cards = [widget_of(part) for part in turn.parts if isinstance(part, Card)]
    links = [{"label": it.label, "url": it.url} for it in turn.parts if isinstance(it, Link)]
    safe = [link for link in links if link["url"].startswith(_SAFE_LINKS)]
    widgets = (*cards, *([Widget("Links", {"links": safe})] if safe else []))
    return Rendered(text.strip(), widgets, options_of(turn))


def options_of(turn: Turn) -> tuple[Choice, ...]:
    """The answers a turn leaves open; yes and no where a call waits for them."""
    asked = [part for part in turn.parts if isinstance(part, Choices)]
    if asked:
        return asked[-1].options
    return YES_OR_NO if turn.pending else ()


def entry(turn: Turn, *, zone: str, now: datetime) -> dict[str, str]:
    """A turn as a line of the history: where and when, what was said, what was answered."""
    return {
        "channel": turn.channel.value,
        "label": label(turn, zone=zone, now=now),
        "said": turn.said,
        "reply": turn.reply or _texts(turn),
    }


def label(turn: Turn, *, zone: str, now: datetime) -> str:
    """ "Phone · 10:42 AM", with the day if it isn't today."""
    here = ZoneInfo(zone)
    at = turn.at.astimezone(here)
    clock = f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"
    today = at.date() == now.astimezone(here).date()
    day = "" if today else f"{at:%b} {at.day}, "
    return f"{CHANNELS[turn.channel]} · {day}{clock}"


def greeting(name: str, brand: Brand, *, returning: bool) -> str:
    who = f", {name}" if name else ""
    if returning:
        return f"Welcome back{who}. We can pick up right where we left off."
    return f"Hello{who}! You're chatting with the assistant of {brand.name}. How can I help?"


def suggestions(scenario: Scenario, specialists: Collection[str]) -> tuple[Choice, ...]:
    """A first sentence for each specialist, for those who don't know how to begin."""
    firsts = [
        (name, agent.phrases[0])
        for name, agent in scenario.agents.items()
        if name in specialists and name != scenario.first_agent and agent.phrases
    ]
    return tuple(Choice(id=name, label=_sentence(said)) for name, said in firsts)


def _sentence(said: str) -> str:
    asks = said.lower().startswith(_ASKING)
    return said[0].upper() + said[1:] + ("?" if asks and not said.endswith("?") else "")


def apology(error: Exception, brand: Brand) -> str:
    """What a customer reads when a message could not be taken."""
    match error:
        case BadInput():
            return (
                "I couldn't read that message. Could you send it again as plain text, "
                "in a few sentences?"
            )
        case Overloaded() | ThreadBusy():
            return (
                "I'm still busy with what you sent before. Please give me a moment and send that "
                "once more."
            )
        case MemoryUnavailable() | StoreUnavailable() | ModelUnavailable():
            return (
                "I'm sorry, I can't get at my notes right now. Please try again in a minute. "
                f"In an emergency call 911 or {brand.emergency_phone}."
            )
    return (
        "I'm sorry, something went wrong on our side. Please send that again, or call us on "
        f"{brand.phone}."
    )


def _texts(turn: Turn) -> str:
    return "\n\n".join(part.text for part in turn.parts if isinstance(part, Text))


def _sent(handoff: Handoff) -> str:
    quoted = "\n".join(f"> {line}" for line in handoff.message.splitlines())
    return f"Sent to you by {CHANNELS[handoff.to]}:\n\n{quoted}"
