"""A call as `throughline call` prints it: who said what and when, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from rich.console import Console

from cli.render import plain

# As the server names it; empty where it had no say in it.
OUTCOMES = {
    "": "you rang off",
    "completed": "all was said, and they rang off",
    "transferred": "a person took it",
    "moved": "it goes on on another channel, and they rang off",
    "abandoned": "nothing was said",
    "silent": "they heard nothing, and rang off",
    "failed": "something failed at the server",
}


class Transcript:
    """Prints the conversation as it comes: each line once it is sure, with the time of the call.
    `now`: in seconds."""

    def __init__(self, screen: Console, now: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._now = now
        self._began: float | None = None
        self._partly = ""  # heard of the caller, and not final yet
        self._taken = ""  # the same, which was answered before it was final
        self._answered_ms: list[float] = []

    def show(self, kind: str, part: dict[str, Any]) -> None:
        """What the server shows, by its kind."""
        if self._began is None:
            self._began = self._now()
        match kind:
            case "Transcript" if part["by"] == "customer":
                self._customer(part["text"], final=part["final"])
            case "Transcript" if part["final"]:
                self._line(f"us: {part['text']}")
            case "Agent":
                self._line(f"[{part['name']}]", "dim")
            case "Step":
                self._line(f"- {part['label']}", "dim")
            case "Notice":
                self._line(part["text"], "dim")
            case "Transfer" if part["ringing"]:
                self._line("- A person's phone rings. Nobody takes it here.", "dim")
            case "Latency" if "total" in part["stages"]:
                self._answered_ms.append(part["stages"]["total"])
                self._line(f"({part['stages']['total']:.0f} ms)", "dim")

    def ended(self, outcome: str, kept: str = "") -> None:
        """The call is over. `kept`: the file that has what was heard."""
        how = OUTCOMES.get(outcome, outcome)
        self._line(f"The call has ended: {how}.", "dim")
        if self._answered_ms:
            middle, most = median(self._answered_ms), max(self._answered_ms)
            count = len(self._answered_ms)
            answers = "1 answer" if count == 1 else f"{count} answers"
            self._print(f"{answers}: heard after {middle:.0f} ms (median), {most:.0f} ms at most.")
        if kept:
            self._print(f"What was heard is in {kept}.")

    def _customer(self, text: str, *, final: bool) -> None:
        if not final:
            self._partly = text
        elif text != self._taken:
            self._partly = ""
            self._line(f"you: {text}", "bold")
        self._taken = ""

    def _line(self, line: str, style: str = "") -> None:
        if self._partly:
            self._taken, self._partly = self._partly, ""
            self._line(f"you: {self._taken}", "bold")
        seconds = 0 if self._began is None else int(self._now() - self._began)
        self._print(f"{seconds // 60}:{seconds % 60:02}  {line}", style)

    def _print(self, line: str, style: str = "dim") -> None:
        self._screen.print(plain(line), style=style, markup=False, soft_wrap=True)
