"""What the embedded model may choose from: tools and agents, each with how people ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Phrases to learn from, and who is reached how.

    tools: phrases by tool name. agents: phrases by agent name. handoffs: agent by hand-off
    tool. holders: agents that hold a tool, by tool; a tool that is not named there is looked
    for by what agents are about.
    """

    tools: Mapping[str, Sequence[str]]
    agents: Mapping[str, Sequence[str]]
    handoffs: Mapping[str, str]
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hub: str = "concierge"

    def examples(self) -> dict[str, list[str]]:
        """Phrases by label: a tool's name, or `agent:NAME`.

        A phrase that a tool has is the tool's alone, before any hand-off's: an agent's own are
        those no tool is for.
        """
        asked_for = {name for name in self.tools if name not in self.handoffs}
        served = {phrase.lower() for name in asked_for for phrase in self.tools[name]}
        found: dict[str, list[str]] = {name: list(said) for name, said in self.tools.items()}
        for name, phrases in self.agents.items():
            found.setdefault(f"agent:{name}", []).extend(phrases)
        own = {
            label: [p for p in phrases if p.lower() not in served or label in asked_for]
            for label, phrases in found.items()
        }
        return {label: list(dict.fromkeys(phrases)) for label, phrases in own.items() if phrases}
