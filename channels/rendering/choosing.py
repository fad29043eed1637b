"""The answers to a question, in the forms that channels have for them."""

from __future__ import annotations

from channels.letters import Option
from contracts.language import t
from contracts.messages import Choice, Choices
from nodes.choices import pressed

MAX_ID = 200  # what `Inbound.choice` takes; WhatsApp takes as much of a row
BUTTONS, BUTTON = 3, 20  # how many, and the letters of one
ROWS, ROW, DESCRIPTION = 10, 24, 72


def is_yes_or_no(question: Choices) -> bool:
    return [pressed(option.id)[0] for option in question.options] == ["yes", "no"]


def buttons(question: Choices) -> tuple[Option, ...]:
    """As buttons; nothing where they don't fit."""
    options = question.options
    titles = {option.label for option in options}
    fit = all(0 < len(title) <= BUTTON for title in titles) and _ids_fit(question)
    if len(options) > BUTTONS or len(titles) < len(options) or not fit:
        return ()
    return tuple(Option(option.id, option.label) for option in options)


def rows(question: Choices) -> tuple[Option, ...]:
    """As rows of a list; nothing where they don't fit. A long label goes on below its title."""
    options = question.options
    if len(options) > ROWS or not _ids_fit(question):
        return ()
    listed = [_row(option) for option in options]
    return tuple(row for row in listed if row) if all(listed) else ()


def numbered(question: Choices) -> str:
    """As lines that are answered by their number."""
    lines = [f"{number}. {option.label}" for number, option in enumerate(question.options, 1)]
    return "\n".join([*lines, t("Reply with the number.")])


def by_number(question: Choices) -> str:
    """In a text message."""
    if is_yes_or_no(question):
        return t("Reply YES or NO.")
    return "\n".join(
        t("Reply {number} for {option}", number=number, option=option.label)
        for number, option in enumerate(question.options, 1)
    )


def _ids_fit(question: Choices) -> bool:
    ids = {option.id for option in question.options}
    return len(ids) == len(question.options) and all(0 < len(it) <= MAX_ID for it in ids)


def _row(option: Choice) -> Option | None:
    label = " ".join(option.label.split())
    if not label:
        return None
    if len(label) <= ROW:
        return Option(option.id, label)
    cut = _title_end(label)
    title, more = label[:cut].rstrip(" ,;:"), label[cut:].strip()
    if not title or len(more) > DESCRIPTION:
        return None
    return Option(option.id, title, more)


def _title_end(label: str) -> int:
    """Behind the last comma that fits, else behind the last word; 0 if none does."""
    comma = label.rfind(", ", 0, ROW + 1)
    return comma + 1 if comma >= ROW // 3 else max(label.rfind(" ", 0, ROW + 1), 0)
