"""Calls, put together: what carries them, what hears and speaks in them, and what looks after them.

Nothing heavy is loaded before the first call, or before `warm` is told to.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from channels.numbers.router import NumberRouter, name_of
from contracts.clock import Clock
from contracts.errors import ConfigurationError, RecordsUnavailable, SpeechUnavailable
from contracts.messages import Channel
from contracts.records import Records
from contracts.scenario import Scenario
from contracts.settings import Settings
from contracts.speech import Engines
from gateway.background import Job
from gateway.gateway import Gateway
from stores.memory import Memory
from voice import switchboard
from voice.figures import figures
from voice.pulse import Pulse
from voice.spoken.reading import read_out
from voice.switchboard import EMBEDDED, Switchboard

if TYPE_CHECKING:
    from voice.acs.answering import OurNumber
    from voice.acs.calls import AcsCalls
    from voice.engines.local import LocalEngines

log = logging.getLogger(__name__)

WARM_AFTER_S = 5.0  # the server listens: what is asked of it first goes before


class Speech:
    """The engines, by name, each opened when it is first used. `own`: in place of all of them."""

    def __init__(self, settings: Settings, scenario: Scenario, own: Engines | None = None) -> None:
        self._settings = settings
        self._voices = scenario.voice.voices
        self._own = own
        self._opened: dict[str, Engines] = {}
        self._opening = threading.Lock()

    @property
    def default(self) -> str:
        """What is used where a number has no choice of its own; "off": no calls."""
        chosen = self._settings.speech
        if chosen != "auto":
            return chosen
        return "azure" if self._settings.azure_speech_endpoint else "local"

    def named(self, name: str) -> Engines:
        """Their libraries are loaded where they are asked for first: up to a second, which `ready`
        keeps off the loop. Raises SpeechUnavailable for what can't be had."""
        if self._own is not None:
            return self._own
        name = name or self.default
        if name not in self._opened:
            with self._opening:
                if name not in self._opened:
                    self._opened[name] = self._open(name)
        return self._opened[name]

    def _open(self, name: str) -> Engines:
        try:
            return _engines(name, self._settings, self._voices)
        except ConfigurationError as error:
            log.error("engines can't be opened", extra={"engine": name, "why": str(error)})
            raise SpeechUnavailable(str(error)) from error

    async def ready(self, name: str) -> None:
        """Have those engines, and the embedded ones that stand in for them, without holding up the
        loop. What can't be had is told by `named`."""
        for one in (name or self.default, EMBEDDED):
            if self._own is None and one not in self._opened:
                with suppress(SpeechUnavailable):
                    await asyncio.to_thread(self.named, one)

    async def warm(self, names: Iterable[str] = ()) -> None:
        """Load what the default engines need, and those of these names. Raises
        SpeechUnavailable."""
        if self._own is not None or self.default == "off":
            return
        for name in dict.fromkeys((self.default, *names)):
            if name == EMBEDDED:
                await (await self._embedded()).start()
            else:
                await asyncio.to_thread(self.named, name)

    async def transcribe(self, data: bytes, content_type: str, language: str) -> str | None:
        """`Transcriber` of voice messages, by the embedded engines. Raises SpeechUnavailable."""
        if self._own is not None or self.default == "off":
            return None
        engines = await self._embedded()
        return await engines.transcriber.transcribe(data, content_type, language)

    @property
    def reads(self) -> bool:
        """Whether the embedded voice can be had: not where other engines stand in for all."""
        return self._own is None and self.default != "off"

    async def read(self, text: str, language: str) -> bytes:
        """All of a text as the embedded voice reads it out: 16 kHz, mono, 16 bits. language: "en",
        or with its country, "en-US". Raises SpeechUnavailable."""
        mouth = await (await self._embedded()).mouth()
        language = language.partition("-")[0]
        return await read_out(mouth, text, language)

    async def _embedded(self) -> LocalEngines:
        await asyncio.to_thread(import_module, "voice.engines.local")
        from voice.engines.local import LocalEngines

        engines = self.named("local")
        assert isinstance(engines, LocalEngines)  # noqa: S101
        return engines

    async def close(self) -> None:
        await asyncio.gather(*(engines.close() for engines in self._opened.values()))


@dataclass(frozen=True, slots=True)
class Voice:
    """`acs`: calls over Azure, where they are set up."""

    speech: Speech
    switchboard: Switchboard
    pulse: Pulse
    acs: AcsCalls | None
    mapped: Callable[[], Awaitable[frozenset[str]]]  # the engines that our numbers are mapped to

    def start(self) -> None:
        """This process serves calls."""
        if self.acs is not None:
            self.pulse.start()

    async def warm(self, after_s: float = WARM_AFTER_S) -> None:
        """Load what calls need, shortly after the start, so that the first caller does not wait."""
        await asyncio.sleep(after_s)
        try:
            await self.speech.warm(await self.mapped())
        except SpeechUnavailable as error:
            log.warning("the speech engines can't be had", extra={"why": str(error)})

    def jobs(self, records: Records, clock: Clock, quiet: Callable[[], bool]) -> Iterator[Job]:
        """What goes on behind calls. `quiet`: whether nobody is called unasked now."""
        yield switchboard.CATCHES_UP_EVERY_S, self.switchboard.catch_up
        if self.acs is None:
            return
        from voice.acs import promised, taking_over

        yield taking_over.EVERY_S, self.acs.look
        waiting = promised.PromisedCalls(
            records=records,
            outbound=self.acs.outbound,
            memory=self.acs.memory,
            clock=clock,
            quiet=quiet,
        )
        yield promised.EVERY_S, waiting.run

    async def farewell(self) -> None:
        """Say sorry in the calls that are here, and end them."""
        if self.acs is not None:
            await self.acs.sockets.farewell()

    async def close(self) -> None:
        await self.pulse.close()
        if self.acs is not None:
            await self.acs.close()
        await self.speech.close()


def calls_are_carried(settings: Settings, speech: Speech) -> bool:
    """Whether there are calls over Azure."""
    return bool(settings.acs_endpoint) and speech.default != "off"


def voice_of(
    settings: Settings,
    scenario: Scenario,
    *,
    records: Records,
    memory: Memory,
    gateway: Gateway,
    router: NumberRouter,
    clock: Clock,
    secret: bytes,
    speech: Speech,
) -> Voice:
    """Nothing is opened before it is needed. No calls over Azure without ACS_ENDPOINT, or where
    speech is off."""
    pulse = Pulse(memory.keyvalue, f"{socket.gethostname()}-{secrets.token_hex(6)}")
    board = Switchboard(
        gateway, records, scenario, clock, speech.named, me=pulse.me, ready=speech.ready
    )
    numbers = _Numbers(router, clock)
    if not calls_are_carried(settings, speech):
        return Voice(speech, board, pulse, None, numbers.engines)
    # A third of a second of imports, for those who need them.
    from voice.acs.calls import acs_calls_of

    acs = acs_calls_of(
        settings,
        scenario,
        records=records,
        keyvalue=memory.keyvalue,
        gateway=gateway,
        switchboard=board,
        pulse=pulse,
        number_of=numbers.of,
        sender_of=numbers.sender,
        clock=clock,
        secret=secret,
    )
    return Voice(speech, board, pulse, acs, numbers.engines)


class _Numbers:
    """Our numbers, as operators mapped them."""

    def __init__(self, router: NumberRouter, clock: Clock) -> None:
        self._router = router
        self._clock = clock

    async def of(self, number: str, address: str) -> OurNumber:
        """A number that is not known takes calls as well, and so do all while the records are
        down."""
        from voice.acs.answering import OurNumber

        try:
            channel, agent = await self._router.called(number, address)
        except RecordsUnavailable:
            log.warning("a call is taken without looking its number up")
            return OurNumber()
        if channel is None:
            return OurNumber()
        return OurNumber(agent=name_of(agent), speech=channel.speech, active=channel.active)

    async def engines(self) -> frozenset[str]:
        """Those that our numbers are mapped to; none while the records are down."""
        try:
            channels = (await self._router.configuration()).channels
        except RecordsUnavailable:
            return frozenset()
        calls = (it for it in channels if it.active and it.type is Channel.VOICE)
        return frozenset(it.speech for it in calls if it.speech)

    async def sender(self) -> str:
        """The first number that takes calls over Azure; empty where there is none."""
        channel = await self._router.channel_for(Channel.VOICE, "acs")
        return channel.number if channel else ""


def _engines(name: str, settings: Settings, voices: Mapping[str, str]) -> Engines:
    """Raises ConfigurationError, SpeechUnavailable."""
    if name == "local":
        from voice.engines.local import LocalEngines

        return LocalEngines(settings.data_dir)
    if name == "azure":
        from voice.engines.azure.engines import AzureEngines
        from voice.engines.local import silero

        activity = partial(silero.SileroActivity, silero.load())
        return AzureEngines(settings, voices=voices, activity=activity)
    if name == "voicelive":
        from voice.engines.local import silero
        from voice.engines.realtime.voice_live import VoiceLiveEngines

        activity = partial(silero.SileroActivity, silero.load())
        return VoiceLiveEngines(settings, activity, voices=voices, figures=figures)
    if name == "openai_realtime":
        from voice.engines.local import silero
        from voice.engines.realtime.openai_realtime import OpenAIRealtimeEngines

        activity = partial(silero.SileroActivity, silero.load())
        return OpenAIRealtimeEngines(settings, activity, figures=figures)
    raise SpeechUnavailable(f"there are no engines named {name}: see SPEECH")
