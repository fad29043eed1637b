import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from rich.console import Console

from cli.conversation import Conversation
from cli.lines import Line
from contracts.errors import BadInput, MemoryUnavailable
from contracts.identity import Rung
from contracts.messages import (
    Card,
    Channel,
    Choice,
    Choices,
    Handoff,
    HangUp,
    Inbound,
    Link,
    Outbound,
    Step,
    Text,
    TextDelta,
)
from tests.unit.cli_fakes import FakeApp, turn_of

pytestmark = pytest.mark.unit


async def typed(*texts: str | Line) -> AsyncIterator[Line]:
    for number, text in enumerate(texts, 1):
        yield text if isinstance(text, Line) else Line(number, text.encode())


async def talk(app: Any, *texts: str | Line, channel: Channel = Channel.VOICE) -> str:
    out = io.StringIO()
    console = Console(file=out, width=100, highlight=False)
    conversation = Conversation(app, console, channel, "+1 555 0101", echo=False)
    await conversation.run(typed(*texts))
    return out.getvalue()


async def test_what_was_streamed_is_not_said_again() -> None:
    app = FakeApp()
    shown = await talk(app, "hello")
    assert shown.count("You said hello.") == 1
    assert "concierge · recognised" in shown
    assert app.gateway.received[0].address == "+15550101"


async def test_a_duplicate_that_comes_as_a_turn_alone_is_said_once() -> None:
    shown = await talk(FakeApp(lambda it: [turn_of(it, "Your power is back.")]), "hello")
    assert shown.count("Your power is back.") == 1


BILL = Card(card="bill", title="October bill", rows=(("Due", "Nov 12"), ("Total", "$142.37")))


def rich_turn(inbound: Inbound) -> list[Outbound]:
    choices = Choices(
        prompt="Pay $142.37?",
        options=(Choice(id="confirm:yes", label="Yes"), Choice(id="confirm:no", label="No")),
    )
    parts = (Text(text="Here it is."), BILL, Link(label="Pay", url="http://x/p?t=[1]"), choices)
    return [
        Step(tool="bill", label="Looking up your bill", status="running"),
        Step(tool="bill", label="Looking up your bill", status="done"),
        TextDelta(text="Here "),
        TextDelta(text="it is."),
        BILL,
        turn_of(inbound, "Here it is.", parts),
    ]


async def test_steps_cards_links_and_choices_are_shown_once_each() -> None:
    shown = await talk(FakeApp(rich_turn), "what do I owe?")
    for once in ("Looking up your bill ...", "Here it is.", "October bill", "$142.37 │"):
        assert shown.count(once) == 1, once
    assert "Pay: http://x/p?t=[1]" in shown
    assert "1  Yes" in shown
    assert "{" not in shown


async def test_the_number_of_a_choice_chooses_it_once() -> None:
    app = FakeApp(rich_turn)
    await talk(app, "bill", "2", "3")
    assert [it.choice for it in app.gateway.received] == [None, "confirm:no", None]
    assert app.gateway.received[2].text == "3"


async def test_a_hand_off_and_the_end_of_a_call_are_told() -> None:
    parts = (Handoff(to=Channel.WHATSAPP, message="We go on here."), HangUp())
    shown = await talk(FakeApp(lambda it: [turn_of(it, "Sent.", parts)]), "yes")
    assert "Sent by whatsapp" in shown
    assert "We go on here." in shown
    assert "The call ends here, unless the caller says more." in shown


async def test_switching_keeps_the_customer() -> None:
    app = FakeApp()
    await talk(app, "a", "/switch whatsapp", "b", "/switch web maria@example.com", "c")
    assert [(it.channel, it.address) for it in app.gateway.received] == [
        (Channel.VOICE, "+15550101"),
        (Channel.WHATSAPP, "+15550101"),
        (Channel.WEB, "maria@example.com"),
    ]


async def test_a_hand_off_link_opens_the_web_chat_as_its_customer() -> None:
    app = FakeApp()
    shown = await talk(app, "/link http://localhost:8000/c/good.token", "hello", "/switch sms", "b")
    assert app.gateway.received[0].channel is Channel.WEB
    session = app.gateway.received[0].address
    assert app.directory.raised == [(Channel.WEB, session, "cust-1", Rung.VERIFIED)]
    assert "Now on web" in shown
    assert app.gateway.received[1].address == "+15550101"


async def test_a_link_that_is_used_is_refused() -> None:
    app = FakeApp()
    shown = await talk(app, "/link http://localhost:8000/c/other", "hello")
    assert "the link is used" in shown
    assert app.gateway.received[0].channel is Channel.VOICE


async def test_a_switch_that_fails_changes_nothing() -> None:
    app = FakeApp()
    shown = await talk(app, "/switch fax", "/switch sms Maria", "/switch", "/dance", "a")
    assert "use one of voice" in shown
    assert "no phone number" in shown
    assert shown.count("/switch whatsapp") == 2
    assert app.gateway.received[0].channel is Channel.VOICE


async def test_quit_ends_and_keys_are_pressed() -> None:
    app = FakeApp()
    shown = await talk(app, "/keys 12#", "/keys hello", "/quit", "never")
    assert [it.dtmf for it in app.gateway.received] == ["12#"]
    assert "keys are digits" in shown


async def test_nothing_typed_and_too_much_typed_are_not_sent() -> None:
    app = FakeApp()
    shown = await talk(app, "", "   ", Line(3, b"", too_long=True))
    assert app.gateway.received == []
    assert "too long" in shown


async def test_an_error_is_a_line_and_the_conversation_goes_on() -> None:
    def answer(inbound: Inbound) -> list[Outbound]:
        if inbound.text == "a":
            raise MemoryUnavailable("Redis does not answer")
        return [turn_of(inbound, "Fine now.")]

    shown = await talk(FakeApp(answer), "a", "b")
    assert "Redis does not answer" in shown
    assert "Fine now." in shown


async def test_a_reply_cannot_steer_the_terminal() -> None:
    nasty = "\x1b[2Jgone [red]x[/red]"
    shown = await talk(FakeApp(lambda it: [TextDelta(text=nasty), turn_of(it, nasty)]), "a")
    assert "\x1b[2J" not in shown
    assert "[red]x[/red]" in shown


async def test_a_bad_number_is_refused_at_once() -> None:
    with pytest.raises(BadInput):
        Conversation(FakeApp(), Console(), Channel.SMS, "Maria", echo=False)  # type: ignore[arg-type]
