"""A tool that the graph runs itself, with the tool's own words as the answer."""

from __future__ import annotations

from typing import Any

from contracts.tooling import AskAgain, Cannot, Done, Result, Services, Status
from nodes.calls import call_of
from nodes.outcomes import BROKE, keep
from nodes.round import Asked, Round
from nodes.state import call_id
from tools.toolbox import Toolbox


class Deeds:
    def __init__(self, toolbox: Toolbox, services: Services) -> None:
        self._toolbox = toolbox
        self._services = services

    async def do(self, round_: Round, tool: str, args: dict[str, Any]) -> bool:
        """Run it and end the turn with what it says; whether it was done."""
        asked, result = await self._run(round_, tool, args)
        said = getattr(result, "say", "")
        told = " ".join(part for part in (said, getattr(result, "next", "")) if part)
        data = result.data if isinstance(result, Done) else {}
        round_.aside(asked, _status(result), {"say": told, "data": data})
        if isinstance(result, Done):
            keep(round_, self._toolbox.by_name[tool], said, result.facts)
        round_.hold(*getattr(result, "show", ()))
        round_.answer(told)
        return isinstance(result, Done)

    async def quietly(self, round_: Round, tool: str, args: dict[str, Any]) -> None:
        """Run it, and say nothing of it to anybody."""
        await self._run(round_, tool, args)

    async def _run(
        self, round_: Round, tool: str, args: dict[str, Any]
    ) -> tuple[Asked, Result | AskAgain | Cannot]:
        spec = self._toolbox.by_name[tool]
        parsed = self._toolbox.parse(spec, args)
        if isinstance(parsed, AskAgain):
            raise TypeError("the graph's own arguments are not taken")
        own_id = call_id(round_.turn, f"{tool}.{len(round_.turn['tools'])}")
        asked = Asked(id=own_id, name=tool, args=args, by_graph=True)
        call = call_of(round_.state, self._services, key=round_.key_for(tool))
        result = await self._toolbox.run(spec, call, parsed)
        round_.ran(asked, spec, _status(result))
        return asked, result


def _status(result: Result) -> Status:
    if isinstance(result, Cannot):
        return "failed" if result.reason in BROKE else "cannot"
    return "ask_again" if isinstance(result, AskAgain) else "done"
