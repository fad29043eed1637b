"""Which of WhatsApp's approved templates stands in for what can't be said freely."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from channels.adapter import Template
from contracts.errors import ConfigurationError
from contracts.language import ENGLISH
from contracts.messages import HangUp, Link, Step, Text, Transfer
from contracts.scenario import MessageTemplate
from contracts.sending import REPLY, Sending

WHOLE = "text"  # the value that is the whole message
LONGEST_VALUE = 600  # characters
LONGEST_BODY = 1024
_PLACE = re.compile(r"\{\{(\w*)\}\}")
_TOGETHER = re.compile(r"\}\}\W*\{\{")
_EDGE = re.compile(r"^\W*\{\{|\}\}\W*$")
_NAME = re.compile(r"[a-z0-9_]{1,512}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """`whole`: it says all that was to be said; else the text is held until the customer writes."""

    template: Template
    whole: bool


def chosen(sending: Sending, templates: Iterable[MessageTemplate]) -> Chosen | None:
    """The template of a sending's purpose that can be filled, one that says it whole before others;
    else the one that announces a message. None where the scenario has none."""
    values = _values(sending)
    fitting = [t for t in templates if t.texts and set(t.values) <= set(values)]
    fitting.sort(key=lambda t: (sending.purpose not in t.purposes, WHOLE not in t.values))
    found = next((t for t in fitting if {sending.purpose, REPLY} & set(t.purposes)), None)
    if found is None:
        return None
    language = sending.language if sending.language in found.texts else _first(found)
    template = Template(found.name, found.codes[language], tuple(values[v] for v in found.values))
    return Chosen(template, whole=WHOLE in found.values)


def check(templates: Sequence[MessageTemplate]) -> None:
    """Whether templates keep WhatsApp's rules. Raises ConfigurationError, saying which one doesn't
    and what to do."""
    names = [template.name for template in templates]
    for template in templates:
        if names.count(template.name) > 1:
            raise ConfigurationError(f"the template {template.name} is there twice: rename one")
        if problem := next(_problems(template), None):
            raise ConfigurationError(f"the template {template.name}: {problem}")


def one_line(sending: Sending) -> str | None:
    """All that a sending says, on one line; None where that is more than words and links, or too
    long for a template."""
    said = []
    for part in sending.parts:
        match part:
            case Text(text=text):
                said.append(text)
            case Link(label=label, url=url):
                said.append(f"{label}: {url}")
            case Step() | HangUp() | Transfer():
                continue
            case _:
                return None
    line = " ".join(" ".join(said).split())
    return line if 0 < len(line) <= LONGEST_VALUE else None


def _values(sending: Sending) -> dict[str, str]:
    values = {name: " ".join(value.split()) for name, value in sending.values.items()}
    whole = one_line(sending)
    values |= {WHOLE: whole} if whole else {}
    return {name: value for name, value in values.items() if 0 < len(value) <= LONGEST_VALUE}


def _first(template: MessageTemplate) -> str:
    return ENGLISH if ENGLISH in template.texts else next(iter(template.texts))


def _problems(template: MessageTemplate) -> Iterator[str]:
    if not _NAME.fullmatch(template.name):
        yield "its name may hold small letters, digits and _ alone"
    if not template.purposes or not template.texts:
        yield "it needs a purpose and a text"
    places = [str(number) for number in range(1, len(template.values) + 1)]
    for language, text in template.texts.items():
        if language not in template.codes:
            yield f"give the provider's code of the language {language!r}"
        if sorted(_PLACE.findall(text)) != places:
            held = ", ".join(f"{{{{{place}}}}}" for place in places) or "no {{1}}"
            yield f"the text in {language!r} has to hold {held}, each once"
        if _EDGE.search(text.strip()) or _TOGETHER.search(text):
            yield f"in the text in {language!r} words have to stand around each {{{{1}}}}"
        longest = LONGEST_BODY - (LONGEST_VALUE if WHOLE in template.values else 0)
        if len(_PLACE.sub("", text)) > longest:
            yield f"the text in {language!r} may hold {longest} characters besides its values"
