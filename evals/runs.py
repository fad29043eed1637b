"""The runs that were kept: where they are, what they found at a glance, and which one is meant.

Beside the runs lies `index.jsonl`, a line a run, so that trends need not read them all. It can be
deleted: a run it does not know is read and added.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from contracts.errors import ConfigurationError
from evals.figures import figures, per_turn
from evals.result import Run

FOLDER = "evals"  # in the data folder
INDEX = "index.jsonl"
LAST, PREVIOUS = "last", "previous"


class Entry(BaseModel):
    """A run at a glance. `figures`: as `figures` and `per_turn` give them, by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    at: datetime
    label: str
    model: str
    scope: str = ""
    prompts: dict[str, str] = Field(default_factory=dict)
    figures: dict[str, float] = Field(default_factory=dict)


class Runs:
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, run: Run) -> Path:
        """Keep a run; where."""
        path = run.save(self.folder)
        self._add(entry(path, run))
        return path

    def listed(self) -> list[Entry]:
        """All that are there, oldest first."""
        known = {one.file: one for one in self._indexed()}
        for path in sorted(self.folder.glob("*.json")):
            if path.name not in known:
                known[path.name] = entry(path, Run.load(path))
                self._add(known[path.name])
        there = [one for one in known.values() if (self.folder / one.file).is_file()]
        return sorted(there, key=lambda one: (one.at, one.file))

    def load(self, name: str) -> Run:
        """The run of a name: a path, a file's name here, `last`, `previous`, or a label (the
        newest of it). Raises ConfigurationError."""
        return Run.load(self.path(name))

    def path(self, name: str) -> Path:
        """Where the run of a name is. Raises ConfigurationError."""
        for path in (Path(name), self.folder / name, self.folder / f"{name}.json"):
            if path.is_file():
                return path
        listed = self.listed()
        if name in (LAST, PREVIOUS):
            back = 1 if name == LAST else 2
            if len(listed) < back:
                raise ConfigurationError(f"there is no {name} run: {len(listed)} were kept")
            return self.folder / listed[-back].file
        for one in reversed(listed):
            if name == one.label:
                return self.folder / one.file
        raise ConfigurationError(
            f"there is no run {name!r}: give a file, a label, {LAST!r} or {PREVIOUS!r}"
        )

    def _indexed(self) -> list[Entry]:
        path = self.folder / INDEX
        if not path.is_file():
            return []
        return [Entry.model_validate_json(line) for line in path.read_text("utf-8").splitlines()]

    def _add(self, one: Entry) -> None:
        with (self.folder / INDEX).open("a", encoding="utf-8") as file:
            file.write(one.model_dump_json() + "\n")


def entry(path: Path, run: Run) -> Entry:
    """A run at a glance."""
    found: dict[str, float] = {**figures(run.records), **per_turn(run.records, run.prices)}
    found["pass_rate"] = round(found["passed"] / max(found["plays"], 1), 4)
    return Entry(
        file=path.name,
        at=run.at,
        label=run.label,
        model=run.model,
        scope=run.scope,
        prompts=run.prompts,
        figures=found,
    )
