"""Turns as a page shows them: bubbles, widgets and the buttons of a question. No Chainlit here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.errors import (
    BadInput,
    MemoryUnavailable,
    ModelUnavailable,
    Overloaded,
    StoreUnavailable,
    ThreadBusy,
)
from contracts.identity import Rung
from contracts.language import marked, speaking, spoken, t
from contracts.messages import Card, Channel, Choice, Choices, Handoff, Link, Text, Turn
from contracts.scenario import Brand
from contracts.sending import Status
from nodes.choices import pressed
from nodes.language import language_of
from tools.speech import short_day, time_of_day
from ui.cards import Widget, widget_of
from ui.my.files import files_widget

CHANNELS = {
    Channel.VOICE: marked("Phone"),
    Channel.WHATSAPP: marked("WhatsApp"),
    Channel.SMS: marked("Text message"),
    Channel.WEB: marked("Web chat"),
    Channel.EMAIL: marked("E-mail"),
}
DELIVERIES: dict[str, str] = {  # of an answer that went out over a provider
    Status.DELIVERED: marked("answer delivered"),
    Status.READ: marked("answer read"),
    Status.FAILED: marked("the answer couldn't be delivered"),
    Status.HELD: marked("the answer waits until you write there"),
}
BROKEN_OFF = marked("answer broken off")  # by a caller who spoke over it
# Turns whose files whoever may see the turn is given.
_REACHABLE = frozenset({Rung.VERIFIED.word, Rung.STEPPED_UP.word})
PAUSE = timedelta(hours=1)  # after which a web chat's turn is shown with its time
_SAFE_LINKS = ("https://", "http://", "tel:", "mailto:")


@dataclass(frozen=True, slots=True)
class Rendered:
    text: str  # Markdown
    widgets: tuple[Widget, ...] = ()
    options: tuple[Choice, ...] = ()  # buttons under it


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as it stands on the page. key: no other on the page has it."""

    key: str
    text: str  # the customer's as it is, ours Markdown
    at: datetime
    by_customer: bool = False
    widgets: tuple[Widget, ...] = ()


def render(turn: Turn) -> Rendered:
    """What a turn answered, in the language it was answered in."""
    with speaking(language_of_turn(turn)):
        sent = [_sent(part) for part in turn.parts if isinstance(part, Handoff)]
        text = "\n\n".join([turn.told if turn.reply else _texts(turn), *sent])
        cards = [widget_of(part) for part in turn.parts if isinstance(part, Card)]
        links = [{"label": it.label, "url": it.url} for it in turn.parts if isinstance(it, Link)]
        safe = [link for link in links if link["url"].startswith(_SAFE_LINKS)]
        widgets = (*cards, *([Widget("Links", {"links": safe})] if safe else []))
        return Rendered(text.strip(), widgets, options_of(turn))


def language_of_turn(turn: Turn) -> str:
    """The language of what was answered; the page's where it can't be told."""
    return language_of(turn.reply) or spoken()


def options_of(turn: Turn) -> tuple[Choice, ...]:
    """The answers a turn leaves open; yes and no where it asks for them. What still waits for a
    yes, but was not asked here, gets no buttons: nobody would see what they agree to."""
    asked = [part for part in turn.parts if isinstance(part, Choices) and _was_heard(turn, part)]
    elsewhere = turn.offer and turn.channel is not Channel.WEB  # that session alone can take it up
    if asked and not elsewhere:
        return asked[-1].options
    if not turn.pending or turn.pending.get("read_back", "") not in turn.told:
        return ()
    with speaking(language_of_turn(turn)):
        return (Choice(id="yes", label=t("Yes")), Choice(id="no", label=t("No")))


def _was_heard(turn: Turn, question: Choices) -> bool:
    return turn.heard is None or question.prompt in turn.heard


def said_key(turn: Turn) -> str:
    """The bubble that holds what the customer said in a turn."""
    return f"said/{turn.inbound_key}"


def answer_key(turn: Turn) -> str:
    """The bubble that holds what was answered in a turn."""
    return f"answer/{turn.inbound_key}"


def bubbles(
    turn: Turn, before: Turn | None, *, zone: str, now: datetime, labelled: bool = False
) -> list[Bubble]:
    """A turn as it stands in a conversation: what was said, what was answered.

    Where it was said stands above it if that was not this chat or a while after `before`, the
    turn before it, or always if `labelled`.
    """
    chip: tuple[Widget, ...] = ()
    if labelled or _wants_label(turn, before):
        shown = {"channel": turn.channel.value, "label": label(turn, zone=zone, now=now)}
        chip = (Widget("Elsewhere", shown),)
    said = said_in(turn, before)
    rendered = render(turn)
    files = files_widget(turn.media, reachable=turn.identity in _REACHABLE)
    by_customer = bool(said or files)
    found = [Bubble(said_key(turn), said, turn.at, True, (*chip, *files))] if by_customer else []
    if rendered.text or rendered.widgets:
        widgets = rendered.widgets if by_customer else (*chip, *rendered.widgets)
        found.append(Bubble(answer_key(turn), rendered.text, turn.at, widgets=widgets))
    return found


def said_in(turn: Turn, before: Turn | None) -> str:
    """What the customer said; of a button that was pressed its words."""
    options = options_of(before) if before else ()
    return next((it.label for it in options if pressed(it.id)[0] == turn.said), turn.said)


def label(turn: Turn, *, zone: str, now: datetime) -> str:
    """ "Phone · 10:42 AM", with the day if it isn't today, and what became of the answer."""
    at = turn.at.astimezone(ZoneInfo(zone))
    today = at.date() == now.astimezone(ZoneInfo(zone)).date()
    day = "" if today else f"{short_day(at.date())}, "
    where = f"{t(CHANNELS[turn.channel])} · {day}{time_of_day(at)}"
    if turn.heard is not None:
        return f"{where} · {t(BROKEN_OFF)}"
    return f"{where} · {t(DELIVERIES[turn.delivery])}" if turn.delivery in DELIVERIES else where


def greeting(name: str, brand: Brand, *, returning: bool, asked: bool = False) -> str:
    """returning: something was said before. asked: a question of ours is still open."""
    if not returning:
        hello = t("Hello, {name}!", name=name) if name else t("Hello!")
        welcome = t(
            "You're chatting with the assistant of {brand}. How can I help?", brand=brand.name
        )
        return f"{hello} {welcome}"
    hello = t("Welcome back, {name}.", name=name) if name else t("Welcome back.")
    if asked:
        more = t("My last question is still open: you can answer it here.")
    else:
        more = t("We can pick up right where we left off.")
    return f"{hello} {more}"


def apology(error: Exception, brand: Brand) -> str:
    """What a customer reads when a message could not be taken."""
    match error:
        case BadInput():
            return t(
                "I couldn't read that message. Could you send it again as plain text, "
                "in a few sentences?"
            )
        case Overloaded() | ThreadBusy():
            return t(
                "I'm still busy with what you sent before. Please give me a moment and send that "
                "once more."
            )
        case MemoryUnavailable() | StoreUnavailable() | ModelUnavailable():
            return t(
                "I'm sorry, I can't get at my notes right now. Please try again in a minute. "
                "In an emergency call 911 or {phone}.",
                phone=brand.emergency_phone,
            )
    return t(
        "I'm sorry, something went wrong on our side. Please send that again, or call us on "
        "{phone}.",
        phone=brand.phone,
    )


def turns_as_bubbles(turns: Sequence[Turn], *, zone: str, now: datetime) -> list[Bubble]:
    """Turns in order, each as `bubbles` shows it."""
    pairs = zip(turns, [None, *turns], strict=False)
    return [it for turn, before in pairs for it in bubbles(turn, before, zone=zone, now=now)]


def _wants_label(turn: Turn, before: Turn | None) -> bool:
    if turn.channel is not Channel.WEB or before is None:
        return True
    return before.channel is not Channel.WEB or turn.at - before.at > PAUSE


def _texts(turn: Turn) -> str:
    return "\n\n".join(part.text for part in turn.parts if isinstance(part, Text))


def _sent(handoff: Handoff) -> str:
    quoted = "\n".join(f"> {line}" for line in handoff.message.splitlines())
    heading = t("Sent to you by {channel}:", channel=t(CHANNELS[handoff.to]))
    return f"{heading}\n\n{quoted}"
