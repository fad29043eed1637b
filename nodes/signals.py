"""signals: what a message is besides words for an agent. STOP, START and HELP, a reaction, a file
that nobody can open, a message of ours that is quoted, a place on the map.

No model is asked. What answers a question of ours goes on as if it had been typed.
"""

from __future__ import annotations

import logging
from typing import Literal

from langchain_core.messages import HumanMessage
from langgraph.types import Command

from contracts.errors import StoreUnavailable
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.messages import MAX_TEXT, Channel, Reaction
from contracts.records import OutboxMessage
from contracts.sending import answered_by, moved_key, released_key
from contracts.tooling import Services
from nodes import wording
from nodes.beside import keyword_in, nothing_readable
from nodes.confirm import asked_last, lapsed
from nodes.deeds import Deeds
from nodes.keywords import Keyword
from nodes.masking import clean, mask
from nodes.pins import Pins
from nodes.round import Round
from nodes.state import Quoted, State, TurnState, pending_of, with_text
from tools.toolbox import Toolbox

log = logging.getLogger(__name__)

QUOTED_SHOWN = 300  # characters of a quoted message that a model is told
_YES = ("👍", "✅", "✔")
_UP = (*_YES, "❤", "🧡", "💛", "💚", "💙", "💜", "👌", "🙏", "👏", "🎉", "😍", "🥰", "💯")
_DOWN = ("👎", "😡", "😠", "🤬", "💔", "😤")
_PURPOSES: dict[Keyword, str] = {"stop": "opt-out", "start": "opt-in"}
_TOOLS: dict[Keyword, str] = {"stop": "stop_messages", "start": "start_messages"}
_HELP = marked(
    "This is {brand}. Write to us here about bills, outages or your service, or call {phone}. If "
    "you smell gas or see a wire down, call 911 and {line}. Reply STOP to end our messages."
)
_CANT_OPEN = {
    "sticker": marked("I can't see stickers. Please write to me, or send a photo."),
    "video": marked("I can't watch videos. Please write to me, or send a photo."),
    "voice": marked("I can't listen to voice messages here. Please write it to me."),
    "contacts": marked("I can't open contact cards. Please write to me what you need."),
    "document": marked("I can't open that file. Please send a photo or a PDF, or write to me."),
    "image": marked("I couldn't open your photo. Please send it once more, or write to me."),
    "empty": wording.EMPTY,
}
_SAME = {"audio": "voice", "voice note": "voice", "contact": "contacts", "file": "document"}
_OTHER = marked("I can't open that kind of message. Please write to me, or send a photo or a PDF.")
_STILL = marked("What I asked before still waits for your yes or no.")
_REACTED = marked("[reacted with {emoji}]")
_TOOK_BACK = marked("[took a reaction back]")

Next = Literal["identity", "remember"]


class Signals:
    def __init__(self, toolbox: Toolbox, services: Services) -> None:
        self._services = services
        self._deeds = Deeds(toolbox, services)
        self._pins = Pins(self._deeds, services)

    async def __call__(self, state: State) -> Command[Next]:
        turn = state["turn"]
        if turn.get("reaction"):
            return await self._reaction(state, Reaction.model_validate(turn["reaction"]))
        keyword = keyword_in(state)
        if keyword and (command := await self._keyword(state, keyword)):
            return command
        if nothing_readable(turn):
            return self._cannot_open(state)
        if turn.get("unreadable"):  # what came with it is answered, too
            turn = with_text(turn, _cannot_open(turn))
            state = {**state, "turn": turn}
        if quoted := turn.get("quoted"):
            turn = {**turn, "quoted": await self._quoted(state, quoted)}
            state = {**state, "turn": turn}
        if turn.get("location"):
            return await self._pins.taken(state)
        return Command(update={"turn": {**turn, "heard": True}}, goto="identity")

    # --- STOP, START, HELP --------------------------------------------------------------------

    async def _keyword(self, state: State, keyword: Keyword) -> Command[Next] | None:
        """None where START is said by somebody who never said STOP: then it is a word."""
        round_ = Round(state)
        if keyword == "help":
            brand = self._services.scenario.brand
            line = brand.emergency_phone
            round_.answer(t(_HELP, brand=brand.name, phone=brand.phone, line=line))
            return Command(update=round_.update(), goto="remember")
        if keyword == "start" and not await self._stopped(state["turn"]):
            return None
        done = await self._deeds.do(round_, _TOOLS[keyword], {})
        if done:
            round_.set(turn={**round_.turn, "purpose": _PURPOSES[keyword]})
        return Command(update=round_.update(), goto="remember")

    async def _stopped(self, turn: TurnState) -> bool:
        opt_outs = self._services.records.opt_outs
        return await opt_outs.stopped(Channel(turn["channel"]), turn["address"])

    # --- reactions ----------------------------------------------------------------------------

    async def _reaction(self, state: State, reaction: Reaction) -> Command[Next]:
        """A rating of the answer it was put on, without a word of ours; or the yes that this very
        answer waits for."""
        turn: TurnState = {**state["turn"], "reaction": None, "said": _noted(reaction)}
        message = await self._own_message(turn, reaction.to)
        key = _turn_key(message)
        if key and _agrees(state, key, reaction.emoji):
            turn = {**turn, "said": clean(reaction.emoji), "heard": True}
            heard = HumanMessage(turn["said"], id=turn["key"])
            return Command(update={"turn": turn, "messages": [heard]}, goto="identity")
        round_ = Round(state)
        round_.set(turn={**turn, "over": True})
        if key:
            args = {"turn": key, "thumb": _thumb(reaction.emoji)}
            await self._deeds.quietly(round_, "rate_answer", args)
        return Command(update=round_.update(), goto="remember")

    async def _own_message(self, turn: TurnState, message_id: str) -> OutboxMessage | None:
        """The message of ours with this id, if it went to whoever now names it."""
        try:
            found = await self._services.records.outbox.of_message(message_id)
        except StoreUnavailable:
            log.warning("a message of ours could not be looked up")
            return None
        sent_to = (found.channel, found.address) if found else None
        return found if sent_to == (turn["channel"], turn["address"]) else None

    # --- quotes -------------------------------------------------------------------------------

    async def _quoted(self, state: State, quoted: Quoted) -> Quoted:
        """What is quoted: its turn, and its text as far as whoever speaks may be told it."""
        turn = state["turn"]
        message = await self._own_message(turn, quoted["id"])
        if message is None:
            return quoted
        key, spoke = _turn_key(message), state.get("spoke")
        said = clean(message.text)
        told = turn.get("rung", 0) >= await self._said_on(state, message)
        shown = " ".join(mask(said).split())[:QUOTED_SHOWN] if told else ""
        last = bool(key) and spoke is not None and spoke["key"] == key
        return {**quoted, "text": shown, "said": said[:MAX_TEXT], "last": last}

    async def _said_on(self, state: State, message: OutboxMessage) -> Rung:
        """The rung on which it was said; the highest there can be where that isn't known."""
        try:
            turn = await self._services.records.transcripts.find(_turn_key(message))
        except StoreUnavailable:
            turn = None
        rungs = {rung.word: rung for rung in Rung}
        return rungs.get(turn.identity, Rung.STEPPED_UP) if turn else Rung.VERIFIED

    # --- what nobody can open -----------------------------------------------------------------

    @staticmethod
    def _cannot_open(state: State) -> Command[Next]:
        """Said once: not again to the next sticker. The thread's messages stay as they are, so that
        a question goes on waiting for its answer."""
        turn = state["turn"]
        if turn["unreadable"] == "sticker" and turn.get("again"):
            return Command(update={"turn": _closed(turn)}, goto="remember")
        text = _cannot_open(turn)
        if pending_of(state):
            text = f"{text} {t(_STILL)}"
        return Command(update={"turn": with_text(_closed(turn), text)}, goto="remember")


def _cannot_open(turn: TurnState) -> str:
    kind = turn["unreadable"]
    return t(_CANT_OPEN.get(_SAME.get(kind, kind), _OTHER))


def _closed(turn: TurnState) -> TurnState:
    return {**turn, "said": t("[sent something that can't be opened]"), "over": True}


def _agrees(state: State, key: str, emoji: str) -> bool:
    """Whether a reaction is the yes that a question waits for: put on that very question, which
    stood alone and is the last we said."""
    pending, spoke = pending_of(state), state.get("spoke")
    if pending is None or spoke is None or lapsed(pending, state["turn"]):
        return False
    question = pending["read_back"]
    alone = spoke["key"] == key and spoke["question"] == question
    return alone and asked_last(state, question) and emoji.startswith(_YES)


def _thumb(emoji: str) -> str:
    if emoji.startswith(_DOWN):
        return "down"
    return "up" if emoji.startswith(_UP) else "none"


def _noted(reaction: Reaction) -> str:
    emoji = clean(reaction.emoji)
    return t(_REACTED, emoji=emoji) if emoji else t(_TOOK_BACK)


def _turn_key(message: OutboxMessage | None) -> str:
    """The inbound key of the turn that a reply answered, also where it was held or went elsewhere
    than it was meant to; empty for what was no reply."""
    if message is None:
        return ""
    ends = released_key(""), moved_key("", Channel(message.channel))
    return answered_by(message.key).removesuffix(ends[0]).removesuffix(ends[1])
