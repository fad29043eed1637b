"""Where cases are played: the whole product, on records that are fresh each time.

Each play opens the product anew (a tenth of a second) with its own memory, a clock that stands
still, and the seeded records put back as they were. Two stages at once need two databases.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.build import App, open_app
from contracts.clock import PinnedClock
from contracts.settings import Settings
from evals.actions import perform
from evals.case import Action, Case
from evals.evidence import Changes
from evals.recording import Recorder
from evals.records import Snapshot
from evals.texts import Texts
from nodes.agent import ChatModels

START = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)  # a winter's morning in Oregon


@dataclass(frozen=True, slots=True)
class Play:
    """The product, open for one case."""

    case: Case
    app: App
    clock: PinnedClock
    recorder: Recorder
    snapshot: Snapshot
    texts: Texts

    async def changes(self) -> Changes:
        """What became of the records so far."""
        return await self.snapshot.changes(self.app.database)


class Stage:
    """Opens plays, one after the other. Build it with `Stage.open`."""

    def __init__(self, settings: Settings, models: ChatModels, model: str, at: Snapshot) -> None:
        self._settings = settings
        self._models = models
        self._model = model
        self._snapshot = at
        self._expected: dict[str, Changes] = {}

    @classmethod
    async def open(cls, settings: Settings, models: ChatModels, model: str = "local") -> Stage:
        """A stage on `settings.mongodb_database`, which is seeded and from then on its own."""
        with _own_memory(settings) as own:
            clock = PinnedClock(START)
            async with open_app(own, clock=clock, models=models, worker=False) as app:
                return cls(settings, models, model, await Snapshot.of(app.database))

    @asynccontextmanager
    async def play(self, case: Case, *, also: Sequence[Action] = ()) -> AsyncIterator[Play]:
        """The product with fresh records and an empty memory; the case's `before` is done, and
        `also` after it. Raises NotDone."""
        recorder = Recorder(self._models, self._model)
        with _own_memory(self._settings) as own:
            clock = PinnedClock(START)
            async with open_app(own, clock=clock, models=recorder, worker=False) as app:
                await self._snapshot.restore(app.database)
                texts = await Texts.of(app, case)
                for nth, action in enumerate((*case.before, *also)):
                    await perform(app, texts, action, nth=nth)
                yield Play(case, app, clock, recorder, self._snapshot, texts)

    async def expected(self, case: Case) -> Changes | None:
        """What the records hold after the reference actions; None where they are not looked at.
        Raises NotDone."""
        if case.end is None:
            return None
        if case.id not in self._expected:
            async with self.play(case, also=case.end) as play:
                self._expected[case.id] = await play.changes()
        return self._expected[case.id]


@contextmanager
def _own_memory(settings: Settings) -> Iterator[Settings]:
    """The settings with threads in a file of their own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="throughline-eval-") as folder:
        yield settings.model_copy(update={"data_dir": Path(folder), "checkpointer": "sqlite"})
