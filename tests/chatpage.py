"""A chat page without a browser: a page, a gateway and records that a test looks into."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from app.scenario import load_scenario
from contracts.clock import PinnedClock
from contracts.identity import Identity, Rung
from contracts.messages import Channel, Choice, Choices, Inbound, Outbound, Step, Text, Turn
from contracts.records import Rating
from tools import load_tools
from ui.cards import Widget
from ui.chat.conversation import Conversation
from ui.chat.render import Bubble

NOW = datetime(2026, 11, 21, 18, 42, tzinfo=UTC)  # 10:42 AM in Los Angeles
MARIA = Identity(customer_id="C-1", rung=Rung.VERIFIED)
SESSION = "web-session"
YES_NO = (Choice(id="yes", label="Yes"), Choice(id="no", label="No"))


def turn(
    key: str, reply: str, *, channel: Channel = Channel.WHATSAPP, who: Identity = MARIA, **more: Any
) -> Turn:
    given = {"said": "hi", "identity": who.rung.word, "at": NOW, **more}
    return Turn(
        inbound_key=key,
        customer_id=who.customer_id,
        thread_id=who.thread_id,
        channel=channel,
        reply=reply,
        **given,
    )


class FakeWritten:
    def __init__(self, text: str = "", *, by_customer: bool = False) -> None:
        self.text = text
        self.by_customer = by_customer
        self.streamed: list[str] = []
        self.widgets: tuple[Widget, ...] = ()
        self.open: tuple[Choice, ...] = ()
        self.question = ""
        self.rated = ""
        self.pressed: int | None = None

    async def stream(self, text: str) -> None:
        self.streamed.append(text)

    async def finish(self, text: str, widgets: Iterable[Widget] = ()) -> None:
        self.text, self.widgets = text, tuple(widgets)

    async def buttons(self, question_id: str, options: Sequence[Choice]) -> None:
        self.question, self.open = question_id, tuple(options)

    async def drop_buttons(self) -> None:
        self.open = ()

    async def thumbs(self, turn_key: str, up: str, down: str, pressed: int | None = None) -> None:
        self.rated, self.pressed = turn_key, pressed


class FakePage:
    """What stands on the page, in order."""

    def __init__(self) -> None:
        self.messages: list[FakeWritten] = []
        self.replaced = 0  # how often all that stood there was put anew
        self.echoed: list[str] = []
        self.toasts: list[str] = []
        self.steps: list[tuple[str, str]] = []
        self.there = True

    def begin(self) -> FakeWritten:
        self.messages.append(FakeWritten())
        return self.messages[-1]

    async def write(self, text: str, widgets: Iterable[Widget] = ()) -> FakeWritten:
        written = self.begin()
        await written.finish(text, widgets)
        return written

    async def replace(self, bubbles: Sequence[Bubble]) -> dict[str, FakeWritten]:
        assert len({it.key for it in bubbles}) == len(bubbles)
        self.messages = []
        self.replaced += 1
        return {it.key: await self.append(it) for it in bubbles}

    async def append(self, bubble: Bubble) -> FakeWritten:
        written = FakeWritten(bubble.text, by_customer=bubble.by_customer)
        written.widgets = bubble.widgets
        self.messages.append(written)
        return written

    async def confirm(self) -> None:
        pass

    async def echo(self, text: str) -> None:
        self.echoed.append(text)

    async def toast(self, text: str) -> None:
        self.toasts.append(text)

    async def step(self, part: Step) -> None:
        self.steps.append((part.label, part.status))

    async def back(self) -> bool:
        return self.there

    def step_out(self) -> None:
        pass

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages if not message.by_customer]

    @property
    def said(self) -> list[str]:
        return [message.text for message in self.messages if message.by_customer]

    def shown(self, name: str) -> list[dict[str, Any]]:
        widgets = [widget for message in self.messages for widget in message.widgets]
        return [widget.props for widget in widgets if widget.name == name]


Script = Callable[[Inbound], list[Outbound | Exception]]


class FakeGateway:
    """Answers by a script; hands finished turns to those who watch."""

    def __init__(self) -> None:
        self.who = MARIA
        self.past: list[Turn] = []
        self.got: list[Inbound] = []
        self.script: Script = lambda inbound: [turn(inbound.key, "Fine.", channel=Channel.WEB)]
        self.gate = asyncio.Event()  # answers come while it is set
        self.gate.set()
        self.ends = asyncio.Event()  # turns whose answer was given end while it is set
        self.ends.set()
        self.watched: list[str] = []
        self.failures: list[Exception] = []  # of the next subscriptions
        self._queues: list[tuple[str, asyncio.Queue[Turn]]] = []

    async def identify(self, channel: Channel, address: str) -> Identity:
        assert (channel, address) == (Channel.WEB, SESSION)
        return self.who

    async def recent(self, identity: Identity, limit: int) -> list[Turn]:
        return self.past[-limit:]

    async def receive(self, inbound: Inbound) -> AsyncIterator[Outbound]:
        self.got.append(inbound)
        await self.gate.wait()
        for part in self.script(inbound):
            if isinstance(part, Exception):
                raise part
            yield part
        await self.ends.wait()

    @asynccontextmanager
    async def watch(self, thread_id: str) -> AsyncIterator[AsyncIterator[Turn]]:
        if self.failures:
            raise self.failures.pop(0)
        queue: asyncio.Queue[Turn] = asyncio.Queue()
        self.watched.append(thread_id)
        self._queues.append((thread_id, queue))
        try:
            yield self._turns(queue)
        finally:
            self._queues.remove((thread_id, queue))

    async def _turns(self, queue: asyncio.Queue[Turn]) -> AsyncIterator[Turn]:
        while True:
            yield await queue.get()

    def finished(self, done: Turn, *, on: str = "") -> None:
        for thread_id, queue in self._queues:
            if thread_id == (on or done.thread_id):
                queue.put_nowait(done)


class Chat:
    def __init__(self) -> None:
        self.page = FakePage()
        self.gateway = FakeGateway()
        customer = SimpleNamespace(first_name="Maria", account_number="1")
        app: Any = SimpleNamespace(
            gateway=self.gateway,
            scenario=load_scenario("utilities"),
            clock=PinnedClock(NOW),
            toolbox=load_tools(),
            records=SimpleNamespace(
                customers=SimpleNamespace(get=self._get),
                accounts=SimpleNamespace(get=self._account, premise=self._premise),
                outages=SimpleNamespace(at_premise=self._outage),
                billing=SimpleNamespace(balance=self._balance),
                feedback=SimpleNamespace(of=self._ratings),
            ),
        )
        self._customer = customer
        self.out = False  # their power
        self.owed = Decimal(0)
        self.rated: list[Rating] = []
        page: Any = self.page
        self.talk = Conversation(app, SESSION, page)

    async def _get(self, customer_id: str) -> Any:
        return self._customer if customer_id == MARIA.customer_id else None

    async def _account(self, account_number: str) -> Any:
        return SimpleNamespace(account_number=account_number, premise_id="P-1")

    async def _premise(self, premise_id: str) -> Any:
        return premise_id

    async def _outage(self, premise: Any) -> Any:
        return SimpleNamespace() if self.out else None

    async def _balance(self, account_number: str) -> Decimal:
        return self.owed

    async def _ratings(self, keys: Sequence[str]) -> list[Rating]:
        return [rating for rating in self.rated if rating.key in keys]

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not look():
                await asyncio.sleep(0)

    async def press(self, option: str) -> None:
        await self.talk.press(self.asked.question, option)

    @property
    def asked(self) -> FakeWritten:
        """The last message that ever had buttons."""
        return [message for message in self.page.messages if message.question][-1]


def asking(inbound: Inbound) -> list[Outbound | Exception]:
    """Reads a payment back, and takes the answer."""
    if inbound.choice:
        return [turn(inbound.key, "Paid.", channel=Channel.WEB)]
    parts = (Text(text="Pay $10?"), Choices(prompt="Pay $10?", options=YES_NO))
    asked = turn(inbound.key, "Pay $10?", channel=Channel.WEB, parts=parts, pending={"tool": "pay"})
    return [asked]
