"""photos: what came with messages is put with a case, after all else that a turn does.

So a case that was opened in the same turn is found, and an emergency comes first. What waits is in
the thread's `photos` until it is kept: a visitor's until they are known.
"""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, RemoveMessage, ToolMessage

from contracts.identity import Rung
from contracts.language import marked, t
from contracts.thread import Verification
from contracts.tooling import AskAgain, Cannot, Done, Effect, Services, Status
from nodes.calls import call_of
from nodes.media import has_photo
from nodes.outcomes import BROKE
from nodes.round import Asked, Round
from nodes.state import State, TurnState, asked_of, call_id, of_turn, rung_of
from tools.toolbox import Toolbox

KEEP = "keep_photo"
_WORDS = 500  # characters of what was said, for whoever looks at the photo
_WHO = marked(
    "To keep your photo I need to make sure it's you. Please tell me your account number and one "
    "of these: the ZIP code, your date of birth, or the last four digits of the Social Security "
    "number on file."
)
_THEN = marked("Once I know that it's you I'll keep your photo, too.")


def to_keep(state: State) -> bool:
    """Whether there is something to say or do about photos at the end of this turn."""
    turn = state["turn"]
    if not state.get("photos") or turn.get("move_to") or not turn.get("session_id"):
        return False
    if turn.get("silent"):
        return False
    return rung_of(turn) >= Rung.RECOGNISED or has_photo(turn)


class Photos:
    """Keeps what waits, and says so."""

    def __init__(self, toolbox: Toolbox, services: Services) -> None:
        self._toolbox = toolbox
        self._services = services

    async def keep(self, round_: Round) -> None:
        """Put the photos with a case. The words come after what was said in the turn so far; what
        a model reads of it comes at the end of the round."""
        if not to_keep(round_.state):
            return
        spec = self._toolbox.by_name[KEEP]
        if rung_of(round_.turn) < spec.rung:
            self._ask_who(round_)
            return
        photos = round_.state.get("photos", [])
        words = round_.turn["said"][:_WORDS]
        args = {"photos": [photo["id"] for photo in photos], "words": words}
        parsed = self._toolbox.parse(spec, args)
        if isinstance(parsed, AskAgain):
            raise TypeError("the graph's own arguments are not taken")
        call = call_of(round_.state, self._services, key=round_.key_for(KEEP))
        result = await self._toolbox.run(spec, call, parsed)
        own_id = call_id(round_.turn, f"photos.{len(round_.turn['tools'])}")
        asked = Asked(id=own_id, name=KEEP, args=args, by_graph=True)
        match result:
            case Done():
                round_.set(photos=[])
                round_.aside(asked, "done", {"say": result.say, "data": result.data})
                round_.ran(asked, spec, "done")
                round_.tell(result.say, *result.show)
            case Cannot():
                self._not_kept(round_, asked, result)

    def _not_kept(self, round_: Round, asked: Asked, result: Cannot) -> None:
        """What broke on our side is tried again in the next turn, and told of once."""
        broke = result.reason in BROKE
        status: Status = "failed" if broke else "cannot"
        round_.ran(asked, self._toolbox.by_name[KEEP], status)
        if broke and not has_photo(round_.turn):
            return
        if not broke:
            round_.set(photos=[])
        told = " ".join(part for part in (result.say, result.next) if part)
        round_.aside(asked, status, {"reason": result.reason, "say": told})
        round_.tell(told)

    def _ask_who(self, round_: Round) -> None:
        """A visitor's photos wait. In an emergency nobody is asked who they are."""
        turn = round_.turn
        effects = {self._toolbox.by_name[run["name"]].effect for run in turn["tools"]}
        if Effect.EMERGENCY in effects:
            return
        if asked_of(round_.state):
            round_.tell(t(_THEN))
            return
        check: Verification = {
            "rung": int(Rung.VERIFIED),
            "address": turn["address"],
            "asked": 0,
        }
        round_.set(verification=check)
        round_.answer(t(_WHO))


class PhotosNode:
    def __init__(self, toolbox: Toolbox, services: Services) -> None:
        self._photos = Photos(toolbox, services)

    async def __call__(self, state: State) -> dict[str, Any]:
        round_ = Round(state)
        await self._photos.keep(round_)
        update = round_.update()
        if update["messages"] and isinstance(update["messages"][-1], ToolMessage):
            update["messages"] = _last_word(state, round_.turn, update["messages"])
        return update


def _last_word(state: State, turn: TurnState, noted: list[AnyMessage]) -> list[BaseMessage]:
    """What the agent said stays the last that was said, behind what was noted: the customer's next
    message may answer it. Where nobody spoke, the words of this turn are the last."""
    last = state["messages"][-1] if state["messages"] else None
    if isinstance(last, AIMessage) and last.text and not last.tool_calls and last.id:
        again = last.model_copy(update={"id": f"{last.id}-last"})
        return [RemoveMessage(id=last.id), *noted, again]
    return [*noted, of_turn(AIMessage(turn["texts"][-1]), turn)]
