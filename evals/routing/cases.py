"""Utterances in families, as their writers wrote them down: `evals/data/routing/*.yaml`.

    - family: bill-too-high        # one wish, however it is worded
      agent: billing               # who is right; "none" for what is out of scope
      agents: [billing, usage]     # who else is right, too
      tools: [explain_charges]     # whose first call is right
      says: {terse: ["why so high"], spanish: ["¿por qué subió tanto?"]}

`at` names the one agent that hears it, where nobody else is asked. `identity` is verified where it
is not given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

import yaml

from contracts.errors import ConfigurationError

NONE = "none"
EMERGENCIES = frozenset({"report_gas_leak", "report_downed_wire"})
_VERIFY = "verify_customer_identity"
_TONGUES = {"spanish": "Spanish", "switching": "mixed"}


@dataclass(frozen=True, slots=True)
class Case:
    """One utterance of a family."""

    source: str
    family: str
    style: str
    text: str
    agent: str
    agents: tuple[str, ...]
    tools: tuple[str, ...]
    at: str = ""
    identity: str = "verified"

    @property
    def language(self) -> str:
        return _TONGUES.get(self.style, "English")

    @property
    def in_scope(self) -> bool:
        return self.agent != NONE

    @property
    def alarming(self) -> bool:
        return bool(self.tools) and self.tools[0] in EMERGENCIES


def sets() -> list[str]:
    """The sets there are, by name."""
    folder = files("evals").joinpath("data", "routing")
    return sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name[-5:] == ".yaml")


def cases(names: Sequence[str]) -> list[Case]:
    """The utterances of these sets. Raises ConfigurationError for one that there is not."""
    if unknown := set(names) - set(sets()):
        raise ConfigurationError(f"no such routing set: {', '.join(sorted(unknown))}")
    return [case for name in names for case in _read(name)]


def leaked(of: Sequence[Case], phrases: Sequence[str]) -> list[str]:
    """Utterances that are training phrases, which would flatter the figures."""
    known = {_letters(phrase) for phrase in phrases}
    return [case.text for case in of if _letters(case.text) in known]


def _read(name: str) -> Iterator[Case]:
    path = files("evals").joinpath("data", "routing", f"{name}.yaml")
    for one in yaml.safe_load(path.read_text(encoding="utf-8")):
        tools = tuple(one.get("tools") or ())
        proves = _VERIFY in tools
        for style, said in one["says"].items():
            for text in said:
                yield Case(
                    source=name,
                    family=f"{name}/{one['family']}",
                    style=style,
                    text=text,
                    agent=one["agent"],
                    agents=tuple({one["agent"], *(one.get("agents") or ())}),
                    tools=tools,
                    at=one.get("at", ""),
                    identity=one.get("identity", "recognised" if proves else "verified"),
                )


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
