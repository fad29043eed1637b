"""All tools of a scenario together: who holds which, how they are called, and how they fail."""

from __future__ import annotations

import logging
import re
import traceback
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from contracts.errors import ConfigurationError, StoreUnavailable
from contracts.identity import Rung
from contracts.language import marked, t
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Effect, Result, ToolSpec
from tools import complaints
from tools.telling import told
from tools.toolkit import EVERY_AGENT, OWN_ACCOUNT, is_marked, wanted_of

_ASK_NOTHING = {Effect.EMERGENCY, Effect.HANDOFF}
_NOT_VERIFIED = Cannot("not_verified", marked("I need to check who you are first."))
_OTHER_ACCOUNT = Cannot(
    "other_account",
    marked(
        "I can only help with the account you're verified for. For another account, "
        "its holder needs to contact us."
    ),
)
_NOISE = {"title", "default", "anyOf", "maxLength", "propertyNames", "additionalProperties"}

log = logging.getLogger(__name__)


class Toolbox:
    """The tools by name. Raises ConfigurationError if they contradict each other or the agents."""

    def __init__(self, specs: Iterable[ToolSpec], agents: Collection[str]) -> None:
        granted = [_granted(spec, agents) for spec in specs]
        _check(granted, agents)
        self.by_name: Mapping[str, ToolSpec] = MappingProxyType({s.name: s for s in granted})
        self._schemas = {s.name: schema_of(s) for s in granted}

    def granted_to(self, agent: str) -> list[ToolSpec]:
        """The tools an agent holds, in the order of the modules."""
        return [spec for spec in self.by_name.values() if agent in spec.grants]

    def specialists(self) -> frozenset[str]:
        """The agents that hold a tool of their own, besides hand-offs and what everybody holds."""
        everybody = frozenset().union(*(spec.grants for spec in self.by_name.values()))
        own = (s for s in self.by_name.values() if s.effect is not Effect.HANDOFF)
        return frozenset(agent for s in own if s.grants < everybody for agent in s.grants)

    def schema(self, spec: ToolSpec) -> dict[str, Any]:
        """The tool as OpenAI wants it: `{"type": "function", "function": {...}}`. Shared."""
        return self._schemas[spec.name]

    def allowed(self, spec: ToolSpec, rung: Rung) -> bool:
        """Whether a customer on this rung may have the tool called; an emergency always may."""
        return spec.effect is Effect.EMERGENCY or rung >= spec.rung

    def parse(self, spec: ToolSpec, raw_args: Mapping[str, Any]) -> BaseModel | AskAgain:
        """Arguments as a model wrote them, checked; or what to ask for. An emergency and a hand-off
        ask nothing: what can't be used is left out."""
        given = {k: v for k, v in raw_args.items() if not (_is_blank(k) or _is_blank(v))}
        try:
            return spec.args.model_validate(given)
        except ValidationError as error:
            if spec.effect not in _ASK_NOTHING:
                return told(complaints.plain(error))
            bad = {str(detail["loc"][0]) for detail in error.errors(include_input=False)}
            return spec.args.model_validate({k: v for k, v in given.items() if k not in bad})

    async def read_back(
        self, spec: ToolSpec, call: Call, args: BaseModel
    ) -> Confirmation | AskAgain | Cannot:
        """What the call will do, before the yes. Only for a tool that needs one."""
        if spec.read_back is None:
            raise ValueError(f"{spec.name} needs no confirmation")
        if refusal := self._refusal(spec, call, args):
            return told(refusal)
        try:
            return told(await spec.read_back(call, args))
        except StoreUnavailable:
            return told(_unavailable(spec, call))
        except Exception as error:  # noqa: BLE001 - a customer is answered whatever breaks
            return told(_failed(spec, call, error))

    async def run(self, spec: ToolSpec, call: Call, args: BaseModel) -> Result:
        """Run a tool. Every failure comes back as a Cannot; rung and yes are the caller's to check
        first, and a rung too low is refused here once more."""
        if refusal := self._refusal(spec, call, args):
            return told(refusal)
        try:
            return told(await spec.body(call, **dict(args)))
        except StoreUnavailable:
            return told(_unavailable(spec, call))
        except Exception as error:  # noqa: BLE001 - a customer is answered whatever breaks
            return told(_failed(spec, call, error))

    def _refusal(self, spec: ToolSpec, call: Call, args: BaseModel) -> Cannot | None:
        if not self.allowed(spec, call.rung):
            return _NOT_VERIFIED
        named = [v for n, v in args if v is not None and is_marked(spec, n, OWN_ACCOUNT)]
        if all(_same_account(value, call.account_number) for value in named):
            return None
        return _OTHER_ACCOUNT


def schema_of(spec: ToolSpec) -> dict[str, Any]:
    """An OpenAI function schema without titles, defaults, nulls and definitions."""
    written = spec.args.model_json_schema().get("properties", {})
    return {
        "type": "function",
        "function": {
            "name": spec.name,
            "description": spec.description,
            "parameters": {
                "type": "object",
                "properties": {name: _compact(prop) for name, prop in written.items()},
                "required": wanted_of(spec),
            },
        },
    }


def _compact(prop: dict[str, Any]) -> dict[str, Any]:
    kinds = [k for k in prop.get("anyOf", ()) if k.get("type") != "null"]
    merged = {**prop, **kinds[0]} if len(kinds) == 1 else prop
    ordered = {"type": merged.get("type", "string"), **merged}
    return {k: v for k, v in ordered.items() if k not in _NOISE}


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _same_account(given: Any, own: str | None) -> bool:
    return own is not None and re.sub(r"[\s-]", "", str(given)) == own


def _granted(spec: ToolSpec, agents: Collection[str]) -> ToolSpec:
    if spec.grants != frozenset(EVERY_AGENT):
        return spec
    return replace(spec, grants=frozenset(agents) - {spec.goes_to})


def _check(specs: Sequence[ToolSpec], agents: Collection[str]) -> None:
    twice = [name for name, count in Counter(s.name for s in specs).items() if count > 1]
    if twice:
        raise ConfigurationError(f"tools with the same name: {twice}")
    for spec in specs:
        for problem in _problems(spec, agents):
            raise ConfigurationError(f"the tool {spec.name} {problem}")


def _problems(spec: ToolSpec, agents: Collection[str]) -> Iterable[str]:
    if unknown := spec.grants - set(agents):
        yield f"is granted to unknown agents: {sorted(unknown)}"
    if not spec.grants and not spec.by_graph:
        yield "is granted to no agent"
    if spec.grants and spec.by_graph:
        yield "is the graph's own and granted to agents"
    if (spec.effect is Effect.HANDOFF) != (spec.goes_to is not None):
        yield "needs goes_to if it is a HANDOFF, and only then"
    if spec.goes_to is not None and spec.goes_to not in agents:
        yield f"hands over to an unknown agent: {spec.goes_to}"
    if spec.goes_to in spec.grants:
        yield f"is granted to the agent it leads to: {spec.goes_to}"
    if unknown := spec.secret_args - set(spec.args.model_fields):
        yield f"keeps unknown arguments secret: {sorted(unknown)}"
    if spec.effect in _ASK_NOTHING:
        yield from _waiting_problems(spec)


def _waiting_problems(spec: ToolSpec) -> Iterable[str]:
    if spec.rung is not Rung.ANONYMOUS or spec.read_back is not None:
        yield f"is {spec.effect.name} and may wait for neither identity nor a yes"
    if any(field.is_required() for field in spec.args.model_fields.values()):
        yield f"is {spec.effect.name} and may not wait for an argument; mark it WANTED"


def _unavailable(spec: ToolSpec, call: Call) -> Cannot:
    log.warning("store unavailable in tool", extra={"tool": spec.name})
    if spec.effect is Effect.EMERGENCY:
        return Cannot("unavailable", _emergency_words(call))
    if spec.effect is Effect.WRITE:
        say = t(
            "I'm sorry, I can't reach our records right now, so nothing was changed. "
            "Please try again in a few minutes."
        )
    else:
        say = t(
            "I'm sorry, I can't reach our records right now. Please try again in a few minutes."
        )
    return Cannot("unavailable", say)


def _failed(spec: ToolSpec, call: Call, error: Exception) -> Cannot:
    # The error's own text may quote the customer, so only its type and place are kept.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.name}:{frame.lineno}"
    log.error(
        "tool failed", extra={"tool": spec.name, "error": type(error).__name__, "where": where}
    )
    if spec.effect is Effect.EMERGENCY:
        return Cannot("failed", _emergency_words(call))
    if spec.effect is Effect.WRITE:
        say = t(
            "I'm sorry, something went wrong on our side. I'm not sure that it went through, so "
            "please check before you try again."
        )
    else:
        say = t("I'm sorry, something went wrong on our side.")
    return Cannot("failed", say, t("I can also get you a person."))


def _emergency_words(call: Call) -> str:
    return t(
        "I couldn't pass this on from here. Get to a safe place first, then call 911 "
        "and our emergency line at {phone}.",
        phone=call.services.scenario.brand.emergency_phone,
    )
