"""A chat page's conversation, without a browser: what is shown, asked, and sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.scenario import load_scenario
from contracts.clock import PinnedClock
from contracts.errors import MemoryUnavailable, Overloaded, RecordsUnavailable
from contracts.identity import Identity, Rung
from contracts.messages import (
    Channel,
    Choice,
    Choices,
    Inbound,
    Outbound,
    Step,
    Text,
    TextDelta,
    Turn,
)
from tools import load_tools
from ui import conversation
from ui.cards import Widget
from ui.conversation import Conversation

pytestmark = pytest.mark.unit

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
    def __init__(self) -> None:
        self.text = ""
        self.streamed: list[str] = []
        self.widgets: tuple[Widget, ...] = ()
        self.open: tuple[Choice, ...] = ()
        self.question = ""
        self.rated = ""

    async def stream(self, text: str) -> None:
        self.streamed.append(text)

    async def finish(self, text: str, widgets: Iterable[Widget] = ()) -> None:
        self.text, self.widgets = text, tuple(widgets)

    async def buttons(self, question_id: str, options: Sequence[Choice]) -> None:
        self.question, self.open = question_id, tuple(options)

    async def drop_buttons(self) -> None:
        self.open = ()

    async def thumbs(self, turn_key: str, up: str, down: str) -> None:
        self.rated = turn_key


class FakePage:
    """What stands on the page, in order."""

    def __init__(self) -> None:
        self.messages: list[FakeWritten] = []
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
        return [message.text for message in self.messages]

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
        for part in self.script(inbound):
            if isinstance(part, Exception):
                raise part
            yield part

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
        customer = SimpleNamespace(first_name="Maria")
        app: Any = SimpleNamespace(
            gateway=self.gateway,
            scenario=load_scenario("utilities"),
            clock=PinnedClock(NOW),
            toolbox=load_tools(),
            records=SimpleNamespace(customers=SimpleNamespace(get=self._get)),
        )
        self._customer = customer
        page: Any = self.page
        self.talk = Conversation(app, SESSION, page)

    async def _get(self, customer_id: str) -> Any:
        return self._customer if customer_id == MARIA.customer_id else None

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


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    yield made
    await made.talk.close()


def asking(inbound: Inbound) -> list[Outbound | Exception]:
    """Reads a payment back, and takes the answer."""
    if inbound.choice:
        return [turn(inbound.key, "Paid.", channel=Channel.WEB)]
    parts = (Text(text="Pay $10?"), Choices(prompt="Pay $10?", options=YES_NO))
    asked = turn(inbound.key, "Pay $10?", channel=Channel.WEB, parts=parts, pending={"tool": "pay"})
    return [asked]


# --- opening ------------------------------------------------------------------------------------


async def test_a_newcomer_is_greeted_with_a_sentence_for_each_specialist(chat: Chat) -> None:
    await chat.talk.open()

    assert chat.page.texts == [
        "Hello, Maria! You're chatting with the assistant of Cascade Light & Gas. How can I help?"
    ]
    labels = [option.label for option in chat.asked.open]
    assert "My power is out" in labels
    assert "I have a question about my bill" in labels
    assert len(labels) == 4  # every specialist holds tools of its own


async def test_a_suggestion_is_sent_as_if_typed(chat: Chat) -> None:
    await chat.talk.open()

    await chat.press("outage")

    assert [(it.text, it.choice) for it in chat.gateway.got] == [("My power is out", None)]
    assert chat.page.echoed == ["My power is out"]


async def test_earlier_turns_come_with_their_channel_and_time(chat: Chat) -> None:
    call = turn("voice:1", "A crew is on its way.", channel=Channel.VOICE, said="power is out")
    old = turn("sms:1", "Thanks.", channel=Channel.SMS, at=NOW - timedelta(days=2, hours=20))
    chat.gateway.past = [old, call]

    await chat.talk.open()

    [history] = chat.page.shown("History")
    assert [entry["label"] for entry in history["turns"]] == [
        "Text message · Nov 18, 2:42 PM",
        "Phone · 10:42 AM",
    ]
    assert history["turns"][1]["said"] == "power is out"
    assert "Welcome back, Maria" in chat.page.texts[-1]


async def test_a_call_that_waits_for_a_yes_can_be_answered_on_opening(chat: Chat) -> None:
    chat.gateway.past = [turn("voice:1", "Pay $10?", pending={"tool": "pay"})]
    await chat.talk.open()
    assert chat.asked.open == YES_NO

    await chat.press("yes")

    assert [it.choice for it in chat.gateway.got] == ["yes"]


async def test_what_was_said_on_a_higher_rung_stays_hidden(chat: Chat) -> None:
    chat.gateway.who = MARIA.model_copy(update={"rung": Rung.RECOGNISED})
    chat.gateway.past = [
        turn("voice:1", "There is an outage.", identity="recognised"),
        turn("voice:2", "You owe $10. Pay it?", identity="verified", pending={"tool": "pay"}),
    ]

    await chat.talk.open()
    chat.gateway.finished(turn("voice:3", "You owe $10.", identity="verified"))
    chat.gateway.finished(turn("voice:4", "Power is back.", identity="recognised"))

    await chat.until(lambda: bool(chat.page.shown("Elsewhere")))
    [history] = chat.page.shown("History")
    assert [entry["reply"] for entry in history["turns"]] == ["There is an outage."]
    assert [it["turn"]["reply"] for it in chat.page.shown("Elsewhere")] == ["Power is back."]
    assert not any(message.question for message in chat.page.messages)


async def test_it_opens_while_the_records_are_down(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> list[Turn]:
        raise RecordsUnavailable("mongodb://10.0.0.1 is down")

    monkeypatch.setattr(chat.gateway, "recent", down)

    await chat.talk.open()
    await chat.talk.say("hello")

    assert "can't get at my notes" in chat.page.texts[0]
    assert "10.0.0.1" not in chat.page.texts[0]
    assert chat.page.texts[-1] == "Fine."


# --- a turn -------------------------------------------------------------------------------------


async def test_a_turn_is_streamed_then_put_whole(chat: Chat) -> None:
    chat.gateway.script = lambda inbound: [
        Step(tool="get_bill", label="Looking up your bill", status="running"),
        Step(tool="get_bill", label="Looking up your bill", status="done"),
        TextDelta(text="You owe "),
        TextDelta(text="$10."),
        turn(inbound.key, "You owe $10.", channel=Channel.WEB),
    ]

    await chat.talk.say("what do I owe?")

    [message] = chat.page.messages
    assert message.streamed == ["You owe ", "$10."]
    assert message.text == "You owe $10."
    assert chat.page.steps == [
        ("Looking up your bill", "running"),
        ("Looking up your bill", "done"),
    ]


async def test_only_answers_can_be_rated(chat: Chat) -> None:
    await chat.talk.open()
    await chat.talk.say("what do I owe?")

    assert [message.rated for message in chat.page.messages] == ["", chat.gateway.got[0].key]


async def test_a_button_counts_once_however_often_it_is_pressed(chat: Chat) -> None:
    chat.gateway.script = asking
    await chat.talk.say("pay it")

    await asyncio.gather(chat.press("yes"), chat.press("yes"), chat.press("no"))

    assert [it.choice for it in chat.gateway.got] == [None, "yes"]
    assert chat.page.echoed == ["Yes"]
    assert chat.page.toasts == ["That question is settled already."] * 2


async def test_two_pages_answer_with_the_same_message_id() -> None:
    """So that the gateway takes one of the two, and the other gets the same turn."""
    asked = turn("voice:1", "Pay $10?", pending={"tool": "pay"})
    ids = []
    for answer in ("yes", "no"):
        page = Chat()
        page.gateway.past = [asked]
        await page.talk.open()
        await page.press(answer)
        await page.talk.close()
        ids.append(page.gateway.got[0].id)

    assert ids[0] == ids[1]


async def test_an_answer_that_was_not_offered_does_nothing(chat: Chat) -> None:
    chat.gateway.script = asking
    await chat.talk.say("pay it")

    await chat.press("everything")

    assert len(chat.gateway.got) == 1
    assert chat.asked.open == YES_NO


async def test_typing_takes_the_buttons_away(chat: Chat) -> None:
    chat.gateway.script = asking
    await chat.talk.say("pay it")
    first = chat.asked

    await chat.talk.say("no, leave it")

    assert first.open == ()


async def test_a_refused_answer_can_be_pressed_again(chat: Chat) -> None:
    chat.gateway.script = asking
    await chat.talk.say("pay it")
    chat.gateway.script = lambda _: [Overloaded("50 wait")]

    await chat.press("yes")
    assert "still busy" in chat.page.texts[-1]
    assert chat.asked.open == YES_NO

    chat.gateway.script = asking
    await chat.press("yes")
    first, second = chat.gateway.got[1:]
    assert first.id == second.id
    assert "Paid." in chat.page.texts


async def test_a_broken_turn_is_excused_without_its_details(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    chat.gateway.script = lambda _: [TextDelta(text="You"), ValueError("row 7 of Maria")]

    await chat.talk.say("what do I owe?")

    assert "something went wrong on our side" in chat.page.texts[-1]
    assert "row 7" not in " ".join(chat.page.texts)
    assert "what do I owe" not in caplog.text


# --- what comes in elsewhere --------------------------------------------------------------------


async def test_a_turn_of_another_channel_shows_and_this_pages_own_does_not(chat: Chat) -> None:
    await chat.talk.open()
    await chat.talk.say("hello")
    own = turn(chat.gateway.got[0].key, "Fine.", channel=Channel.WEB)
    other = turn("whatsapp:1", "Power is back.", said="any news?")

    for done in (own, other, other):
        chat.gateway.finished(done)
    chat.gateway.finished(turn("whatsapp:2", "Bye."))

    await chat.until(lambda: len(chat.page.shown("Elsewhere")) == 2)
    first, second = (props["turn"] for props in chat.page.shown("Elsewhere"))
    assert (first["label"], first["said"]) == ("WhatsApp · 10:42 AM", "any news?")
    assert second["reply"] == "Bye."


async def test_a_question_settled_elsewhere_loses_its_buttons(chat: Chat) -> None:
    await chat.talk.open()
    chat.gateway.script = asking
    await chat.talk.say("pay it")
    asked = chat.asked
    assert asked.open == YES_NO

    chat.gateway.finished(turn("whatsapp:1", "Paid.", said="yes"))

    await chat.until(lambda: asked.open == ())
    await chat.talk.press(asked.question, "yes")
    assert len(chat.gateway.got) == 1


async def test_a_visitor_who_verifies_is_told_what_comes_in_for_the_customer(chat: Chat) -> None:
    visitor = Identity(customer_id="anon-1", rung=Rung.ANONYMOUS)
    chat.gateway.who = visitor
    await chat.talk.open()
    assert "Maria" not in chat.page.texts[0]

    def verified(inbound: Inbound) -> list[Outbound | Exception]:
        chat.gateway.who = MARIA
        return [turn(inbound.key, "Thank you, Maria.", channel=Channel.WEB)]

    chat.gateway.script = verified
    await chat.talk.say("it's me")
    await chat.until(lambda: chat.gateway.watched[-1] == MARIA.thread_id)
    chat.gateway.finished(turn("sms:1", "Power is back.", channel=Channel.SMS))

    await chat.until(lambda: bool(chat.page.shown("Elsewhere")))
    assert chat.gateway.watched == [visitor.thread_id, MARIA.thread_id]


async def test_nothing_is_shown_once_the_right_to_it_has_lapsed(chat: Chat) -> None:
    await chat.talk.open()
    visitor = Identity(customer_id="anon-1", rung=Rung.ANONYMOUS)
    chat.gateway.who = visitor

    chat.gateway.finished(turn("whatsapp:1", "You owe $10."))

    await chat.until(lambda: chat.gateway.watched[-1] == visitor.thread_id)
    assert chat.page.shown("Elsewhere") == []


async def test_a_lost_subscription_is_made_again(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "AGAIN_AFTER_S", 0.0)
    chat.gateway.failures = [MemoryUnavailable("down"), MemoryUnavailable("down")]

    await chat.talk.open()
    chat.gateway.finished(turn("whatsapp:1", "Power is back."))

    await chat.until(lambda: bool(chat.page.shown("Elsewhere")))


async def test_a_page_that_is_gone_is_written_nothing(chat: Chat) -> None:
    await chat.talk.open()
    chat.page.there = False
    before = len(chat.page.messages)

    chat.gateway.finished(turn("whatsapp:1", "Power is back."))
    for _ in range(20):
        await asyncio.sleep(0)

    assert len(chat.page.messages) == before
    assert await chat.talk.left()
