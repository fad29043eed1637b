"""The script of calls, as it is read: `script.yaml`, one call a line.

Texts may name what the records hold of their caller, as the cases of the evals do: {account},
{zip}, {balance}; `{spelled:account}` is said digit by digit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.errors import ConfigurationError

SCRIPT = Path(__file__).parent / "script.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(_Part):
    """Something the caller says or presses; not both. ran: one of these tools has to. tells: words
    and figures that have to be in the answer, as it is heard."""

    says: str = ""
    presses: str = ""
    ran: tuple[str, ...] = ()
    agent: str = ""
    tells: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Turn:
        if bool(self.says) == bool(self.presses):
            raise ValueError("a turn is said or pressed")
        return self


class Call(_Part):
    """who: a demo customer's first name. line: a telephone's narrow band, or the whole of it."""

    id: str
    intent: str
    who: str
    voice: Literal["joe", "amy", "liz", "ana"]
    speed: float = Field(default=1.0, ge=0.7, le=1.3)
    language: Literal["en", "es"] = "en"
    line: Literal["phone", "wide"] = "phone"
    rung: Literal["recognised", "verified"] = "recognised"
    turns: tuple[Turn, ...] = Field(min_length=1)


def read_script(path: Path = SCRIPT) -> list[Call]:
    """All calls, in their order. Raises ConfigurationError, saying which one is wrong."""
    found: dict[str, Call] = {}
    for entry in yaml.safe_load(path.read_text("utf-8")):
        try:
            call = Call.model_validate(entry)
        except ValidationError as error:
            raise ConfigurationError(f"{path.name}: {entry.get('id')}: {error}") from error
        if call.id in found:
            raise ConfigurationError(f"{path.name}: there are two calls named {call.id!r}")
        found[call.id] = call
    return list(found.values())
