"""Where cases are played: the whole product, on records that are fresh each time.

Each play opens the product anew (a tenth of a second) with its own memory, a clock that stands
still, and the seeded records put back as they were. Two stages at once need two databases.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.build import App, open_app
from contracts.clock import PinnedClock
from contracts.scenario import Scenario
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
        return await self.snapshot.changes(self.app.database, (START, self.clock.now()))


class Stage:
    """Opens plays, one after the other. Build it with `Stage.open`."""

    def __init__(
        self, settings: Settings, scenario: Scenario, models: ChatModels, model: str
    ) -> None:
        self._settings = settings
        self._scenario = scenario
        self._models = models
        self._model = model
        self._snapshot = Snapshot({}, {})
        self._expected: dict[str, Changes] = {}

    @classmethod
    async def open(
        cls, settings: Settings, scenario: Scenario, models: ChatModels, model: str = "local"
    ) -> Stage:
        """A stage on `settings.mongodb_database`, which is seeded and from then on its own."""
        stage = cls(settings, scenario, models, model)
        async with stage._opened(models, PinnedClock(START)) as app:
            stage._snapshot = await Snapshot.of(app.database)
        return stage

    @asynccontextmanager
    async def play(self, case: Case, *, also: Sequence[Action] = ()) -> AsyncIterator[Play]:
        """The product with fresh records and an empty memory; the case's `before` is done, and
        `also` after it. Raises NotDone."""
        recorder, clock = Recorder(self._models, self._model), PinnedClock(START)
        async with self._opened(recorder, clock) as app:
            await self._snapshot.restore(app.database)
            texts = await Texts.of(app, case)
            for nth, action in enumerate((*case.before, *also)):
                await perform(app, texts, action, nth=nth)
            yield Play(case, app, clock, recorder, self._snapshot, texts)

    @asynccontextmanager
    async def _opened(self, models: ChatModels, clock: PinnedClock) -> AsyncIterator[App]:
        """The product with threads in a file of their own, gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="throughline-eval-") as folder:
            own = {"data_dir": Path(folder), "checkpointer": "sqlite"}
            settings = self._settings.model_copy(update=own)
            async with open_app(
                settings, clock=clock, models=models, scenario=self._scenario, worker=False
            ) as app:
                yield app

    async def expected(self, case: Case) -> Changes | None:
        """What the records hold after the reference actions; None where they are not looked at.
        Raises NotDone."""
        if case.end is None:
            return None
        key = case.model_dump_json(include={"id", "customer", "before", "end"})
        if key not in self._expected:
            async with self.play(case, also=case.end) as play:
                self._expected[key] = await play.changes()
        return self._expected[key]
