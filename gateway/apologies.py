"""What a customer hears when a turn can't be run. An emergency gets the safety words, always."""

from __future__ import annotations

from contracts.clock import Clock
from contracts.identity import Identity
from contracts.messages import Inbound, Outbound, Text, Turn
from contracts.scenario import Brand
from nodes.emergency import emergency
from nodes.masking import clean, mask
from tools.emergency import safety_words


class Apology:
    def __init__(self, brand: Brand, clock: Clock) -> None:
        self._brand = brand
        self._clock = clock

    def memory_down(self, inbound: Inbound) -> list[Outbound]:
        """Nothing can be kept or looked up: say so, and what to do."""
        report = emergency(inbound.said)
        text = (
            safety_words(report, self._brand)
            if report
            else "I'm sorry, we have a technical problem and I can't look anything up right now. "
            "Please write again in a minute. In an emergency call 911 or "
            f"{self._brand.emergency_phone}."
        )
        turn = self._turn(inbound, None, text)
        return [*turn.parts, turn]

    def broke(self, inbound: Inbound, who: Identity) -> Turn:
        return self._turn(
            inbound,
            who,
            "I'm sorry, something went wrong on our side and I couldn't finish that. Please say it "
            f"once more, or call us on {self._brand.phone}.",
        )

    def gave_up(self, inbound: Inbound, who: Identity) -> Turn:
        return self._turn(
            inbound,
            who,
            "I'm sorry, I couldn't work on your last message because of a problem on our side. "
            "If it asked for something to be done, please check before you ask again.",
        )

    def _turn(self, inbound: Inbound, who: Identity | None, text: str) -> Turn:
        return Turn(
            inbound_key=inbound.key,
            customer_id=who.customer_id if who else "",
            thread_id=who.thread_id if who else "",
            channel=inbound.channel,
            said=mask(clean(inbound.said))[:400],
            reply=text,
            parts=(Text(text=text),),
            identity=who.rung.word if who else "anonymous",
            at=self._clock.now(),
        )
