"""What models were given, from one to the next: nothing dropped, nothing stale, nobody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.tooling import Effect
from evals.evidence import Evidence, ModelCall, Played
from evals.metrics.threads import own_calls, with_before
from nodes.consent import consent
from nodes.state import MAX_COLLECTED, RUNG

RUNGS = ("anonymous", "recognised", "verified", "stepped up")
_KEPT_APART = frozenset({"say", RUNG})  # of a topic, for the graph alone


@dataclass(slots=True)
class _Thread:
    """One customer's conversation so far. ran: tools done since the call before."""

    before: ModelCall | None = None
    ran: set[str] = field(default_factory=set)
    values: Mapping[str, Any] = field(default_factory=dict)
    moved: bool = False


def carried(evidence: Evidence) -> Iterator[str | None]:
    """Checks of every call of an agent's model against the one before in its thread."""
    threads: dict[str, _Thread] = {}
    for number, played, before in with_before(evidence):
        thread = threads.setdefault(played.turn.customer_id, _Thread())
        thread.moved = thread.moved or played.switched
        thread.ran |= _by_graph(evidence, played)
        yield _still_waits(thread, played, number)
        own = own_calls(played, before)
        for nth, call in enumerate(own):
            where = f"turn {number}: {call.agent}"
            if not nth and not thread.ran:
                yield from _as_kept(thread.values, call, where)
            yield from _told(evidence, thread, played, call, where)
            thread.before, thread.ran = call, _done(evidence, played, call.tools)
        thread.values = played.thread
        if own and not own[-1].tools:  # nothing ran after it
            yield from _as_kept(played.thread, own[-1], f"turn {number}: {own[-1].agent}")


def _still_waits(thread: _Thread, played: Played, number: int) -> str | None:
    """A call that waits for a yes waits on until it ran, was refused or replaced, or time went."""
    waiting = thread.values.get("pending") or {}
    tool = str(waiting.get("tool", ""))
    if not tool or played.turn.pending or played.step.after or played.ran(tool):
        return None
    said = played.step.presses or played.turn.said
    if consent(said, str(waiting.get("read_back", ""))) == "no":
        return None
    return f"turn {number}: forgot that {tool} waits for a yes"


def _told(
    evidence: Evidence, thread: _Thread, played: Played, call: ModelCall, where: str
) -> Iterator[str | None]:
    yield from _own(evidence, played, call, where)
    last = thread.before
    if last is not None and rung(last) <= rung(call):
        yield from _customer(last, call, thread.ran, where)
        yield from _topics(last, call, thread.ran, where)
    reached = last is not None and last.agent != call.agent
    thread.moved = thread.moved or reached
    if thread.moved:
        for path in evidence.case.carried:
            if _is_wanted(path, thread, call, reached=reached):
                given = at(path, call.brief)
                yield None if given else f"{where} is not given {path}"


def _by_graph(evidence: Evidence, played: Played) -> set[str]:
    """Tools that were done in a turn without a model's call."""
    called = Counter(tool for call in played.calls for tool in call.tools)
    ran = Counter(run.name for run in played.turn.tools)
    return _done(evidence, played, tuple((ran - called).elements()))


def _done(evidence: Evidence, played: Played, names: tuple[str, ...]) -> set[str]:
    """Of these tools, those that were done in the turn and may have changed what is known."""
    done = {run.name for run in played.turn.tools if run.status == "done"}
    specs = evidence.specs
    return {n for n in names if n in done and n in specs and specs[n].effect is not Effect.HANDOFF}


def rung(call: ModelCall) -> int:
    """How high the customer stands as the model was told: 0 for anonymous."""
    word = call.brief.get("identity", "anonymous")
    return RUNGS.index(word) if word in RUNGS else 0


def _own(evidence: Evidence, played: Played, call: ModelCall, where: str) -> Iterator[str | None]:
    """Whatever is told of the customer is this customer's."""
    person = evidence.people.get(played.turn.customer_id)
    told = call.brief.get("customer") or {}
    if person is None:
        return
    for fact, key in (("account_number", "account"), ("first_name", "first_name")):
        held, own = told.get(fact), person.get(key)
        wrong = held and own and str(held) != str(own)
        yield f"{where} is told somebody else's {fact}" if wrong else None


def _customer(last: ModelCall, call: ModelCall, ran: set[str], where: str) -> Iterator[str | None]:
    had, has = last.brief.get("customer") or {}, call.brief.get("customer") or {}
    for name, value in had.items():
        if value and not has.get(name):
            yield f"{where} is not told the customer's {name}"
        elif not ran and has.get(name) != value:
            yield f"{where} is told another {name} than before"
        else:
            yield None


def _topics(last: ModelCall, call: ModelCall, ran: set[str], where: str) -> Iterator[str | None]:
    had, has = last.brief.get("collected") or {}, call.brief.get("collected") or {}
    full = len(has) >= MAX_COLLECTED  # the oldest go
    for topic, known in had.items():
        if topic not in has:
            yield None if full else f"{where} is not told about {topic}"
        elif not ran:
            yield from _facts(topic, known, has[topic], where)


def _facts(topic: str, known: Any, told: Any, where: str) -> Iterator[str | None]:
    """A topic that no tool touched is told word for word."""
    if not isinstance(known, Mapping) or not isinstance(told, Mapping):
        yield None if known == told else f"{where} is told otherwise about {topic}"
        return
    for name, value in known.items():
        if name not in told:
            yield f"{where} is not told {topic}.{name}"
        else:
            yield None if told[name] == value else f"{where} is told another {topic}.{name}"


def _as_kept(values: Mapping[str, Any], call: ModelCall, where: str) -> Iterator[str | None]:
    """A model is told what the thread holds: a turn's first one what it held when the turn before
    ended, the last one what it holds at the end."""
    told = call.brief.get("collected") or {}
    for topic, known in (values.get("collected") or {}).items():
        if not isinstance(known, Mapping) or int(known.get(RUNG, 0)) > rung(call):
            continue
        kept = {name: value for name, value in known.items() if name not in _KEPT_APART}
        if topic in told:
            yield from _facts(topic, kept, told[topic], where)
        else:
            yield f"{where} is not told about {topic}"


def _is_wanted(path: str, thread: _Thread, call: ModelCall, *, reached: bool) -> bool:
    """Whether a fact is there to be given: what was found is, once a turn before found it and the
    customer stands high enough; why an agent was called, when it is."""
    root, _, rest = path.partition(".")
    if root == "handoff":
        return reached
    if root != "collected":
        return True
    topic = at(rest.partition(".")[0], thread.values.get("collected") or {})
    high = not isinstance(topic, Mapping) or int(topic.get(RUNG, 0)) <= rung(call)
    return high and bool(at(path, thread.values))


def at(path: str, held: Mapping[str, Any]) -> Any:
    """What stands at a dotted path; None where nothing does."""
    value: Any = held
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
