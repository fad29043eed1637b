"""A caller who takes their leave: whether what was said is just that, and the call ends with it.

Read as strictly as a yes (`nodes.consent`): every word has to be known here. "Bye" beside anything
else, a question, a figure or a wish, is for the agent alone. What the agent says to it is the
agent's; that the call may end is decided here, before it speaks, and done after.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from contracts.messages import Channel, HangUp
from contracts.spanish import unaccented
from nodes.confirm import told_last
from nodes.guard import raised
from nodes.phrases import kinds_in, words_of
from nodes.state import State, TurnState, asked_of, open_offer, with_parts

Leave = Literal["goodbye", "nothing more", ""]
Kind = Literal["leaves", "no", "yes", "beside"]

MAX_WORDS = 30

# In lower case, without accents and punctuation.
_LEAVES = (
    r"(?:good ?)?bye(?: bye)?(?: now)?|good ?night|farewell|so long|take care|"
    r"see (?:you|ya)(?: later| soon| then)?|(?:i'll )?talk to you (?:later|soon)|"
    r"(?:you )?have a (?:very )?(?:good|great|nice|lovely|wonderful|blessed) "
    r"(?:day|one|night|evening|afternoon|morning|weekend|rest of your day)|"
    r"(?:so )?(?:that's|thats|that is|that was|that'll be|that will be) "
    r"(?:all|it|everything)(?: (?:that )?(?:i|we) (?:need|needed|wanted|had))?|"
    r"nothing (?:else|more)|(?:i|we) (?:have|need|got) to (?:go|run)|"
    r"(?:i've|we've) got to (?:go|run)|i gotta (?:go|run)|"
    r"i'll (?:let you go|hang up)|(?:i'm|im) (?:going to hang up|hanging up)|you can hang up|"
    r"adios|hasta (?:luego|pronto|manana|la proxima|la vista|otra)|chao|chau|"
    r"nos (?:vemos|hablamos)|me despido|"
    r"que (?:tenga|tengan|pase|este) (?:un |una |muy )?(?:buen|buena|bien|buenas|excelente|"
    r"lindo|linda|feliz)(?: (?:dia|tarde|noche|tardes|noches|fin de semana|semana))?|"
    r"que le vaya (?:muy )?bien|cuidese(?: mucho)?|"
    r"(?:eso|esto) (?:es|seria|era|fue) (?:todo|lo unico)|es todo|nada mas|ninguna otra cosa|"
    r"(?:ya )?(?:me voy|me tengo que ir|tengo que (?:irme|colgar))|voy a colgar|ya puede colgar"
)
# Says no to "anything else?", and nothing to anything else.
_NO = (
    r"no+|nope|nah|no thanks?|no thank you|not (?:now|today|really|right now)|"
    r"(?:i'm|im|i am|we're|we are) (?:all )?(?:good|set|fine|done|okay|ok)|all (?:set|good|done)|"
    r"no gracias|asi esta bien|ya no|por (?:hoy|ahora) no|para nada"
)
_YES = r"yes|yeah|yep|yup|sure|please|si|claro|por favor|de acuerdo|adelante"
_BESIDE = (
    r"thank you(?: (?:so|very) much)?(?: again)?|thanks(?: (?:a lot|so much|a million|again))?|"
    r"thank you kindly|many thanks|cheers|for (?:(?:all )?your|the|all the|all of your) "
    r"(?:help|time|assistance|info|information|patience)|for (?:everything|now|today|helping)|"
    r"you(?:'ve| have|'re| are|ve)? (?:been )?(?:very |so |really |a (?:great|big|huge) )?"
    r"(?:helpful|help|kind|welcome)|"
    r"i (?:really )?appreciate (?:it|that|(?:your|the|all your) help)|"
    r"(?:that's|thats|that is|that was) (?:great|good|perfect|fine|wonderful|(?:very |so )?helpful|"
    r"(?:all )?what i needed)|very (?:kind|helpful|good)|you too|same to you|likewise|"
    r"ok|okay|alright|all right|great|perfect|wonderful|excellent|awesome|good|fine|cool|well|so|"
    r"then|now|right|oh|um+|uh+|ah+|and|sir|ma'?am|nice|lovely|hey|"
    r"(?:muchas |mil |muchisimas )?gracias|muy amable|es usted muy amable|"
    r"por (?:su|la|toda su|toda la) (?:ayuda|atencion|informacion|tiempo|paciencia)|por todo|"
    r"(?:se )?l[oe] agradezco(?: mucho)?|bueno|bien|muy bien|okey|perfecto|excelente|listo|vale|"
    r"esta bien|pues|entonces|ya|por (?:hoy|ahora)|igualmente|senor(?:a|ita)?|joven|con eso|"
    r"buen dia|buenas (?:tardes|noches)|y|eh|ah|genial|estupendo"
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("leaves", re.compile(_LEAVES)),
    ("no", re.compile(_NO)),
    ("yes", re.compile(_YES)),
    ("beside", re.compile(_BESIDE)),
)
_ANYTHING_ELSE = re.compile(r"\b(?:else|any(?:thing)? more|algo mas|que mas|otra cosa)\b")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def farewell(said: str, told: str = "") -> Leave:
    """How a caller takes their leave with these words, if that is all they say. `told`: what we
    said last, which a yes or a no may be the answer to."""
    heard = _heard(said)
    if heard is None or "?" in said:
        return ""
    last = _SENTENCE.split(told.strip())[-1]
    asked = last.endswith("?")
    more = asked and _ANYTHING_ELSE.search(unaccented(last)) is not None
    if asked and not more and heard & {"yes", "no"}:
        return ""  # it is the answer to that
    if "leaves" in heard:
        return "goodbye"
    return "nothing more" if more and heard & {"no"} and "yes" not in heard else ""


def leaving(state: State) -> Leave:
    """How the caller takes their leave in this turn, where the call may end with it: nothing waits
    for an answer of theirs, and no emergency was raised."""
    turn = state["turn"]
    if turn["channel"] != Channel.VOICE or raised(state) or _waits(state):
        return ""
    return farewell(turn["said"], told_last(state))


def after_answer(turn: TurnState) -> str:
    """The node that comes after what an agent has said."""
    decision = turn.get("decision")
    if decision and decision["offer"]:
        return "offer"
    return "goodbye" if turn.get("leaves") else "remember"


class Goodbye:
    """goodbye: the call may end once the agent's words were heard; at once where the caller said
    goodbye, and the agent asks nothing."""

    async def __call__(self, state: State) -> dict[str, Any]:
        turn = state["turn"]
        if _waits(state):
            return {"turn": turn}
        asks = "?" in "".join(turn.get("texts", []))
        at_once = turn["leaves"] == "goodbye" and not asks
        return {"turn": with_parts(turn, HangUp(at_once=at_once))}


def _waits(state: State) -> bool:
    return bool(state.get("pending") or asked_of(state) or open_offer(state))


def _heard(said: str) -> set[Kind] | None:
    words = words_of(unaccented(said))
    return kinds_in(words, _KINDS) if 0 < len(words) <= MAX_WORDS else None
