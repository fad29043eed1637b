"""Whole calls on the real product over a realtime session: it hears and reads aloud, and the graph
thinks, with its tools."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from contracts.clock import PinnedClock
from contracts.identity import thread_id_of
from contracts.records import CallEventKind, Outcome
from contracts.speech import SILENCE
from stores.embedded import Servers
from tests.conftest import START
from tests.e2e.voice.realtime.conftest import SERVICES, Opening
from tests.fresh import emptied, settings_on
from tests.phoning import PlayedLine
from tests.realtime_server import RealtimeServer
from tests.scripted_speech import Script
from tests.site import eventually
from tests.talk import Talk
from voice.call import Call
from voice.line import Caller
from voice.metronome import Metronome
from voice.switchboard import Switchboard

pytestmark = pytest.mark.e2e

MARIA = "+15550101"
SAID = "hi my power is out"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, trained: Path
) -> AsyncIterator[Talk]:
    from app.build import open_app

    clock = PinnedClock(START)
    settings = settings_on(servers, tmp_path_factory.mktemp("realtime"), trained)
    async with emptied(settings), open_app(settings, clock=clock, worker=False) as app:
        yield Talk(app, clock)


class Phone:
    """A caller in real time: says what waits to be said, and is silent else."""

    def __init__(self) -> None:
        self.beats = Metronome()
        self.line = PlayedLine(self.beats)  # type: ignore[arg-type]
        self.frames: deque[bytes] = deque()
        self.gone = asyncio.Event()
        self._call: Call | None = None

    async def feed(self, call: Call) -> None:
        self._call = call
        self.beats.join(self._beat)
        try:
            await self.gone.wait()
        finally:
            self.beats.leave(self._beat)

    def _beat(self, now: float) -> None:
        assert self._call is not None
        self.line.play()
        self._call.hear(self.frames.popleft() if self.frames else SILENCE)

    async def idle(self) -> bool:
        """Whether it is the caller's turn, and something was heard before."""
        call = self._call
        return call is not None and bool(self.line.played) and _theirs(call)


def _theirs(call: Call) -> bool:
    return call._dialogue.idle and call._speaker.quiet and not call._turns.waiting


@pytest.mark.parametrize("service", SERVICES)
async def test_a_tool_is_used_and_the_answer_is_read_aloud(
    talk: Talk, opening: Opening, server: RealtimeServer, service: str
) -> None:
    app, phone, call_id = talk.app, Phone(), uuid4().hex
    maria = await talk.customer(MARIA)
    await app.memory.checkpointer.adelete_thread(thread_id_of(maria.customer_id))
    engines = opening(service)
    switchboard = Switchboard(
        app.gateway, app.records, app.scenario, talk.clock, lambda name: engines, phone.beats
    )
    running = asyncio.create_task(
        switchboard.run(Caller(call_id=call_id, address=MARIA), phone.line, phone.feed)
    )
    await eventually(phone.idle)
    (session,) = server.sessions
    assert session.texts[0].startswith("Hello Maria")
    greeted = len(session.texts)
    server.hears.append(SAID)
    phone.frames.extend(Script().said(SAID))
    await eventually(lambda: _more(session.texts, greeted))
    await eventually(phone.idle)
    phone.gone.set()
    assert await _outcome(running) == "completed"
    assert any("Crew seven" in text for text in session.texts[greeted:])
    assert engines.misread == 0
    record = await app.records.calls.get(call_id)
    assert record is not None
    assert [event.kind for event in record.events] == [
        CallEventKind.CALL_STARTED,
        CallEventKind.TRANSCRIPTION_RECEIVED,
        CallEventKind.AGENT_RESPONSE_GENERATED,
        CallEventKind.CALL_ENDED,
    ]
    assert "check_outage_status" in str(await _thread(talk))


async def _thread(talk: Talk) -> dict[str, Any]:
    """Maria's thread as the checkpoint has it."""
    thread_id = thread_id_of((await talk.customer(MARIA)).customer_id)
    place: Any = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    kept = await talk.app.memory.checkpointer.aget_tuple(place)
    assert kept is not None
    return kept.checkpoint["channel_values"]


async def _more(texts: list[str], than: int) -> bool:
    return len(texts) > than


async def _outcome(running: asyncio.Task[Outcome]) -> Outcome:
    async with asyncio.timeout(20):
        return await running
