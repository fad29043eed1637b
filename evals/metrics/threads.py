"""The turns of a play by the thread they ended in: who is told and asked what is a matter of whose
conversation it is."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.identity import is_anonymous
from evals.evidence import Evidence, ModelCall, Played

_PROVING = "verify_customer_identity"


def same_person(before: Played, played: Played) -> bool:
    """Whether a turn is by who spoke in the one before. A visitor who proves to be a customer is
    the same person; a customer who proves to be another one is not."""
    if before.by != played.by:
        return False
    was, is_ = before.turn.customer_id, played.turn.customer_id
    return was == is_ or not was or is_anonymous(was)


def own_calls(played: Played, before: Played | None) -> list[ModelCall]:
    """The turn's calls for the customer it ended with: not those before another one was proven."""
    calls = [call for call in played.calls if call.agent]
    if before is None or before.turn.customer_id == played.turn.customer_id:
        return calls
    proving = [at for at, call in enumerate(calls) if _PROVING in call.tools]
    return calls[proving[0] + 1 :] if proving else calls


def with_before(evidence: Evidence) -> Iterator[tuple[int, Played, Played | None]]:
    """Each turn with its number, from 1, and the turn before it."""
    before: Played | None = None
    for number, played in enumerate(evidence.turns, 1):
        yield number, played, before
        before = played
