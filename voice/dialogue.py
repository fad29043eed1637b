"""The turns of a call, one after the other: what the caller said goes to the gateway, what comes
back is spoken, and what comes after that is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from contracts.clock import Clock
from contracts.errors import ThroughlineError
from contracts.language import speaking, t
from contracts.messages import (
    Channel,
    Choices,
    Handoff,
    HangUp,
    Inbound,
    Outbound,
    Reached,
    Step,
    Text,
    TextDelta,
    Transfer,
    Turn,
)
from contracts.records import CallEventKind, Outcome
from contracts.scenario import Scenario
from gateway.gateway import Gateway
from gateway.untaken import untaken
from nodes.consent import consent
from nodes.language import language_after
from voice import wording
from voice.latency import Latency
from voice.line import Caller, Line, Shown
from voice.listening.turns import Utterance
from voice.log import CallLog
from voice.metronome import Beats
from voice.opening import Opening
from voice.person import Person
from voice.silence import Quiet
from voice.talking.reply import Reply
from voice.talking.speaker import Speaker

log = logging.getLogger(__name__)

Met = Callable[[str], Awaitable[None]]  # a customer's id


@dataclass
class _Turn:
    """One turn while it is answered."""

    inbound: Inbound
    reply: Reply
    latency: Latency
    quiet_since: float
    filled: bool = False
    transfer: Transfer | None = None
    hang_up: HangUp | None = None
    customer_id: str = ""  # whose turn it was
    choices: list[Choices] = field(default_factory=list)


class Dialogue:
    """`put` and `broken_in` return at once; `run` is the conversation, to its outcome."""

    def __init__(
        self,
        caller: Caller,
        person: Person,
        line: Line,
        speaker: Speaker,
        *,
        gateway: Gateway,
        log: CallLog,
        scenario: Scenario,
        clock: Clock,
        beats: Beats,
        met: Met,
    ) -> None:
        """`met` is told who the caller turned out to be."""
        self._caller = caller
        self._line = line
        self._speaker = speaker
        self._gateway = gateway
        self._log = log
        self._voice = scenario.voice
        self._clock = clock
        self._beats = beats
        self._met = met
        self._customer_id = person.customer_id
        self._theirs = False  # the caller is saying something
        self._opening = Opening(caller, person, line, speaker, scenario, log)
        self._coming: asyncio.Queue[Utterance | Quiet] = asyncio.Queue()
        self._turn: _Turn | None = None
        self._busy = True  # from the beginning of something to its end
        self._count = 0
        self._untaken_calls = 0
        self._reached: Reached | None = None
        self._unsure: Inbound | None = None  # given to the gateway, and maybe not kept there yet
        self._choices: Choices | None = None
        self._transfer: Transfer | None = None  # waits for an interruption to be answered
        self._offered = False  # a call-back, to nobody who answers
        self._moved = False
        self.leaving = False  # all is said, as far as we are concerned
        self.transferring = False  # the line looks for a person
        self.language = person.language

    # --- what comes from outside ----------------------------------------------------------------

    def put(self, said: Utterance | Quiet) -> None:
        self._coming.put_nowait(said)

    @property
    def idle(self) -> bool:
        """Whether it is the caller's turn."""
        return not self._busy and self._coming.empty()

    @property
    def one_key(self) -> bool:
        """Whether a single key answers what we asked."""
        return self._choices is not None or self._offered or self._opening.asks

    @property
    def spoken_with(self) -> bool:
        """Whether the caller has said anything."""
        return self._count > 0 or not self._coming.empty()

    @property
    def moved(self) -> bool:
        """Whether the conversation goes on on another channel."""
        return self._moved

    def broken_in(self) -> None:
        """The caller speaks over us: nothing more of what is being said is heard."""
        saying = self._speaker.stop()
        if saying is not None and saying.key:
            self._reached = Reached(key=saying.key, text=saying.heard())
            self._log.note(CallEventKind.INTERRUPTED, saying.key)
            self._gateway.cancel(saying.key, self._reached.text)

    def beat(self, now: float, *, theirs: bool, waiting: bool) -> None:
        """Say "one moment" where a turn takes long, once. `theirs`: the caller is speaking;
        `waiting`: or has begun something that is not taken yet."""
        self._theirs = theirs or waiting
        turn = self._turn
        if turn is None or turn.filled or turn.reply.saying.closed:
            return
        if theirs or not self._speaker.quiet:
            turn.quiet_since = now
        elif now - turn.quiet_since >= self._voice.filler_s:
            turn.filled = True
            turn.reply.filler()

    # --- the conversation -----------------------------------------------------------------------

    async def run(self) -> Outcome:
        said: Utterance | Quiet | None = await self._opening.run(self._next)
        while True:
            said = said or await self._next()
            over = await (self._nobody(said) if isinstance(said, Quiet) else self._answer(said))
            said = None
            if over is not None:
                return over
            await self._log.flush()

    async def _next(self) -> Utterance | Quiet:
        self._busy = False
        said = await self._coming.get()
        self._busy = True
        return said

    async def leave(self, *, ended: bool = True) -> None:
        """The call is over: the thread gets to know, and what was said to the end and is not
        answered yet. Whoever says something and rings off has said it. Not `ended`: the call goes
        on elsewhere."""
        saying = self._speaker.saying
        if ended and saying is not None and saying.key:
            self.broken_in()
        try:
            if self._unsure is not None:
                await self._gateway.take(self._unsure)  # nothing comes of it if it was kept before
            while not self._coming.empty():
                said = self._coming.get_nowait()
                if isinstance(said, Utterance):
                    await self._gateway.take(self._inbound(self._taken(said)))
            if ended and (self._count or self._caller.resumed or self._reached):
                await self._gateway.take(self._last())
        except Exception as error:
            about = {"call_id": self._caller.call_id, "error": type(error).__name__}
            unforeseen = not isinstance(error, ThroughlineError)
            log.warning("the end of a call was not kept", extra=about, exc_info=unforeseen)

    async def _answer(self, said: Utterance) -> Outcome | None:
        inbound = self._inbound(self._taken(said))
        self._log.note(CallEventKind.TRANSCRIPTION_RECEIVED, inbound.key)
        reply = Reply(self._speaker, inbound.key, self.language)
        now = self._beats.now()
        turn = self._turn = _Turn(inbound, reply, Latency(said, now), now)
        self._choices, self.leaving, self._unsure = None, False, inbound
        try:
            async for part in self._gateway.receive(inbound):
                self._unsure = None
                self._take(turn, part)
        except Exception as error:  # noqa: BLE001 - a turn that fails ends no call
            self._not_taken(reply, error)
        finally:
            reply.close()
            self._turn = None
        self._unsure = None
        await asyncio.gather(reply.saying.over.wait(), self._meet(turn.customer_id))
        self._show_latency(turn)
        return await self._after(turn)

    def _not_taken(self, reply: Reply, error: Exception) -> None:
        if not isinstance(error, ThroughlineError):
            log.error("a turn failed", extra={"call_id": self._caller.call_id}, exc_info=error)
        self._log.note(CallEventKind.ERROR_OCCURRED, type(error).__name__)
        with speaking(self.language):
            reply.text(t(wording.NOT_TAKEN))

    def _take(self, turn: _Turn, part: Outbound) -> None:
        match part:
            case TextDelta():
                turn.latency.text(self._beats.now())
                turn.reply.delta(part.text)
            case Text():
                turn.latency.text(self._beats.now())
                turn.reply.text(part.text)
            case Step():
                turn.reply.pause()
                if part.status == "running":
                    self._line.show(Shown("step", text=part.label))
            case Choices():
                turn.choices.append(part)
                turn.reply.choices(part)
            case Transfer():
                turn.transfer = part
            case Handoff():
                self._moved = True
            case HangUp():
                turn.hang_up = part
            case Turn():
                turn.customer_id = part.customer_id
                self._line.show(Shown("agent", text=part.agent))
                self._log.note(CallEventKind.AGENT_RESPONSE_GENERATED, part.inbound_key)

    async def _after(self, turn: _Turn) -> Outcome | None:
        """What follows once everything was said; nothing where the caller broke in on it."""
        transfer = turn.transfer or self._transfer
        if turn.reply.saying.stopped:
            self._transfer = transfer
            return None
        self._transfer = None
        self._choices = turn.choices[-1] if turn.choices else None
        if transfer is not None:
            return await self._hand_to_a_person(transfer)
        self.leaving = turn.hang_up is not None
        goes_on = self._theirs or not self._coming.empty()
        if turn.hang_up is not None and turn.hang_up.at_once and not goes_on:
            return "moved" if self._moved else "completed"
        return None

    async def _meet(self, customer_id: str) -> None:
        """Somebody proved in this turn who they are, it may be."""
        if customer_id and customer_id != self._customer_id:
            self._customer_id = customer_id
            await self._met(customer_id)

    async def _hand_to_a_person(self, transfer: Transfer) -> Outcome | None:
        self._log.note(CallEventKind.TRANSFER_STARTED)
        language = transfer.language or self.language
        to = self._voice.agents
        self.transferring = True
        try:
            taken = bool(to) and await self._line.transfer(to, transfer.summary, language)
        finally:
            self.transferring = False
        self._log.note(CallEventKind.TRANSFER_ENDED, "taken" if taken else "nobody took it")
        if taken:
            return "transferred"
        await self._untaken(language)
        return None

    async def _untaken(self, language: str) -> None:
        """Tell the caller that nobody took the call, and their thread."""
        self._untaken_calls += 1
        caller = self._caller
        try:
            who = await self._gateway.identify(Channel.VOICE, caller.address)
            told = untaken(
                caller.call_id,
                caller.address,
                who.customer_id,
                language=language,
                nth=self._untaken_calls,
                at=self._clock.now(),
            )
            await self._gateway.happened(told)
        except ThroughlineError as error:
            self._log.note(CallEventKind.ERROR_OCCURRED, type(error).__name__)
            await self._say(wording.NOBODY_FREE)
            return
        text = told.happening.text if told.happening else ""
        await self._speaker.say(text, language, key=told.key).over.wait()

    async def _nobody(self, quiet: Quiet) -> Outcome | None:
        """Ask whether somebody is there, offer to call back, and go; at once after a goodbye. Who
        speaks over the last of it is there."""
        if self.leaving:
            return "moved" if self._moved else "completed"
        if self._caller.told and not self._count:  # a machine, or somebody who has heard enough
            return "silent" if await self._say(wording.NEWS_IS_OVER) else None
        self._offered = quiet.step == wording.OFFER
        heard = await self._say(wording.SILENCE[quiet.step - 1])
        return "silent" if heard and quiet.step == len(wording.SILENCE) else None

    async def _say(self, text: str) -> bool:
        """Whether it was heard to its end, and nothing has been said since."""
        with speaking(self.language):
            saying = self._speaker.say(t(text), self.language)
        await saying.over.wait()
        return not saying.stopped and self._coming.empty()

    # --- messages -------------------------------------------------------------------------------

    def _taken(self, said: Utterance) -> Utterance:
        """What the words or keys mean after what we asked."""
        if self._offered:
            self._offered = False
            with speaking(self.language):
                question = t(wording.SILENCE[wording.OFFER - 1])
                if said.digits == "1" or consent(said.text, question) == "yes":
                    return Utterance(
                        t(wording.CALL_ME_BACK), "", said.ended, said.known, said.decided
                    )
        if self._transfer is not None and consent(said.text) == "no":
            self._transfer = None
        return said

    def _inbound(self, said: Utterance) -> Inbound:
        self._count += 1
        self.language = language_after(said.text, self.language) or self.language
        choice = self._chosen(said.digits)
        reached, self._reached = self._reached, None
        return Inbound(
            channel=Channel.VOICE,
            address=self._caller.address,
            id=f"{self._caller.call_id}:{self._numbered()}",
            text=said.text,
            choice=choice,
            dtmf=said.digits if said.digits and choice is None else None,
            agent=self._caller.agent,
            session=self._caller.call_id,
            reached=reached,
            at=self._clock.now(),
        )

    def _numbered(self) -> str:
        """Of an utterance; in a call that was taken over, of none of those before."""
        taken_over = self._caller.resumed
        return f"{taken_over}.{self._count}" if taken_over else str(self._count)

    def _chosen(self, digits: str) -> str | None:
        """The answer that a single key stands for, in the order in which they were offered."""
        if self._choices is None or len(digits) != 1 or not digits.isdigit():
            return None
        options = self._choices.options
        return options[int(digits) - 1].id if 1 <= int(digits) <= len(options) else None

    def _last(self) -> Inbound:
        """That the session is over, and what was heard of the last reply if not all was."""
        return Inbound(
            channel=Channel.VOICE,
            address=self._caller.address,
            id=f"{self._caller.call_id}:end",
            agent=self._caller.agent,
            session=self._caller.call_id,
            reached=self._reached,
            ended=True,
            at=self._clock.now(),
        )

    def _show_latency(self, turn: _Turn) -> None:
        stages = turn.latency.stages(turn.reply.saying.began)
        if stages:
            self._line.show(Shown("latency", stages=stages))
