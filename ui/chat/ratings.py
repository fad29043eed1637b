"""Thumbs under the answers of one page, and what a customer says to a thumb down."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from contracts.errors import StoreUnavailable
from contracts.language import speaking, t
from contracts.records import Rating
from nodes.language import language_of
from nodes.masking import clean, mask
from ui.cards import Widget

if TYPE_CHECKING:
    from app.build import App
    from contracts.messages import Turn
    from ui.chat.page import Page, Written

log = logging.getLogger(__name__)

Value = Literal[1, -1]
LONGEST_COMMENT = 1_000  # characters


@dataclass(slots=True)
class _Rated:
    """An answer on the page. language: the one it was given in."""

    customer_id: str
    written: Written
    language: str | None
    value: Value | None = None
    commented: bool = False


class Ratings:
    """Of the answers that stand on a page: only those can be rated from it, each as often as its
    customer changes their mind."""

    def __init__(self, app: App, page: Page) -> None:
        self._app = app
        self._page = page
        self._answers: dict[str, _Rated] = {}

    async def given(self, keys: Sequence[str]) -> dict[str, Value]:
        """The thumbs these turns got before, by their keys. Raises StoreUnavailable."""
        return {it.key: it.value for it in await self._app.records.feedback.of(keys)}

    async def offer(self, turn: Turn, written: Written, given: Value | None = None) -> None:
        """Put thumbs under an answer; given: the one it got before."""
        if not turn.reply:
            return
        answer = _Rated(turn.customer_id, written, language_of(turn.reply), value=given)
        answer.commented = given == -1
        self._answers[turn.inbound_key] = answer
        with speaking(answer.language):
            up, down = t("This was helpful"), t("This was not helpful")
        await written.thumbs(turn.inbound_key, up, down, given)

    async def rate(self, key: str, value: Value) -> None:
        """Keep a thumb; after the first one down ask what was wrong."""
        answer = self._answers.get(key)
        if answer is None or answer.value == value:
            return
        with speaking(answer.language):
            if not await self._keep(key, answer, value):
                return
            answer.value = value
            await answer.written.thumb(value)
            if value > 0 or answer.commented:
                await self._page.toast(t("Thank you for telling us."))
                return
            answer.commented = True
            await self._page.write(t("I'm sorry that didn't help."), (_form(key),))

    async def comment(self, key: str, text: str) -> None:
        """Keep what was said to a thumb down."""
        answer = self._answers.get(key)
        said = mask(clean(text))[:LONGEST_COMMENT]
        if answer is None or answer.value != -1 or not said:
            return
        with speaking(answer.language):
            if await self._keep(key, answer, -1, said):
                await self._page.toast(t("Thank you for telling us."))

    async def _keep(self, key: str, answer: _Rated, value: Value, comment: str = "") -> bool:
        rating = Rating(
            key=key,
            customer_id=answer.customer_id,
            value=value,
            comment=comment,
            at=self._app.clock.now(),
        )
        try:
            await self._app.records.feedback.add(rating)
        except StoreUnavailable as error:
            log.warning("a rating was not kept", extra={"error": type(error).__name__})
            await self._page.toast(t("I couldn't note that just now. Please try again later."))
            return False
        return True


def _form(key: str) -> Widget:
    """A field for what was wrong. What is written there is no message to the assistant."""
    words = {
        "turn": key,
        "question": t("What went wrong? This note goes to our team, not to the chat."),
        "send": t("Send note"),
        "sent": t("Your note was sent. Thank you."),
    }
    return Widget("Comment", {**words, "longest": LONGEST_COMMENT})
