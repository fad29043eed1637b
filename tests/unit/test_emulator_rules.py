from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from contracts.clock import PinnedClock
from contracts.messages import Channel
from contracts.scenario import MessageTemplate
from emulator import whatsapp
from emulator.api import Message, NewPhone
from emulator.config import NUMBERS
from emulator.errors import Refused
from emulator.events import segments
from emulator.state import KEPT, WINDOW, State
from emulator.wire import TemplateContent, read_content

pytestmark = pytest.mark.unit

MARIA = "+15550101"
OURS = NUMBERS[0].registration_id
TEMPLATE = MessageTemplate(
    name="restored",
    purposes=("restored",),
    values=("street",),
    texts={"en": "Power is back on {{1}}. Is {{1}} lit?", "es": "Hay luz en {{1}}."},
)


def body(kind: str = "text", **fields: Any) -> bytes:
    return json.dumps(
        {"kind": kind, "channelRegistrationId": OURS, "to": [MARIA], **fields}
    ).encode()


def of_template(*values: str, bound: int | None = None, **fields: Any) -> TemplateContent:
    given = [{"kind": "text", "name": f"v{n}", "text": it} for n, it in enumerate(values)]
    refs = [{"refValue": f"v{n}"} for n in range(len(values) if bound is None else bound)]
    template = {
        "name": "restored",
        "language": "en_US",
        "values": given,
        "bindings": {"kind": "whatsApp", "body": refs},
        **fields,
    }
    content = read_content(body("template", template=template))
    assert isinstance(content, TemplateContent)
    return content


@pytest.fixture
def state(clock: PinnedClock) -> State:
    phones = [NewPhone(number=MARIA, name="Maria Alvarez", email="Maria@example.com")]
    return State(clock, numbers=NUMBERS, phones=phones, templates=[TEMPLATE])


def message(number: int, state: State) -> Message:
    return Message(
        id=f"m{number}",
        phone=MARIA,
        channel=Channel.WHATSAPP,
        ours=OURS,
        direction="out",
        kind="text",
        status="delivered",
        at=state.clock.now(),
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"not json", "body: Invalid JSON"),
        (b"[]", "body"),
        (body("carousel"), "carousel"),
        (body(content="Hi", to=[]), "to"),
        (body(content="Hi", to=[MARIA, MARIA]), "to"),
        (body("image", mediaUri="file:///etc/passwd"), "mediaUri"),
        (body("interactive"), "interactiveMessage"),
    ],
)
def test_a_body_that_is_none_is_refused_by_its_field(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match="(?i)" + why) as refused:
        read_content(content)
    assert refused.value.status == 400


def test_several_sections_need_titles_and_share_ten_rows() -> None:
    def listed(*sections: tuple[str, int]) -> bytes:
        groups = [
            {"title": title, "items": [{"id": f"{n}.{i}", "title": "Row"} for i in range(count)]}
            for n, (title, count) in enumerate(sections)
        ]
        content = {"kind": "group", "title": "Choose", "groups": groups}
        action = {"kind": "whatsAppListAction", "content": content}
        words = {"kind": "text", "text": "Which?"}
        return body("interactive", interactiveMessage={"body": words, "action": action})

    read_content(listed(("One", 5), ("Two", 5)))
    read_content(listed(("", 10)))
    with pytest.raises(Refused, match="at most 10 rows"):
        read_content(listed(("One", 5), ("Two", 6)))
    with pytest.raises(Refused, match="each section needs a title"):
        read_content(listed(("One", 1), ("", 1)))


def test_a_template_is_filled_wherever_a_value_stands() -> None:
    filled = whatsapp.filled_template(of_template("Elm Street"), (TEMPLATE,))
    assert filled == "Power is back on Elm Street. Is Elm Street lit?"
    spanish = of_template("la calle Elm", language="es_MX")
    assert whatsapp.filled_template(spanish, (TEMPLATE,)) == "Hay luz en la calle Elm."


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (of_template(), "#132000"),
        (of_template("a", "b"), "#132000"),
        (of_template("a", bound=2), "no value named v1"),
        (of_template("a", name="other"), "#132001"),
        (of_template("a", language="de_DE"), "#132001"),
        (of_template("two\nlines"), "#132018"),
        (of_template("a     b"), "#132018"),
    ],
)
def test_a_template_that_was_not_approved_so_is_refused(content: TemplateContent, why: str) -> None:
    with pytest.raises(Refused, match=why):
        whatsapp.filled_template(content, (TEMPLATE,))


@pytest.mark.parametrize(
    ("kind", "content_type", "size", "taken"),
    [
        ("image", "image/jpeg", 5_000_000, True),
        ("image", "image/jpeg", 5_000_001, False),
        ("image", "image/webp", 10, False),
        ("audio", "audio/ogg", 16_000_000, True),
        ("audio", "audio/wav", 10, False),
        ("document", "application/x-anything", 10, True),
        ("document", "application/pdf", 0, False),
        ("sticker", "image/webp", 500_001, False),
    ],
)
def test_files_have_types_and_sizes(kind: str, content_type: str, size: int, taken: bool) -> None:
    refused = whatsapp.refused_media(kind, content_type, size)
    assert (refused is None) is taken


def test_the_window_opens_by_writing_and_closes_after_a_day(
    state: State, clock: PinnedClock
) -> None:
    free = read_content(body(content="Hi"))
    assert whatsapp.failure(state, free, MARIA) == whatsapp.OUTSIDE_WINDOW
    assert whatsapp.failure(state, of_template("a"), MARIA) is None
    state.hear(MARIA, OURS)
    assert whatsapp.failure(state, free, MARIA) is None
    phone = state.phone(MARIA)
    assert phone is not None
    assert phone.window_until == clock.now() + WINDOW
    clock.advance(timedelta(hours=24))
    assert whatsapp.failure(state, free, MARIA) == whatsapp.OUTSIDE_WINDOW


def test_nobody_gets_a_message_by_a_number_that_is_no_phone(state: State) -> None:
    for content in (read_content(body(content="Hi")), of_template("a")):
        assert whatsapp.failure(state, content, "+12065550100") == whatsapp.UNDELIVERABLE


def test_a_reaction_needs_its_message(state: State) -> None:
    state.hear(MARIA, OURS)
    reaction = read_content(body("reaction", emoji="👍", messageId="m1"))
    assert whatsapp.failure(state, reaction, MARIA) == whatsapp.NO_SUCH_MESSAGE
    state.put(message(1, state))
    assert whatsapp.failure(state, reaction, MARIA) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ñ" * 160, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
    ],
)
def test_an_sms_is_counted_as_carriers_do(text: str, count: int) -> None:
    assert segments(text) == count


def test_a_phone_keeps_its_newest_messages(state: State) -> None:
    for number in range(KEPT + 5):
        state.put(message(number, state))
    kept = state.messages(MARIA)
    assert (len(kept), kept[0].id, kept[-1].id) == (KEPT, "m5", f"m{KEPT + 4}")
    assert state.message("m4") is None
    assert state.change("m4", status="read") is None


def test_what_is_looked_at_is_unread_no_more(state: State) -> None:
    for number in (1, 2):
        state.note_unread(state.put(message(number, state)))
    assert [phone.unread for phone in state.phones()] == [2]
    assert state.take_unread(MARIA, Channel.SMS, "") == []
    assert [it.id for it in state.take_unread(MARIA, Channel.WHATSAPP, "", "m1")] == ["m1"]
    assert [it.id for it in state.take_unread(MARIA, Channel.WHATSAPP, OURS)] == ["m2"]
    assert [phone.unread for phone in state.phones()] == [0]


def test_somebody_introduced_again_keeps_what_they_have(state: State) -> None:
    state.put(message(1, state))
    state.change_phone(MARIA, reach="off")
    state.introduce(phones=[NewPhone(number=MARIA, name="Maria A.", language="es")])
    (phone,) = state.phones()
    assert (phone.name, phone.language, phone.reach) == ("Maria A.", "es", "off")
    assert len(state.messages(MARIA)) == 1


async def test_numbers_are_asked_for_again_where_one_is_not_known(state: State) -> None:
    new = NUMBERS[0].model_copy(update={"registration_id": "new"})

    async def read() -> list[Any]:
        return [new]

    assert await state.known(Channel.WHATSAPP, "new") is None
    state.read_numbers = read
    assert await state.known(Channel.WHATSAPP, "new") == new
