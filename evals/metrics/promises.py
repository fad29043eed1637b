"""PromisesKept: what a reply says was sent or done, was."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.messages import Handoff
from contracts.tooling import Effect
from evals.evidence import Evidence, Played
from evals.metrics.base import EvidenceMetric, Verdict

_CODE = re.compile(r"\b\d{6}\b")
_SENT = re.compile(
    r"\b(?:i've|i have|we've|we have|i|we) (?:just |also )?sent (?:you |it |them )?"
    r"(?:(?:a|an|the|another|one|your|that) )?(?:\S+ ){0,2}?"
    r"(?:message|text|code|link|e-?mail|confirmation)\b"
    r"|\b(?:le )?(?:envi[eé]|mand[eé]|(?:he|hemos) (?:enviado|mandado)|enviamos) "
    r"(?:(?:un|una|el|la|otro|su) )?(?:\S+ ){0,2}?"
    r"(?:mensaje|texto|c[oó]digo|enlace|correo|confirmaci[oó]n)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:i've|i have|we've|we have) (?:just |now |also )?"
    r"(?:paid|scheduled|booked|cancell?ed|rescheduled|enrolled|reported|transferred|submitted"
    r"|signed you up|switched you)\b"
    r"|\b(?:(?:he|hemos) (?:pagado|programado|cancelado|inscrito|reportado|transferido)"
    r"|(?:ya )?(?:pagu[eé]|program[eé]|cancel[eé]|report[eé])) (?:su|el|la|los|las|un|una|\$)",
    re.IGNORECASE,
)


class PromisesKept(EvidenceMetric):
    """A code, a message or a move to another channel that a reply tells of has gone out, and a deed
    it tells of was done in this conversation."""

    def judge(self, evidence: Evidence) -> Verdict:
        checks: list[str | None] = []
        before: dict[str, Mapping[str, Any]] = {}
        done = False
        for number, played in enumerate(evidence.turns, 1):
            done = done or _acted(evidence, played)
            earlier = before.get(played.turn.customer_id, {})
            checks += _sent(played, earlier, number)
            claims = _DONE.search(played.reply.replace("’", "'"))
            if claims:
                empty = f"turn {number}: says {claims[0]!r}, and nothing was done"
                checks.append(None if done else empty)
            before[played.turn.customer_id] = played.thread
        return Verdict.of(checks)


def _acted(evidence: Evidence, played: Played) -> bool:
    """Whether a turn did something: reading and handing over is not it."""
    changing = (Effect.WRITE, Effect.EMERGENCY)
    return any(
        run.status == "done"
        and run.name in evidence.specs
        and evidence.specs[run.name].effect in changing
        for run in played.turn.tools
    )


def _sent(played: Played, earlier: Mapping[str, Any], number: int) -> Iterator[str | None]:
    check, last = played.thread.get("verification") or {}, earlier.get("verification") or {}
    if check.get("code_sent_to") and not last.get("code_sent_to"):
        gone = any(_CODE.search(message.text) for message in played.sent)
        yield None if gone else f"turn {number}: no code went out"
    for part in played.turn.parts:
        if isinstance(part, Handoff):
            gone = any(message.text for message in played.sent)
            yield None if gone else f"turn {number}: nothing was sent to {part.to.value}"
    told = _SENT.search(played.reply.replace("’", "'"))
    if told:
        yield None if played.sent else f"turn {number}: says {told[0]!r}, and nothing went out"
