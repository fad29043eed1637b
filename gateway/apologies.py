"""What a customer hears when a turn can't be run. An emergency gets the safety words, always."""

from __future__ import annotations

from contracts.clock import Clock
from contracts.identity import Identity
from contracts.language import marked, speaking, t
from contracts.messages import Inbound, Outbound, Text, Turn
from contracts.scenario import Brand
from nodes.emergency import emergency
from nodes.language import language_after, language_of
from nodes.masking import clean, mask
from nodes.verification import read_answer
from tools.outage.emergency import safety_words

READ = 16_000  # characters of a message, in which an emergency is looked for
KEPT = 400
_MEMORY_DOWN = marked(
    "I'm sorry, we have a technical problem and I can't look anything up right now. "
    "Please try again in a minute. In an emergency call 911 or {phone}."
)
_BROKE = marked(
    "I'm sorry, something went wrong on our side and I couldn't finish that. Please say it "
    "once more, or call us on {phone}."
)
_GAVE_UP = marked(
    "I'm sorry, I couldn't work on your last message because of a problem on our side. "
    "If it asked for something to be done, please check before you ask again."
)


class Apology:
    """`language`: what the customer was spoken to in, or None where that can't be looked up."""

    def __init__(self, brand: Brand, clock: Clock) -> None:
        self._brand = brand
        self._clock = clock

    def memory_down(self, inbound: Inbound) -> list[Outbound]:
        """Nothing can be kept or looked up: say so, and what to do."""
        turn = self._turn(inbound, None, _MEMORY_DOWN, phone=self._brand.emergency_phone)
        return [*turn.parts, turn]

    def safety(self, inbound: Inbound) -> list[Outbound]:
        """The safety words for an emergency that can't be taken in; nothing if it is none."""
        turn = self._turn(inbound, None, "")
        return [*turn.parts, turn] if turn.reply else []

    def broke(self, inbound: Inbound, who: Identity, language: str | None) -> Turn:
        return self._turn(inbound, who, _BROKE, language, phone=self._brand.phone)

    def gave_up(self, inbound: Inbound, who: Identity, language: str | None) -> Turn:
        return self._turn(inbound, who, _GAVE_UP, language)

    def _turn(
        self,
        inbound: Inbound,
        who: Identity | None,
        words: str,
        language: str | None = None,
        **values: str,
    ) -> Turn:
        said = clean(inbound.said[:READ])
        report = emergency(said)
        with speaking(language_after(inbound.text, language) or language_of(inbound.text)):
            text = safety_words(report, self._brand) if report else t(words, **values)
        text = "" if inbound.silent else text
        return Turn(
            inbound_key=inbound.key,
            customer_id=who.customer_id if who else "",
            thread_id=who.thread_id if who else "",
            channel=inbound.channel,
            # Nobody has read it: whatever could be an answer to a check is left out.
            said=read_answer(mask(said)[: 2 * KEPT]).masked[:KEPT],
            reply=text,
            parts=(Text(text=text),) if text else (),
            identity=who.rung.word if who else "anonymous",
            at=self._clock.now(),
        )
