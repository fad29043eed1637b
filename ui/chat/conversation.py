"""One open chat page: what was said before, what is said here, and what comes in elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from contracts.errors import BadInput, StoreUnavailable, ThroughlineError
from contracts.language import t
from contracts.messages import Channel, Choice, Inbound, Media, Step, TextDelta, Turn
from ui.chat import render, standing
from ui.chat.openers import openers
from ui.chat.ratings import Ratings, Value
from ui.chat.uploads import Upload, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.build import App
    from contracts.identity import Identity
    from ui.chat.page import Page, Written

log = logging.getLogger(__name__)

SHOWN_AT_FIRST, SHOWN_MORE = 12, 20  # turns
LONGEST_WORDS = 300  # characters that a card's button says
SUBSCRIBED_WITHIN_S = 3.0
AGAIN_AFTER_S = 2.0  # when the store was down


@dataclass
class _Question:
    """Buttons that wait to be pressed. All answers share one message id, so one counts."""

    inbound_id: str
    options: tuple[Choice, ...]
    written: Written
    typed: bool = False  # the label is sent as if it had been typed
    again: Inbound | None = None  # what is sent once more, whatever is pressed
    id: str = field(default_factory=lambda: uuid4().hex)


class Conversation:
    """Made when a page opens, closed when it is gone. `address` is the web session's id."""

    def __init__(self, app: App, address: str, page: Page) -> None:
        self.address = address
        self._app = app
        self._page = page
        self._seen: set[str] = set()  # inbound keys that are on the page
        self._shown = SHOWN_AT_FIRST
        self._last: Turn | None = None  # that is on the page
        self._greeted: standing.Greeting | None = None
        self._unsent: tuple[Inbound, str] | None = None  # and the apology for it
        self._ratings = Ratings(app, page)
        self._question: _Question | None = None
        self._thread_id = ""
        self._subscribed = asyncio.Event()
        self._opened = asyncio.Event()
        self._idle = asyncio.Event()  # no turn of this page is running
        self._idle.set()
        self._answered = False  # the answer of the turn that is running stands on the page whole
        self._putting = asyncio.Lock()  # the page is put together anew: no turn begins meanwhile
        self._watching: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Show the turns so far, say hello, and begin to watch."""
        self._watch()
        try:
            async with asyncio.timeout(SUBSCRIBED_WITHIN_S):
                await self._subscribed.wait()
        except TimeoutError:
            log.warning("a chat opens without its subscription")
        try:
            await self.show()
        finally:
            self._opened.set()

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def left(self) -> bool:
        """The page lost its connection: wait whether it comes back; True if it is gone for good."""
        return not await self._page.back()

    async def show(self) -> None:
        """Let the page hold what memory holds: when it opens, and when it was away. A message
        that is being answered comes first."""
        shown = False
        while not shown:
            await self._idle.wait()
            async with self._putting:
                shown = not self.busy
                if shown:
                    await self._show_now()

    async def show_earlier(self) -> None:
        """Show more of what was said before."""
        if not self.busy:
            self._shown += SHOWN_MORE
            await self.show()

    async def say(self, text: str, uploads: Sequence[Upload] = ()) -> None:
        """Send what was typed, with the files that can be kept; why others can't be is said."""
        message_id = uuid4().hex
        media, problems = await take(self._app, self.address, message_id, uploads)
        for problem in problems:
            await self._page.write(problem)
        if text or media or not uploads:
            await self._say(self._inbound(message_id, text=text, media=media))

    async def press(self, question_id: str, option_id: str) -> None:
        """Send the answer of a button. One that was pressed, or is out of date, does nothing."""
        question = self._question
        if question is None or question.id != question_id:
            await self._page.toast(t("That question is settled already."))
            return
        option = next((it for it in question.options if it.id == option_id), None)
        if option is None:
            return
        self._question = None  # before anything is awaited: the second press finds nothing
        await question.written.drop_buttons()
        if question.again is not None:
            await self._say(question.again)
            return
        await self._page.echo(option.label)
        said, choice = (option.label, None) if question.typed else ("", option.id)
        error = await self._send(self._inbound(question.inbound_id, text=said, choice=choice))
        if error is not None:
            await self._page.write(render.apology(error, self._app.scenario.brand))
            await self._ask(question)

    @property
    def busy(self) -> bool:
        """Whether a turn of this page is running."""
        return not self._idle.is_set()

    async def is_ready(self) -> bool:
        """Whether a button may say something now. Who presses one while an answer is written can't
        have read it; once the answer stands there, what is left of its turn is waited for."""
        while self.busy:
            if not self._answered:
                return False
            await self._idle.wait()
        return True

    async def wait(self) -> None:
        """Ask the customer to."""
        await self._page.toast(t("One moment, please: I'm still answering."))

    async def say_for(self, text: str) -> None:
        """A card's button: its words are said as if the customer had typed them."""
        words = " ".join(text.split())
        if not words or len(words) > LONGEST_WORDS:
            log.warning("a card's words were refused", extra={"length": len(words)})
            return
        if not await self.is_ready():
            await self.wait()
            return
        self._begin()  # before anything is awaited: a second press finds it busy
        await self._page.echo(words)
        await self.say(words)

    async def rate(self, turn_key: str, value: Value) -> None:
        """A thumb under an answer of this page."""
        await self._ratings.rate(turn_key, value)

    async def comment(self, turn_key: str, text: str) -> None:
        """What was wrong with an answer."""
        await self._ratings.comment(turn_key, text)

    # --- a turn of this page ------------------------------------------------------------------

    def _inbound(
        self,
        message_id: str,
        *,
        text: str = "",
        choice: str | None = None,
        media: tuple[Media, ...] = (),
    ) -> Inbound:
        return Inbound(
            channel=Channel.WEB,
            address=self.address,
            id=message_id,
            text=text,
            choice=choice,
            media=media,
            at=self._app.clock.now(),
        )

    async def _say(self, inbound: Inbound) -> None:
        """Send it; if it was not taken, let it be sent again by a button."""
        error = await self._send(inbound)
        if error is None:
            return
        sorry = render.apology(error, self._app.scenario.brand)
        written = await self._page.write(sorry)
        if not isinstance(error, BadInput):
            self._unsent = inbound, sorry
            await self._ask_again(inbound, written)

    async def _send(self, inbound: Inbound) -> Exception | None:
        """Why the message did not get its turn, if it didn't."""
        async with self._putting:
            self._begin()
        try:
            await self._page.confirm()
            await self._settle()
            self._seen.add(inbound.key)
            self._unsent = None
            await self._stream(inbound)
        except ThroughlineError as error:
            log.warning("a message was not taken", extra={"error": type(error).__name__})
            return error
        except Exception as error:
            log.exception("a message failed")
            return error
        finally:
            self._idle.set()
        return None

    def _begin(self) -> None:
        self._idle.clear()
        self._answered = False

    async def _stream(self, inbound: Inbound) -> None:
        written = self._page.begin()
        async for part in self._app.gateway.receive(inbound):
            match part:
                case TextDelta():
                    await written.stream(part.text)
                case Step():
                    await self._page.step(part)
                case Turn():
                    await self._finish(part, written)

    async def _finish(self, turn: Turn, written: Written) -> None:
        rendered = render.render(turn)
        self._answered = True
        await written.finish(rendered.text, rendered.widgets)
        await self._stands(turn, written)
        if turn.thread_id and turn.thread_id != self._thread_id:
            self._watch()

    async def _stands(self, turn: Turn, written: Written) -> None:
        """A turn is the last on the page now: its question is the open one."""
        self._last = turn
        self._shown += 1
        await self._ask_of(turn, written)
        await self._ratings.offer(turn, written)

    # --- questions ----------------------------------------------------------------------------

    async def _ask_of(self, turn: Turn, written: Written) -> None:
        await self._ask(_Question(_answer_id(turn), render.options_of(turn), written))

    async def _ask_again(self, inbound: Inbound, written: Written) -> None:
        again = (Choice(id="again", label=t("Send it again")),)
        await self._ask(_Question(inbound.id, again, written, again=inbound))

    async def _ask(self, question: _Question) -> None:
        if question.options:
            self._question = question
            await question.written.buttons(question.id, question.options)

    async def _settle(self) -> None:
        """Whatever was asked before is answered, or no longer the question."""
        question, self._question = self._question, None
        if question is not None:
            await question.written.drop_buttons()

    # --- all that stands on the page ----------------------------------------------------------

    async def _show_now(self) -> None:
        try:
            await self._show_all()
        except StoreUnavailable as error:
            await self._page.write(render.apology(error, self._app.scenario.brand))

    async def _show_all(self) -> None:
        identity = await self._app.gateway.identify(Channel.WEB, self.address)
        found = await self._app.gateway.recent(identity, self._shown + 1)
        self._seen.update(turn.inbound_key for turn in found)
        turns = standing.seen_by(identity, found[-self._shown :])
        if self._greeted is None:
            self._greeted = await standing.greeting(self._app, identity, turns)
        self._question = None  # its buttons are about to go
        self._last = turns[-1] if turns else None
        bubbles = standing.bubbles(
            turns,
            self._greeted,
            unsent=self._unsent,
            more=len(found) > self._shown,
            zone=self._app.scenario.brand.timezone,
            now=self._app.clock.now(),
        )
        written = await self._page.replace(bubbles)
        await self._offer_thumbs(turns, written)
        await self._ask_what_is_open(identity, turns, written)

    async def _offer_thumbs(self, turns: list[Turn], written: dict[str, Written]) -> None:
        rated = await self._ratings.given([turn.inbound_key for turn in turns])
        for turn in turns:
            if place := written.get(render.answer_key(turn)):
                await self._ratings.offer(turn, place, rated.get(turn.inbound_key))

    async def _ask_what_is_open(
        self, identity: Identity, turns: list[Turn], written: dict[str, Written]
    ) -> None:
        """The last question, or what could be said first, as long as nothing was said here."""
        greeted = self._greeted.after if self._greeted else ""
        untouched = not turns or turns[-1].inbound_key == greeted
        hello = written.get(standing.GREETING)
        if self._unsent is not None:
            await self._ask_again(self._unsent[0], written[standing.SORRY])
        elif turns and render.options_of(turns[-1]):
            place = hello if untouched and hello else written.get(render.answer_key(turns[-1]))
            if place is not None:
                await self._ask_of(turns[-1], place)
        elif untouched and hello:
            options = await openers(self._app, identity, returning=bool(turns))
            await self._ask(_Question(uuid4().hex, options, hello, typed=True))

    # --- what comes in elsewhere --------------------------------------------------------------

    def _watch(self) -> None:
        """Watch the thread this session belongs to now, in place of the one before."""
        if self._watching is not None:
            self._watching.cancel()
        self._watching = asyncio.create_task(self._watch_on())

    async def _watch_on(self) -> None:
        self._page.step_out()
        while True:
            try:
                await self._watch_one()
            except StoreUnavailable:
                log.warning("a chat lost its subscription, and subscribes again")
                await asyncio.sleep(AGAIN_AFTER_S)
            except Exception:
                log.exception("a chat's subscription failed, and is made again")
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _watch_one(self) -> None:
        """Show a thread's turns as they finish, until this session belongs to another."""
        gateway = self._app.gateway
        identity = await gateway.identify(Channel.WEB, self.address)
        async with gateway.watch(identity.thread_id) as turns:
            self._thread_id = identity.thread_id
            self._subscribed.set()
            async for turn in turns:
                await self._opened.wait()
                # The right to see a customer's turns lapses, or the session moved on.
                now = await gateway.identify(Channel.WEB, self.address)
                ours = now.thread_id == turn.thread_id and standing.may_see(now, turn)
                if ours and turn.inbound_key not in self._seen:
                    await self._came_in(turn)
                if now.thread_id != identity.thread_id:
                    return

    async def _came_in(self, turn: Turn) -> None:
        self._seen.add(turn.inbound_key)
        if not await self._page.back():
            return
        if turn.reached is not None:  # an answer that stands here was not heard to its end
            await self._show_now()
            return
        if turn.silent:
            return
        await self._settle()
        zone, now = self._app.scenario.brand.timezone, self._app.clock.now()
        for bubble in render.bubbles(turn, self._last, zone=zone, now=now, labelled=True):
            written = await self._page.append(bubble)
            if not bubble.by_customer:
                await self._stands(turn, written)


def _answer_id(turn: Turn) -> str:
    """The message id of the answer to a turn's question: from whatever page, one answer counts."""
    return f"answer-{hashlib.sha256(turn.inbound_key.encode()).hexdigest()[:32]}"
