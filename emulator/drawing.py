"""What the phone shows of a message that the utility sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from contracts.messages import Channel
from emulator.api import Button, Message, Row, Section
from emulator.wire import (
    ButtonAction,
    Content,
    Footing,
    Interactive,
    InteractiveContent,
    ListAction,
    MediaContent,
    TemplateContent,
    TextContent,
)


def drawn(content: Content, number: str, at: datetime, *, template_text: str = "") -> Message:
    """The message as accepted; its file comes later."""
    return Message(
        id=str(uuid4()),
        phone=number,
        channel=Channel.WHATSAPP,
        ours=content.channel_registration_id,
        direction="out",
        kind="text" if content.kind == "reaction" else content.kind,
        status="accepted",
        at=at,
        **_words(content, template_text),
    )


def _words(content: Content, template_text: str) -> dict[str, Any]:
    match content:
        case TextContent():
            return {"text": content.content}
        case MediaContent():
            return {"text": content.caption or ""}
        case TemplateContent():
            return {"text": template_text, "template": content.template.name}
        case InteractiveContent():
            return _interactive(content.interactive_message)
    return {"text": content.emoji}


def _interactive(message: Interactive) -> dict[str, Any]:
    header = message.header
    words: dict[str, Any] = {
        "text": message.body.text,
        "header": header.text if isinstance(header, Footing) else "",
        "footer": message.footer.text if message.footer else "",
    }
    action = message.action
    if isinstance(action, ButtonAction):
        buttons = tuple(Button(id=it.id, title=it.title) for it in action.content.buttons)
        return {**words, "buttons": buttons}
    if isinstance(action, ListAction):
        return {**words, "menu": action.content.title, "sections": _sections(action)}
    link = Button(id="", title=action.content.title)
    return {**words, "buttons": (link,), "link": action.content.url}


def _sections(action: ListAction) -> tuple[Section, ...]:
    return tuple(
        Section(
            title=group.title,
            rows=tuple(
                Row(id=item.id, title=item.title, description=item.description or "")
                for item in group.items
            ),
        )
        for group in action.content.groups
    )
