"""A place that was sent as a pin: the answer to a question for an address, the place that words are
about, or a report of an outage there."""

from __future__ import annotations

import re
from typing import Literal

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Command

from contracts.identity import Rung
from contracts.messages import Location
from contracts.records import Premise
from contracts.spanish import unaccented
from contracts.tooling import Services
from nodes.deeds import Deeds
from nodes.places import metres, named, shown
from nodes.round import Round
from nodes.state import State, TurnState, rung_of
from tools.arguments import outage_kind_in

OWN_M = 150.0  # from the customer's own place, within which a pin means it
NAMED_M = 60.0  # from a place we serve, within which a pin can stand for its address
# Words that say that something is out, and words that say no more than a pin does.
_OUTAGE = re.compile(
    r"\b(?:out(?:age)?|black\s?out|no (?:power|electric\w*|lights?|gas|service)|dark|flicker\w*"
    r"|(?:lost|lose|losing|without) (?:\w+ )?(?:power|electric\w*|gas|service)|went out|dead"
    r"|(?:power|electric\w*|lights?) (?:is |are |went )?(?:down|off|gone)"
    r"|apag[oó]n|a oscuras|sin (?:la )?(?:luz|corriente|electricidad|energ[ií]a|gas|servicio)"
    r"|se (?:nos |me )?(?:fue|ha ido) la (?:luz|corriente)|parpade\w*"
    r"|no (?:hay|tengo|tenemos) (?:luz|corriente|electricidad|energ[ií]a|gas|servicio))\b",
    re.IGNORECASE,
)
_POINTING = frozenset(
    {
        *("i'm", "im", "i", "am", "we're", "it's", "this", "is", "right", "just", "over", "here"),
        *("there", "where", "my", "location", "place", "at", "home", "house", "the"),
        *("estoy", "estamos", "es", "aqui", "aca", "mi", "ubicacion", "casa", "esta", "este"),
        *("el", "lugar"),
    }
)
_FOR_A_PLACE = re.compile(
    r"\b(?:address|where|street|place|location|direcci[oó]n|domicilio|d[oó]nde|calle|lugar)\b",
    re.IGNORECASE,
)


class Pins:
    def __init__(self, deeds: Deeds, services: Services) -> None:
        self._deeds = deeds
        self._services = services

    async def taken(self, state: State) -> Command[Literal["identity", "remember"]]:
        pin = Location.model_validate(state["turn"]["location"])
        said = state["turn"]["said"]
        own = await self._own(state, pin)
        about = _OUTAGE.search(said) is not None
        if not about and (not only_points(said) or asked_for_a_place(state)):
            return self._as_words(state, await self._address(pin, own))
        turn: TurnState = {**state["turn"], "location": None}
        turn["said"] = "\n".join(part for part in (said, shown(pin)) if part)
        round_ = Round(state)
        round_.set(turn=turn)
        kind = outage_kind_in(said) or "electric"
        if own:
            args = {"outage_type": kind, "description": said}
            await self._deeds.do(round_, "report_outage", args)
        else:
            place = {"latitude": pin.latitude, "longitude": pin.longitude}
            args_there = {**place, "kind": kind, "said": said}
            await self._deeds.do(round_, "outage_at_pin", args_there)
        update = round_.update()
        update["messages"] = [HumanMessage(turn["said"], id=turn["key"]), *update["messages"]]
        return Command(update=update, goto="remember")

    @staticmethod
    def _as_words(state: State, address: str) -> Command[Literal["identity", "remember"]]:
        """The pin as its address, behind the words that came with it."""
        words = "\n".join(part for part in (state["turn"]["said"], address) if part)
        turn: TurnState = {**state["turn"], "location": None, "said": words, "heard": True}
        heard = HumanMessage(words, id=turn["key"])
        return Command(update={"turn": turn, "messages": [heard]}, goto="identity")

    async def _own(self, state: State, pin: Location) -> Premise | None:
        """The customer's own premise, where the pin is there."""
        facts = state.get("customer") or {}
        premise_id = facts.get("premise_id")
        if not premise_id or rung_of(state["turn"]) < Rung.RECOGNISED:
            return None
        premise = await self._services.records.accounts.premise(premise_id)
        return premise if premise and metres(pin, premise) <= OWN_M else None

    async def _address(self, pin: Location, own: Premise | None) -> str:
        """An address that the pin can stand for: a place we serve, else what the pin is called."""
        if own:
            return own.address
        near = await self._services.records.accounts.near(pin.longitude, pin.latitude, NAMED_M)
        return near[0].address if near else named(pin)


def only_points(said: str) -> bool:
    """Whether words say no more than a pin does: "I'm here"."""
    words = re.findall(r"[\w']+", unaccented(said.replace("’", "'")))
    return _POINTING.issuperset(words)


def asked_for_a_place(state: State) -> bool:
    """Whether the last we said asks where."""
    told = (m.text for m in reversed(state.get("messages", [])) if isinstance(m, AIMessage))
    last = next((text.rstrip() for text in told if text), "")
    question = re.split(r"(?<=[.!?])\s+", last)[-1]
    return question.endswith("?") and bool(_FOR_A_PLACE.search(question))
