"""Parts of a turn, as a terminal shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Styled

from contracts.messages import (
    Card,
    Choices,
    Handoff,
    HangUp,
    Link,
    Outbound,
    Step,
    Text,
    TextDelta,
    Transfer,
    Turn,
)


def plain(text: str) -> str:
    """Text that can't steer the terminal: no control characters but ends of lines."""
    return "".join(c for c in text if c == "\n" or c.isprintable())


class Screen:
    """Shows one turn as it comes. What was streamed isn't shown again when the turn is whole."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._streamed = ""
        self._steps: set[str] = set()
        self._shown: list[Any] = []
        self._mid_line = False
        self.choices: Choices | None = None
        self.ended = False  # the call may end

    def show(self, part: Outbound) -> None:
        if isinstance(part, TextDelta):
            self._delta(part)
        elif isinstance(part, Turn):
            self._whole(part)
        elif part not in self._shown:
            self._shown.append(part)
            self._draw(part)

    def _delta(self, part: TextDelta) -> None:
        self._streamed += part.text
        self._mid_line = not part.text.endswith("\n")
        self._console.print(plain(part.text), end="", markup=False, soft_wrap=True)

    def _whole(self, turn: Turn) -> None:
        for part in turn.parts:
            self.show(part)
        if not self._has_said(turn.reply):
            self._say(turn.reply)
        self._line(Styled(f"{turn.agent} · {turn.identity} · {turn.elapsed_ms:.0f} ms", "dim"))

    def _draw(self, part: Outbound) -> None:
        drawers: dict[type, Callable[[Any], None]] = {
            Text: lambda it: None if self._has_said(it.text) else self._say(it.text),
            Step: self._step,
            Card: lambda it: self._line(card_table(it)),
            Link: lambda it: self._line(Styled(plain(f"{it.label}: {it.url}"), "underline")),
            Choices: self._choose,
            Handoff: lambda it: self._line(handoff_panel(it)),
            Transfer: lambda it: self._line(transfer_panel(it)),
            HangUp: self._hang_up,
        }
        drawers[type(part)](part)

    def _say(self, text: str) -> None:
        self._streamed += f"\n{text}"
        self._line(Styled(plain(text)))

    def _has_said(self, text: str) -> bool:
        return _words(text) in _words(self._streamed)

    def _step(self, step: Step) -> None:
        if step.label not in self._steps:
            self._steps.add(step.label)
            self._line(Styled(plain(f"{step.label} ..."), "dim"))

    def _choose(self, choices: Choices) -> None:
        self.choices = choices
        if not self._has_said(choices.prompt):
            self._say(choices.prompt)
        for number, option in enumerate(choices.options, 1):
            self._line(Styled(plain(f"  {number}  {option.label}"), "cyan"))

    def _hang_up(self, ends: HangUp) -> None:
        self.ended = True
        when = "here" if ends.at_once else "here, unless the caller says more"
        self._line(Styled(f"The call ends {when}.", "dim"))

    def _line(self, drawn: Styled | Table | Panel) -> None:
        if self._mid_line:
            self._console.print()
            self._mid_line = False
        self._console.print(drawn, soft_wrap=isinstance(drawn, Styled))


def card_table(card: Card) -> Table:
    table = Table(title=Styled(plain(card.title)), show_header=False, title_justify="left")
    table.add_column(style="dim")
    table.add_column()
    for label, value in card.rows:
        table.add_row(Styled(plain(label)), Styled(plain(value)))
    return table


def handoff_panel(handoff: Handoff) -> Panel:
    title = Styled(f"Sent by {handoff.to}")
    return Panel(Styled(plain(handoff.message)), title=title, title_align="left")


def transfer_panel(transfer: Transfer) -> Panel:
    title = Styled("Put through to a person, who is told")
    return Panel(Styled(plain(transfer.summary)), title=title, title_align="left")


def _words(text: str) -> str:
    return " ".join(text.split())
