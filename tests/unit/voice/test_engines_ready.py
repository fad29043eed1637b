"""Engines are opened once, and not on the loop: of the default, of numbers mapped to others, and
those that stand in."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from app import voice as app_voice
from app.voice import Speech, _Numbers
from contracts.clock import PinnedClock
from contracts.errors import ConfigurationError, RecordsUnavailable, SpeechUnavailable
from contracts.messages import Channel
from contracts.settings import Settings
from tests.fakes.world import scenario_of
from tests.samples import NOW

pytestmark = pytest.mark.unit


class Opening:
    """In place of the engines' libraries."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.threads: set[threading.Thread] = set()
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self, name: str, *_: Any) -> Any:
        self.threads.add(threading.current_thread())
        self.hold.wait(10)
        self.opened.append(name)
        if name == "voicelive":
            raise ConfigurationError("it has no endpoint")
        return SimpleNamespace(name=name)


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch) -> Opening:
    made = Opening()
    monkeypatch.setattr(app_voice, "_engines", made)
    return made


def speech(default: Literal["azure", "off"] = "azure") -> Speech:
    settings = Settings.model_construct(speech=default, azure_speech_endpoint="")
    return Speech(settings, scenario_of("utilities"))


async def test_they_are_opened_beside_the_loop_with_those_that_stand_in(opening: Opening) -> None:
    engines = speech()
    await engines.ready("openai_realtime")
    await engines.ready("openai_realtime")
    await engines.ready("")
    assert opening.opened == ["openai_realtime", "local", "azure"]
    assert threading.main_thread() not in opening.threads
    assert engines.named("openai_realtime").name == "openai_realtime"
    assert len(opening.opened) == 3


async def test_calls_that_come_at_once_open_them_once(opening: Opening) -> None:
    engines = speech()
    opening.hold.clear()
    coming = [asyncio.create_task(engines.ready("azure")) for _ in range(5)]
    await asyncio.sleep(0)
    opening.hold.set()
    await asyncio.gather(*coming)
    assert opening.opened == ["azure", "local"]


async def test_what_can_t_be_had_is_told_to_who_asks_for_it(opening: Opening) -> None:
    engines = speech()
    await engines.ready("voicelive")
    with pytest.raises(SpeechUnavailable, match="no endpoint"):
        engines.named("voicelive")


async def test_those_of_mapped_numbers_are_warmed_with_the_default(opening: Opening) -> None:
    await speech().warm(frozenset({"openai_realtime"}))
    assert opening.opened == ["azure", "openai_realtime"]
    await speech("off").warm(frozenset({"openai_realtime"}))
    assert len(opening.opened) == 2


def channel(speech_: str, **more: Any) -> Any:
    return SimpleNamespace(**{"speech": speech_, "active": True, "type": Channel.VOICE, **more})


class Router:
    def __init__(self, *channels: Any) -> None:
        self._channels = channels

    async def configuration(self) -> Any:
        if not self._channels:
            raise RecordsUnavailable("down")
        return SimpleNamespace(channels=self._channels)


async def test_the_engines_that_numbers_are_mapped_to_are_known() -> None:
    router: Any = Router(
        channel("azure"),
        channel(""),
        channel("local", active=False),
        channel("voicelive", type=Channel.SMS),
        channel("openai_realtime"),
    )
    clock = PinnedClock(NOW)
    assert await _Numbers(router, clock).engines() == {"azure", "openai_realtime"}
    down: Any = Router()
    assert await _Numbers(down, clock).engines() == frozenset()
