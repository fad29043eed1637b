"""How a call begins: leave to record it where that is asked for, and the greeting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from contracts.language import ENGLISH, speaking, t
from contracts.scenario import Scenario
from nodes.consent import consent
from voice import wording
from voice.line import Caller, Line
from voice.listening.turns import Utterance
from voice.log import CallLog
from voice.person import Person
from voice.silence import Quiet
from voice.talking.speaker import Speaker

Coming = Callable[[], Awaitable[Utterance | Quiet]]
YES, NO = "1", "2"  # as keys


class Opening:
    def __init__(
        self,
        caller: Caller,
        person: Person,
        line: Line,
        speaker: Speaker,
        scenario: Scenario,
        log: CallLog,
    ) -> None:
        self._caller = caller
        self._person = person
        self._line = line
        self._speaker = speaker
        self._scenario = scenario
        self._log = log
        self.asks = False  # a yes or no, which a key says as well

    async def run(self, coming: Coming) -> Utterance | None:
        """Greet; what the caller said instead of an answer to our question, if anything. `coming`
        waits for what the caller says."""
        if self._caller.resumed:
            await self._say(self._caller.opening, self._caller.told)
            return None
        if self._caller.direction == "outbound":
            await self._say(self._calling())
            await self._say(self._caller.opening, self._caller.told)
            return None
        said = None
        if self._scenario.voice.recording == "ask":
            said = await self._ask_to_record(coming)
        if said is None:
            await self._say(self._greeting())
        return said

    async def _ask_to_record(self, coming: Coming) -> Utterance | None:
        """Record with a plain yes alone; what else was said, if it was no answer."""
        with speaking(self._person.language):
            question = t(wording.MAY_WE_RECORD, brand=self._scenario.brand.name)
            thanks = t(wording.RECORDING)
        self.asks = True
        await self._say(question)
        said = await coming()
        self.asks = False
        if isinstance(said, Quiet):
            return None
        answer = consent(said.text, question)
        if answer == "no" or said.digits == NO:
            return None
        if answer != "yes" and said.digits != YES:
            return said
        if where := await self._line.record():
            await self._log.recorded(where)
            await self._say(thanks)
        return None

    def _greeting(self) -> str:
        voice, person = self._scenario.voice, self._person
        texts = voice.known if person.name else voice.greeting
        text = texts.get(person.language) or texts[ENGLISH]
        return text.format(brand=self._scenario.brand.name, name=person.name)

    def _calling(self) -> str:
        """Who calls: nobody asked us for anything yet."""
        person, brand = self._person, self._scenario.brand.name
        with speaking(person.language):
            if person.name:
                return t(wording.CALLING_KNOWN, name=person.name, brand=brand)
            return t(wording.CALLING, brand=brand)

    async def _say(self, text: str, key: str = "") -> None:
        await self._speaker.say(text, self._person.language, key=key).over.wait()
