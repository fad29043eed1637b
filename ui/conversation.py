"""One open chat page: what was said before, what is said here, and what comes in elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from contracts.errors import StoreUnavailable, ThroughlineError
from contracts.identity import Identity, Rung, is_anonymous
from contracts.messages import Channel, Choice, Inbound, Step, TextDelta, Turn
from ui import render
from ui.cards import Widget
from ui.ratings import Ratings, Value

if TYPE_CHECKING:
    from app.build import App
    from ui.page import Page, Written

log = logging.getLogger(__name__)

SHOWN_BEFORE = 20  # turns
SUBSCRIBED_WITHIN_S = 3.0
AGAIN_AFTER_S = 2.0  # when the store was down


@dataclass
class _Question:
    """Buttons that wait to be pressed. All answers share one message id, so one counts."""

    inbound_id: str
    options: tuple[Choice, ...]
    written: Written
    typed: bool = False  # the label is sent as if it had been typed
    id: str = field(default_factory=lambda: uuid4().hex)


class Conversation:
    """Made when a page opens, closed when it is gone. `address` is the web session's id."""

    def __init__(self, app: App, address: str, page: Page) -> None:
        self.address = address
        self._app = app
        self._page = page
        self._seen: set[str] = set()  # inbound keys that are on the page
        self._ratings = Ratings(app, page)
        self._question: _Question | None = None
        self._thread_id = ""
        self._subscribed = asyncio.Event()
        self._opened = asyncio.Event()
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
            await self._greet()
        except StoreUnavailable as error:
            await self._page.write(render.apology(error, self._app.scenario.brand))
        finally:
            self._opened.set()

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def left(self) -> bool:
        """The page lost its connection: wait whether it comes back; True if it is gone for good."""
        return not await self._page.back()

    async def say(self, text: str) -> None:
        """Send what was typed."""
        await self._send(self._inbound(uuid4().hex, text=text))

    async def press(self, question_id: str, option_id: str) -> None:
        """Send the answer of a button. One that was pressed, or is out of date, does nothing."""
        question = self._question
        if question is None or question.id != question_id:
            await self._page.toast("That question is settled already.")
            return
        option = next((it for it in question.options if it.id == option_id), None)
        if option is None:
            return
        self._question = None  # before anything is awaited: the second press finds nothing
        await self._page.echo(option.label)
        await question.written.drop_buttons()
        said = {"text": option.label} if question.typed else {"choice": option.id}
        if not await self._send(self._inbound(question.inbound_id, **said)):
            await self._ask(question.inbound_id, question.options, question.written)

    async def say_for(self, text: str) -> None:
        """A card's button: its words are said as if the customer had typed them."""
        await self._page.echo(text)
        await self.say(text)

    async def rate(self, turn_key: str, value: Value) -> None:
        """A thumb under an answer of this page."""
        await self._ratings.rate(turn_key, value)

    async def comment(self, turn_key: str, text: str) -> None:
        """What was wrong with an answer."""
        await self._ratings.comment(turn_key, text)

    # --- a turn of this page ------------------------------------------------------------------

    def _inbound(self, message_id: str, *, text: str = "", choice: str | None = None) -> Inbound:
        return Inbound(
            channel=Channel.WEB,
            address=self.address,
            id=message_id,
            text=text,
            choice=choice,
            at=self._app.clock.now(),
        )

    async def _send(self, inbound: Inbound) -> bool:
        """Whether the message got its turn."""
        await self._settle()
        self._seen.add(inbound.key)
        try:
            await self._stream(inbound)
        except ThroughlineError as error:
            log.warning("a message was not taken", extra={"error": type(error).__name__})
            await self._page.write(render.apology(error, self._app.scenario.brand))
            return False
        except Exception as error:
            log.exception("a message failed")
            await self._page.write(render.apology(error, self._app.scenario.brand))
            return False
        return True

    async def _stream(self, inbound: Inbound) -> None:
        written = self._page.begin()
        async for part in self._app.gateway.receive(inbound):
            match part:
                case TextDelta():
                    await written.stream(part.text)
                case Step():
                    await self._page.step(part)
                case Turn():
                    await self._show(part, written)

    async def _show(self, turn: Turn, written: Written) -> None:
        rendered = render.render(turn)
        await written.finish(rendered.text, rendered.widgets)
        await self._ask(_answer_id(turn), rendered.options, written)
        await self._ratings.offer(turn, written)
        if turn.thread_id and turn.thread_id != self._thread_id:
            self._watch()

    # --- questions ----------------------------------------------------------------------------

    async def _ask(
        self,
        inbound_id: str,
        options: tuple[Choice, ...],
        written: Written,
        *,
        typed: bool = False,
    ) -> None:
        if not options:
            return
        self._question = _Question(inbound_id, options, written, typed)
        await written.buttons(self._question.id, options)

    async def _settle(self) -> None:
        """Whatever was asked before is answered, or no longer the question."""
        question, self._question = self._question, None
        if question is not None:
            await question.written.drop_buttons()

    # --- opening ------------------------------------------------------------------------------

    async def _greet(self) -> None:
        gateway, brand = self._app.gateway, self._app.scenario.brand
        identity = await gateway.identify(Channel.WEB, self.address)
        name = await self._first_name(identity)
        turns = await gateway.recent(identity, SHOWN_BEFORE)
        self._seen.update(turn.inbound_key for turn in turns)
        turns = [turn for turn in turns if _may_see(identity, turn)]
        if turns:
            now = self._app.clock.now()
            entries = [render.entry(turn, zone=brand.timezone, now=now) for turn in turns]
            await self._page.write("", (Widget("History", {"turns": entries}),))
        written = await self._page.write(render.greeting(name, brand, returning=bool(turns)))
        if not turns:
            options = render.suggestions(self._app.scenario, self._app.toolbox.specialists())
            await self._ask(uuid4().hex, options, written, typed=True)
        elif options := render.options_of(turns[-1]):
            await self._ask(_answer_id(turns[-1]), options, written)

    async def _first_name(self, identity: Identity) -> str:
        if is_anonymous(identity.customer_id):
            return ""
        customer = await self._app.records.customers.get(identity.customer_id)
        return customer.first_name if customer else ""

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
                ours = now.thread_id == turn.thread_id and _may_see(now, turn)
                if ours and turn.inbound_key not in self._seen:
                    await self._came_in(turn)
                if now.thread_id != identity.thread_id:
                    return

    async def _came_in(self, turn: Turn) -> None:
        self._seen.add(turn.inbound_key)
        if not await self._page.back():
            return
        await self._settle()
        brand = self._app.scenario.brand
        shown = render.entry(turn, zone=brand.timezone, now=self._app.clock.now())
        rendered = render.render(turn)
        widgets = (Widget("Elsewhere", {"turn": shown}), *rendered.widgets)
        written = await self._page.write("", widgets)
        await self._ask(_answer_id(turn), rendered.options, written)
        await self._ratings.offer(turn, written)


def _may_see(identity: Identity, turn: Turn) -> bool:
    """Whether a turn was said on no higher rung than the one this session stands on now."""
    rung = next((rung for rung in Rung if rung.word == turn.identity), Rung.STEPPED_UP)
    return rung <= identity.rung


def _answer_id(turn: Turn) -> str:
    """The message id of the answer to a turn's question: from whatever page, one answer counts."""
    return f"answer-{hashlib.sha256(turn.inbound_key.encode()).hexdigest()[:32]}"
