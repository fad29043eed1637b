"""A judged play as it is kept and compared: JSON, one record a play."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import ConfigurationError


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Score(_Kept):
    """A metric's verdict."""

    score: float
    looked_at: int
    faults: tuple[str, ...] = ()
    gates: bool = True  # whether a play with faults in it fails; a judge's do not

    @property
    def passed(self) -> bool:
        return not self.faults


class Line(_Kept):
    """One turn, to be read."""

    channel: str
    by: str
    said: str
    reply: str
    agent: str
    tools: tuple[tuple[str, str], ...]  # name and status
    asked: tuple[str, ...]
    identity: str
    ms: float
    first_token_ms: float
    model_calls: int
    input_tokens: int
    output_tokens: int
    fallbacks: int = 0  # calls that the embedded model answered in the place of the one asked
    retries: int = 0
    waited_ms: float = 0.0  # for rate limits; not in `ms`


class Record(_Kept):
    """A case played once in one variant."""

    case: str
    title: str
    agent: str
    tools: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    file: str
    variant: str
    attempt: int = 1
    model: str
    scores: dict[str, Score]
    turns: tuple[Line, ...]
    switch_ms: tuple[float, ...]
    asked_twice: tuple[str, ...] = ()  # slots asked more often than in the play as written
    end: str = ""  # what became of the records, as one text
    error: str = ""

    @property
    def passed(self) -> bool:
        right = all(score.passed or not score.gates for score in self.scores.values())
        return right and not self.error and not self.fallbacks

    @property
    def fallbacks(self) -> int:
        """Calls that another model answered: such a play says nothing about its own."""
        return sum(line.fallbacks for line in self.turns)

    @property
    def asked(self) -> Counter[str]:
        return Counter(slot for line in self.turns for slot in line.asked)


class Sabotaged(_Kept):
    """What became of a fault that was built in."""

    name: str
    says: str
    metric: str
    noticed: int
    plays: int
    example: str
    also: tuple[str, ...] = ()


class Run(_Kept):
    """A run of the suite. `prompts`: a digest of what makes each agent, of those whose cases were
    all played. `routing`: as `throughline eval routing` gives it."""

    at: datetime
    label: str  # "local", "openai:NAME", or what `--label` says
    model: str
    seconds: float
    scope: str = ""  # what the cases were chosen by; empty: all of them
    prompts: dict[str, str] = Field(default_factory=dict)
    prices: dict[str, float] = Field(
        default_factory=dict
    )  # dollars a million tokens: input, output
    records: tuple[Record, ...]
    sabotages: tuple[Sabotaged, ...] = ()
    routing: dict[str, float] = Field(default_factory=dict)

    def save(self, folder: Path) -> Path:
        """Write it as `<time>-<label>.json`; its path."""
        folder.mkdir(parents=True, exist_ok=True)
        name = "".join(c if c.isalnum() or c in "-_." else "-" for c in self.label)
        path = folder / f"{self.at:%Y%m%dT%H%M%S}-{name}.json"
        path.write_text(self.model_dump_json(), encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Run:
        """Raises ConfigurationError where it is none."""
        try:
            return cls.model_validate_json(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path.name} is no run of the evals") from error


def as_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
