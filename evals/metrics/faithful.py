"""Faithfulness: no figure, date, time or number of a case that nobody gave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, SystemMessage

from evals.evidence import Evidence, Played
from evals.metrics.base import EvidenceMetric, Verdict
from evals.metrics.quantities import Quantity, in_words, quantities
from evals.metrics.threads import same_person, with_before

_HELD = ("collected", "pending", "customer", "offers", "verification")
_ON_FILE = ("account", "phone", "address", "zip")  # the graph's own words may hold these
_CONTEXT = "\n<context>\n"
_TAIL = 4  # digits that something is told by


class Faithfulness(EvidenceMetric):
    """Each amount in a reply comes from a tool's answer in this thread, from what the thread holds
    or from the agent's instructions; any other figure, date, time or id may also be the customer's
    own. What is reckoned, rounded or remembered otherwise comes from nowhere."""

    def judge(self, evidence: Evidence) -> Verdict:
        checks: list[str | None] = []
        known: dict[str, _Sources] = {}
        for number, played, before in with_before(evidence):
            who = played.turn.customer_id
            if before and who not in known and same_person(before, played):
                known[who] = known[before.turn.customer_id]  # a visitor who turned out to be known
            sources = known.setdefault(who, _Sources())
            sources.learn(evidence, played)
            checks += _unknown(played, sources, number)
        return Verdict.of(checks)


def _unknown(played: Played, sources: _Sources, number: int) -> Iterator[str | None]:
    if not any(call.agent for call in played.calls) and not played.answers:
        return  # the graph's own words: no model had a part in them
    language = str(played.thread.get("language") or "en")
    told = [*quantities(played.reply), *in_words(played.reply, language)]
    for one in dict.fromkeys(told):
        held = sources.hold(one)
        yield None if held else f"turn {number}: {one.text} comes from nowhere"


@dataclass(slots=True)
class _Sources:
    """What figures may come from, as far as the conversation went. given: by the product; said: by
    the customer."""

    given: dict[str, None] = field(default_factory=dict)
    said: dict[str, None] = field(default_factory=dict)
    known: dict[str, set[str]] = field(default_factory=dict)
    amounts: set[str] = field(default_factory=set)
    texts: str = ""

    def learn(self, evidence: Evidence, played: Played) -> None:
        """Take in all that this turn could draw on."""
        language = str(played.thread.get("language") or "en")
        for text in _given(evidence, played):
            if text not in self.given:
                self.given[text] = None
                found = {one.value for one in quantities(text) if one.kind in ("money", "number")}
                self.amounts |= found
                self._add(text, language)
        for text in (played.said, *_heard(played)):
            if text not in self.said:
                self.said[text] = None
                self._add(text, language)

    def _add(self, text: str, language: str) -> None:
        words = in_words(text, language) if len(text) < 1_000 else []
        for one in (*quantities(text), *words):
            self.known.setdefault(one.kind, set()).add(one.value)
        self.texts += " " + re.sub(r"[^0-9A-Za-z]", "", text).upper()

    def hold(self, one: Quantity) -> bool:
        """Whether a quantity was there to be told."""
        numbers = self._of("money") | self._of("number") | self._of("day")
        match one.kind:
            case "money":
                return one.value in self.amounts
            case "date":
                return one.value in self._of("date")
            case "time":
                return one.value in self._of("time") or _hour(one) in numbers
            case "id":
                return one.value in self.texts
            case "day":
                return one.value in numbers | {d.partition("-")[2] for d in self._of("date")}
            case _:
                return one.value in numbers | self._parts() or self._ends(one.value)

    def _of(self, kind: str) -> set[str]:
        return self.known.get(kind, set())

    def _parts(self) -> set[str]:
        """Numbers as parts of dates and times: "between 8 and 10 a.m."."""
        days = {part for date in self._of("date") for part in date.split("-")}
        hours = {int(minutes) // 60 for minutes in self._of("time")}
        return days | {str(h) for hour in hours for h in (hour, (hour - 1) % 12 + 1)}

    def _ends(self, digits: str) -> bool:
        """Whether a long number ends in these: "the account ending in 5678"."""
        return len(digits) == _TAIL and any(one.endswith(digits) for one in self._of("id"))


def _hour(one: Quantity) -> str:
    """A full hour as a bare number: "at 3 p.m." where a tool was given "3"."""
    hour, minute = divmod(int(one.value), 60)
    return "" if minute else str((hour - 1) % 12 + 1)


def _given(evidence: Evidence, played: Played) -> Iterator[str]:
    """Texts from the product's side: tools, the thread, agents' instructions."""
    for answer in played.answers:
        yield _json(dict(answer.body))
        yield answer.say
        yield " ".join(str(len(held)) for held in _lists(answer.body))
    for run in played.turn.tools:
        yield _json(run.args)
    for key in _HELD:
        if played.thread.get(key):
            yield _json(played.thread[key])
    for call in played.calls:
        yield _json(call.brief)
        for message in call.messages:
            if isinstance(message, SystemMessage):
                yield str(message.text).partition(_CONTEXT)[0]
            elif message.type == "tool":
                yield str(message.text)
    facts = evidence.people.get(played.turn.customer_id) or {}
    yield " ".join(facts.get(key, "") for key in _ON_FILE)


def _heard(played: Played) -> Iterator[str]:
    """What the customer said, as models were shown it; not what models said themselves."""
    for call in played.calls:
        for message in call.messages:
            if not isinstance(message, SystemMessage | AIMessage) and message.type != "tool":
                yield str(message.text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _lists(value: Any) -> Iterator[list[Any]]:
    """Lists anywhere in a tool's answer: how many there are may be told."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _lists(one)
    elif isinstance(value, list | tuple):
        yield list(value)
        for one in value:
            yield from _lists(one)
