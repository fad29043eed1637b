"""What is taken out of a text before it is read aloud in any language: marks for the eye."""

from __future__ import annotations

import re

from voice.spoken.mapping import Form

_EMOJI = (
    "\U0001f000-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff"
    "\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff"
)


def _nothing(_: re.Match[str]) -> str:
    return ""


def _break(match: re.Match[str]) -> str:
    """A line's end as a pause; after what ends a sentence it is one already."""
    return " " if match["stop"] else ". "


FORMS: tuple[Form, ...] = (
    (re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2060\ufeff]+"), _nothing),
    (re.compile(rf"\s*[{_EMOJI}]+"), _nothing),
    (re.compile(r"(?m)^[ \t]*(?:#{1,6}|[-*•·]|>)[ \t]+"), _nothing),
    (re.compile(r"\*\*|__|`+|[“”«»\"\[]"), _nothing),
    (re.compile(r"\](?:\([^)\s]*\))?"), _nothing),
    (re.compile(r"(?<![\w*])[*_](?=\w)|(?<=[\w.!?,])[*_](?![\w*])"), _nothing),
    (re.compile(r"’"), lambda _: "'"),
    (
        re.compile(r"(?:(?<=(?P<stop>[.!?…:;,]))|(?<=\S))[ \t]+[•·|][ \t]+(?=\S)"),
        lambda m: " " if m["stop"] else ", ",
    ),
    (re.compile(r"(?:(?<=(?P<stop>[.!?…:;,]))|(?<=\S))[ \t]*\n\s*(?=\S)"), _break),
)
