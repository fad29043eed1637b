"""Whole calls with audio only, out of evals/calls: is the caller understood, are the figures right?

Callers' voices (evals/voices.py) go through the emulated Azure, the true CallAutomationClient and
the media WebSocket into the product, with its embedded engines and model; what the phone plays is
written down by the embedded recogniser. A call is good where each of its turns ran what it had to
and its figures, which are taken from the records, are in what was heard. `typed` is the same script
without audio: what fails there was not misheard.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.build import App, open_app
from contracts.identity import Rung, thread_id_of
from contracts.messages import Channel, Inbound
from contracts.messages import Turn as Answered
from contracts.settings import Settings
from emulator.calling.audio import as_wav
from emulator.calling.caller import Caller, HungUp, NotAnswered
from evals.bench.voice_booth import CUSTOMERS, settings_in
from evals.calls.script import Call, Turn
from evals.case import Case, Step
from evals.records import Snapshot
from evals.texts import Texts
from evals.voices import noisy, silence, telephone, utterance
from models.local.figures import digits
from stores.identity import address_key
from ui.emulation import Emulation, emulated
from ui.server import listen, web_server
from voice.engines.local import LocalEngines

NOISES: dict[str, float | None] = {"clean": None, "20": 20.0, "10": 10.0}
LISTENS_S = 90.0
QUIET_S = 1.6
KEPT_WITHIN_S = 20.0
READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1
_SPELLED = re.compile(r"\{spelled:(\w+)\}")
_IN_FIGURE = re.compile(r"(?<=\d)[,\s](?=\d{3}\b)")
_DIGIT_BY_DIGIT = re.compile(r"\b\d(?:-\d)+\b")  # "9-1-1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call went. wrong: what was missing, in words; empty where it was good."""

    call: Call
    noise: str
    wrong: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.wrong


async def measure(
    calls: Sequence[Call], noises: Sequence[str], at_once: int, *, typed: bool = False
) -> list[Outcome]:
    """Those calls, over a line of each noise; `typed` too: without audio, first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engines = LocalEngines(Settings().data_dir)
        try:
            async with _site(folder, engines) as (app, phone):
                snapshot = await Snapshot.of(app.database)
                found = []
                for call in calls if typed else ():
                    await snapshot.restore(app.database)
                    found.append(await _typed(app, call))
                if noises:
                    await engines.start()
                for noise in noises:
                    hall = _Hall(app, phone, engines, noise)
                    for calling in _at_once(calls, at_once):
                        await snapshot.restore(app.database)
                        found += await asyncio.gather(*map(hall.play, calling))
        finally:
            await engines.close()
    return found


def _at_once(calls: Sequence[Call], most: int) -> Iterator[list[Call]]:
    """Calls of different customers, at most so many."""
    waiting = list(calls)
    while waiting:
        of_customers: dict[str, Call] = {}
        for call in waiting:
            if len(of_customers) < most:
                of_customers.setdefault(call.who, call)
        yield list(of_customers.values())
        waiting = [call for call in waiting if of_customers.get(call.who) is not call]


class _Hall:
    """Where calls are played, over a line of one noise."""

    def __init__(self, app: App, phone: Emulation, engines: LocalEngines, noise: str) -> None:
        self._app = app
        self._phone = phone
        self._engines = engines
        self._noise = noise

    async def play(self, call: Call) -> Outcome:
        wrong: list[str] = []
        texts = await _ready(self._app, call)
        try:
            async with Caller(self._phone.url, texts.number_of(call.who)) as caller:
                await caller.listen_until_quiet(1.0, within_s=LISTENS_S)
                number = 0
                for turn in call.turns:
                    heard = await self._say(caller, call, turn, texts)
                    turns = await self._turns(caller, number)
                    number = max((it.number for it in turns), default=number)
                    wrong += await _faults(turn, turns, heard, texts)
        except (HungUp, NotAnswered) as error:
            wrong.append(f"the call broke off: {error}")
        else:
            await self._over(caller)
        return Outcome(call, self._noise, tuple(wrong))

    async def _say(self, caller: Caller, call: Call, turn: Turn, texts: Texts) -> str:
        """What is heard as an answer, written down."""
        if turn.presses:
            await caller.press(await _filled(turn.presses, texts))
        else:
            await caller.say(self._sound(call, await _filled(turn.says, texts)) + silence(0.5))
        pcm = await caller.listen_until_quiet(QUIET_S, within_s=LISTENS_S)
        said = await self._engines.transcriber.transcribe(as_wav(pcm), "audio/wav", call.language)
        return said or ""

    async def _over(self, caller: Caller) -> None:
        """Returns once the product has ended the call: it writes no more then."""
        async with asyncio.timeout(KEPT_WITHIN_S):
            while (call := await self._app.records.calls.find(caller.call_id)) and not call.ended:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_EVERY_S)

    def _sound(self, call: Call, text: str) -> bytes:
        spoken = utterance(text, voice=call.voice, speed=call.speed, language=call.language)
        pcm = silence(0.2) + spoken + silence(0.2)
        db = NOISES[self._noise]
        if db is not None:
            pcm = noisy(pcm, db, seed=len(text))
        return telephone(pcm) if call.line == "phone" else pcm

    async def _turns(self, caller: Caller, after: int) -> list[Answered]:
        """The call's turns since that number, once they are kept."""
        call = await self._app.records.calls.find(caller.call_id)
        if call is None:
            return []
        found: list[Answered] = []
        of_call = f"{Channel.VOICE}:{call.call_id}:"
        deadline = asyncio.get_running_loop().time() + KEPT_WITHIN_S
        while not found and asyncio.get_running_loop().time() < deadline:
            await self._app.archiver.drain()
            recent = await self._app.records.transcripts.recent(call.customer_id, 8)
            found = [
                it for it in recent if it.inbound_key.startswith(of_call) and it.number > after
            ]
            await asyncio.sleep(LOOK_EVERY_S)
        return found


async def _typed(app: App, call: Call) -> Outcome:
    """The same words, by the gateway alone."""
    texts = await _ready(app, call)
    wrong: list[str] = []
    for turn in call.turns:
        said = await _filled(turn.says or turn.presses, texts)
        inbound = Inbound(
            channel=Channel.VOICE,
            address=texts.number_of(call.who),
            text=said if turn.says else "",
            dtmf=said.rstrip("#") if turn.presses else None,
            session=f"typed-{call.id}",
            at=app.clock.now(),
        )
        parts = [part async for part in app.gateway.receive(inbound)]
        turns = [part for part in parts if isinstance(part, Answered)]
        wrong += await _faults(turn, turns, " ".join(it.reply for it in turns), texts)
    return Outcome(call, "typed", tuple(wrong))


async def _ready(app: App, call: Call) -> Texts:
    """Their texts; they have not called before, and are on the rung where the call begins."""
    step = Step(says=call.turns[0].says)
    case = Case(id=call.id, title=call.intent, agent="", customer=call.who, turns=(step,))
    texts = await Texts.of(app, case)
    who, number = texts.named(call.who), texts.number_of(call.who)
    await app.memory.checkpointer.adelete_thread(thread_id_of(who.customer_id))
    rung = Rung.VERIFIED if call.rung == "verified" else Rung.RECOGNISED
    await app.bindings.drop(address_key(Channel.VOICE, number))
    if rung is Rung.VERIFIED:
        await app.directory.raise_to(Channel.VOICE, number, who.customer_id, rung)
    return texts


async def _filled(text: str, texts: Texts) -> str:
    spelled = _SPELLED.sub(lambda found: " ".join(texts.facts[found[1]]), text)
    return await texts.fill(spelled)


async def _faults(turn: Turn, turns: Sequence[Answered], heard: str, texts: Texts) -> list[str]:
    """What is missing of what had to come of a turn."""
    what = repr(turn.says or turn.presses)
    said = " / ".join(it.said for it in turns)
    ran = {run.name for it in turns for run in it.tools}
    wrong = []
    if turn.ran and not ran & set(turn.ran):
        wrong.append(
            f"{what}, understood as {said!r}: ran {sorted(ran)}, not {turn.ran}; heard {heard!r}"
        )
    if turn.agent and turn.agent not in {it.agent for it in turns}:
        wrong.append(f"{what}, understood as {said!r}: not {turn.agent} answered")
    for figure in turn.tells:
        wanted = await texts.fill(figure)
        if not tells(heard, wanted):
            wrong.append(f"{what}: {wanted!r} is not in {heard!r}")
    return wrong


def tells(heard: str, wanted: str) -> bool:
    """Whether an answer tells that: figures however they are written, words in any case."""
    return f" {_plain(wanted)} " in f" {_plain(heard)} "


def _plain(text: str) -> str:
    """Figures in digits, words in lower case, nothing else."""
    text = _IN_FIGURE.sub("", text.replace("$", " "))
    text = _DIGIT_BY_DIGIT.sub(lambda match: match[0].replace("-", ""), text)
    if not re.fullmatch(r"[\d.\s]*", text):
        text = digits(text.lower())
    words = re.findall(r"\d+|[^\W\d_]+", text)
    units = {"dollars", "dollar", "cents", "cent", "and", "con", "y", "dólares", "centavos"}
    return " ".join(word for word in words if word not in units)


@asynccontextmanager
async def _site(folder: Path, engines: LocalEngines) -> AsyncIterator[tuple[App, Emulation]]:
    """The product, served, with an emulated Azure that its calls come in over."""
    with listen("127.0.0.1", 0) as listening:
        port = {"port": listening.getsockname()[1], "emulator_port": 0}
        settings = settings_in(folder, seed_customers=CUSTOMERS, **port)
        grid = {"scale": 0.001, "connect_every_s": 0.05}
        async with (
            emulated(settings, grid=grid, carry_s=0.0) as (given, phone),
            open_app(given, engines=engines) as app,
        ):
            if phone is None:
                raise RuntimeError("the calls need the emulator: EMULATOR=off leaves it out")
            await phone.introduce(app)
            ready = asyncio.Event()
            server = web_server(app, ready.set)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                await asyncio.wait_for(ready.wait(), READY_WITHIN_S)
                phone.start()
                await _connected(phone)
                yield app, phone
            finally:
                server.should_exit = True
                await serving


async def _connected(phone: Emulation) -> None:
    """Returns once the product has answered the handshake: it hears of calls."""
    async with asyncio.timeout(READY_WITHIN_S):
        while not ((grid := phone.emulator.calls.grid) and grid.standing.connected):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)


def share(outcomes: Sequence[Outcome], noise: str = "clean") -> float | None:
    """Of the calls over that line; None where there are none."""
    own = [one for one in outcomes if one.noise == noise]
    return round(sum(one.good for one in own) / len(own), 4) if own else None


def show(outcomes: Sequence[Outcome], console: Console) -> None:
    noises = list(dict.fromkeys(one.noise for one in outcomes))
    table = Table("", *noises, title="calls understood, with the right figures")
    kinds: tuple[tuple[str, Callable[[Call], str]], ...] = (
        ("", lambda call: "all"),
        ("voice ", lambda call: call.voice),
        ("speed ", lambda call: f"{call.speed:g}"),
        ("line ", lambda call: call.line),
        ("", lambda call: call.intent),
    )
    for prefix, kind in kinds:
        for value in dict.fromkeys(kind(one.call) for one in outcomes):
            rows = [[o for o in outcomes if o.noise == n and kind(o.call) == value] for n in noises]
            cells = [f"{sum(it.good for it in own)} of {len(own)}" for own in rows]
            table.add_row(prefix + value, *cells)
    console.print(table)
    for one in outcomes:
        for fault in one.wrong:
            console.print(f"{one.call.id} ({one.noise}, {one.call.voice}): {fault}", markup=False)
