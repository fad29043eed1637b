"""A conversation to be held and judged: `evals/cases/**/*.yaml`, one list of cases a file.

A text may name what the records hold of its customer: {name}, {first_name}, {account}, {zip},
{born}, {ssn}, {phone}, {email}, {address}, {balance}, {half}, {bill_total}, {due}; of another demo
customer as {James.account}; and {code} for the one-time code sent last.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.errors import ConfigurationError
from contracts.messages import MAX_MEDIA, Channel

CASES = Path(__file__).parent / "cases"
Rung = Literal["anonymous", "recognised", "verified", "stepped up"]
Status = Literal["done", "ask_again", "cannot", "confirm", "failed"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expect(_Part):
    """What a turn must show. Everything given has to hold; what is left out may be anything."""

    agent: str | None = None  # who speaks at the end of the turn
    tools: tuple[str, ...] = ()  # ran in this turn, in this order; others may have run between
    any_of: tuple[str, ...] = ()  # at least one of these ran
    not_tools: tuple[str, ...] = ()
    args: dict[str, dict[str, Any]] = Field(default_factory=dict)  # by tool: what it was given
    status: dict[str, Status] = Field(default_factory=dict)  # by tool, of its last run
    pending: str | None = None  # the tool that waits for a yes afterwards; "" for none
    offer: str | None = None  # the channel that is offered; "" for none
    identity: Rung | None = None
    says: tuple[str, ...] = ()  # regular expressions, each found in the reply (any case)
    never_says: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()  # kinds of parts or cards: "choices", "hand_off", "bill", "link"


class Step(_Part):
    """One message of the customer."""

    says: str = ""
    presses: str = ""  # (the beginning of) a button's label, of those last shown
    photos: int = Field(default=0, ge=0, le=MAX_MEDIA)  # that come with it, or alone
    via: Channel | None = None  # the channel, from here on
    by: str | None = None  # a demo customer's first name, or a number; from here on
    after: str = ""  # time that passes before: "5s", "3m", "2h", "1d"
    repeats: int = 1  # so often in a row: for long lives
    storm: bool = False  # the phone line fills up before this
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _one_way(self) -> Step:
        ways = bool(self.says) + bool(self.presses)
        if ways > 1 or (not ways and not self.photos) or (self.presses and self.photos):
            raise ValueError("a turn needs either `says` or `presses`, or photos without a press")
        return self


class Action(_Part):
    """A tool's run on the records, on behalf of a customer, with all rights."""

    tool: str
    args: dict[str, Any] = Field(default_factory=dict)
    photos: int = Field(default=0, ge=0, le=MAX_MEDIA)  # sent before; the argument names them
    agent: str = ""  # on whose behalf; one that holds the tool
    by: str | None = None  # another demo customer than the case's


class Case(_Part):
    """agent and tools: what it covers. customer: a demo customer's first name, or none for a
    stranger. rung: where the conversation begins; "verified" without a word being asked. before:
    done on the records beforehand. end: reference actions; the records must end as if just these
    had been done (an empty list: as if nothing had). carried: facts that whoever speaks after a
    hand-off or switch must have been given, as dotted paths ("customer.account_number",
    "collected.outage.id", "handoff.reason"). never_asked: slots ("account_number", "proof",
    "address", "phone", "amount", ...) that may not be asked for at all. refused: tools that may
    not succeed. secrets: texts that may never be told. alone: why it can't be replayed with
    channel switches; None where it can."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    agent: str
    tools: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: Literal["en", "es"] = "en"
    persona: str = ""
    goal: str = ""
    customer: str | None = "Maria"
    number: str | None = None  # of a stranger
    start: Channel = Channel.WHATSAPP
    rung: Rung = "recognised"
    before: tuple[Action, ...] = ()
    turns: tuple[Step, ...] = Field(min_length=1)
    end: tuple[Action, ...] | None = ()  # None: the records are not looked at
    carried: tuple[str, ...] = ()
    never_asked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    alone: str | None = None
    file: str = ""  # where it is written; filled in when it is read


def read_cases(folder: Path = CASES) -> list[Case]:
    """All cases of a folder, by their ids. Raises ConfigurationError naming file and case."""
    found: dict[str, Case] = {}
    for path in sorted(folder.rglob("*.yaml")):
        for case in _cases_of(path, folder):
            if case.id in found:
                raise ConfigurationError(f"{path.name}: there are two cases named {case.id!r}")
            found[case.id] = case
    return [found[name] for name in sorted(found)]


def _cases_of(path: Path, folder: Path) -> Iterator[Case]:
    held = yaml.safe_load(path.read_text("utf-8")) or []
    where = path.relative_to(folder).as_posix()
    for raw in held:
        try:
            yield Case.model_validate({**raw, "file": where})
        except (ValidationError, TypeError) as error:
            name = raw.get("id", "?") if isinstance(raw, dict) else "?"
            raise ConfigurationError(f"{where}: {name}: {_first(error)}") from error


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    problem = error.errors()[0]
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
