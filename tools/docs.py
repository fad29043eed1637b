"""Writes docs/tools.md out of the code: `python -m tools.docs`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from contracts.tooling import ToolSpec
from tools import AGENTS, load_tools
from tools.toolbox import Toolbox
from tools.toolkit import wanted_of

TARGET = Path(__file__).parent.parent / "docs" / "tools.md"

_HEAD = """# Tools

Written from the code by `python -m tools.docs`; a test holds it current.

A tool needs its rung of the identity ladder, and a yes where it says so. An emergency waits for
neither. `*` marks an argument that a model has to give; `account_number` is left out for the
customer's own account, and any other account is refused.

| tool | effect | rung | yes first | agents | arguments |
| --- | --- | --- | --- | --- | --- |
"""


def markdown(toolbox: Toolbox, agents: Collection[str] = AGENTS) -> str:
    """The whole page: the table, then what each tool is for."""
    specs = list(toolbox.by_name.values())
    table = "\n".join(_row(spec, agents) for spec in specs)
    held = {agent: len(toolbox.granted_to(agent)) for agent in agents}
    counts = ", ".join(f"{agent} {count}" for agent, count in held.items())
    summary = f"{len(specs)} tools, granted {sum(held.values())} times: {counts}."
    notes = "\n\n".join(_note(spec) for spec in specs)
    return f"{_HEAD}{table}\n\n{summary}\n\n{notes}\n"


def main() -> None:
    TARGET.write_text(markdown(load_tools()), encoding="utf-8")


def _row(spec: ToolSpec, agents: Collection[str]) -> str:
    wanted = wanted_of(spec)
    arguments = [name + "*" * (name in wanted) for name in spec.args.model_fields]
    holders = [agent for agent in agents if agent in spec.grants]
    cells = (
        f"`{spec.name}`",
        spec.effect.value + (f" → {spec.goes_to}" if spec.goes_to else ""),
        spec.rung.word,
        "yes" if spec.read_back else "",
        "all" if len(holders) == len(agents) else ", ".join(holders) or "the graph itself",
        ", ".join(arguments),
    )
    return f"| {' | '.join(cells)} |"


def _note(spec: ToolSpec) -> str:
    lines = [f"## {spec.name}", "", spec.description, ""]
    for name, field in spec.args.model_fields.items():
        secret = " (masked)" if name in spec.secret_args else ""
        lines.append(f"- `{name}`{secret}: {field.description}")
    return "\n".join(lines).rstrip()


if __name__ == "__main__":
    main()
