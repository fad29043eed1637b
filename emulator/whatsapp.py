"""WhatsApp's rules that take more than a look at the message: templates, files, and who may get
what. Codes and words are those of WhatsApp's Cloud API."""

from __future__ import annotations

import re
from dataclasses import dataclass

from contracts.messages import Channel
from contracts.scenario import MessageTemplate
from emulator.errors import bad_request
from emulator.state import State
from emulator.wire import Content, InteractiveContent, TemplateContent

OUTSIDE_WINDOW = (131047, "Re-engagement message")
UNDELIVERABLE = (131026, "Message undeliverable")
BAD_MEDIA = (131053, "Media upload error")
NO_SUCH_MESSAGE = (131009, "Parameter value is not valid")

Failure = tuple[int, str]
_AUDIO = {"audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"}
_SPACES = re.compile(r"[\n\t]| {5,}")
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class MediaRule:
    types: frozenset[str]  # empty: any
    most: int  # bytes


MEDIA = {
    "image": MediaRule(frozenset({"image/jpeg", "image/png"}), 5 * _MB),
    "audio": MediaRule(frozenset(_AUDIO), 16 * _MB),
    "video": MediaRule(frozenset({"video/mp4", "video/3gpp"}), 16 * _MB),
    "document": MediaRule(frozenset(), 100 * _MB),
    "sticker": MediaRule(frozenset({"image/webp"}), 500_000),
}


def media_kind(content: Content) -> str:
    """Which rule its file falls under."""
    if isinstance(content, InteractiveContent):
        header = content.interactive_message.header
        return header.kind if header else ""
    return content.kind


def refused_media(kind: str, content_type: str, size: int) -> Failure | None:
    """Why WhatsApp would not take that file."""
    rule = MEDIA[kind]
    if rule.types and content_type not in rule.types:
        return BAD_MEDIA[0], f"{BAD_MEDIA[1]}: {content_type or 'no type'} is no {kind}"
    if size > rule.most:
        return BAD_MEDIA[0], f"{BAD_MEDIA[1]}: {kind} larger than {rule.most} bytes"
    if not size:
        return BAD_MEDIA[0], f"{BAD_MEDIA[1]}: the file is empty"
    return None


def filled_template(content: TemplateContent, templates: tuple[MessageTemplate, ...]) -> str:
    """The text of an approved template with its values. Raises Refused."""
    asked = content.template
    text, wanted = _approved(asked.name, asked.language, templates)
    values = {value.name: value.text for value in asked.values or () if value.kind == "text"}
    bound = asked.bindings.body or () if asked.bindings else ()
    unknown = [component.ref_value for component in bound if component.ref_value not in values]
    if unknown:
        raise bad_request(f"template.bindings.body: there is no value named {unknown[0]}")
    if len(bound) != wanted:
        raise bad_request(
            f"(#132000) Number of parameters does not match the expected number of params: body "
            f"has {len(bound)}, expected {wanted}"
        )
    for place, component in enumerate(bound, start=1):
        value = values[component.ref_value] or ""
        if _SPACES.search(value):
            raise bad_request(
                "(#132018) Param text cannot have new-line/tab characters or more than 4 "
                f"consecutive spaces: {component.ref_value}"
            )
        text = text.replace(f"{{{{{place}}}}}", value)
    return text


def _approved(name: str, language: str, templates: tuple[MessageTemplate, ...]) -> tuple[str, int]:
    """Its text, and how many values that takes."""
    for template in templates:
        ours = {code: ours for ours, code in template.codes.items() if ours in template.texts}
        if template.name == name and language in ours:
            text = template.texts[ours[language]]
            return text, len(set(re.findall(r"\{\{\d+\}\}", text)))
    raise bad_request(
        f"(#132001) Template name does not exist in the translation: {name} ({language})"
    )


def failure(state: State, content: Content, number: str) -> Failure | None:
    """Why a message that was taken will not arrive."""
    phone = state.phone(number)
    if phone is None or phone.reach == "gone":
        return UNDELIVERABLE
    free = not isinstance(content, TemplateContent)
    if free and not state.is_open(number, content.channel_registration_id):
        return OUTSIDE_WINDOW
    if content.kind == "reaction":
        found = state.message(content.message_id)
        if found is None or found.phone != number or found.channel is not Channel.WHATSAPP:
            return NO_SUCH_MESSAGE
    return None
