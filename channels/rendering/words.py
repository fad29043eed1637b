"""Words as a channel shows them. A model may have written them as Markdown, which none of these
channels shows."""

from __future__ import annotations

import re
import unicodedata

_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_BULLET = re.compile(r"^(\s*)[*+-]\s+", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]+)\]\((\S+?)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_GAPS = re.compile(r"\n{3,}")
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f", " "),
        "\u2026": "...",
        "\u2022": "-",
        "\u00b7": "-",
        "\u00d7": "x",
        "\u2192": "->",
        "\u00b0": " ",  # "41°F" is 41 F
    }
)
_UNITS = (  # as figures have them, where a sentence has a word
    (re.compile(r"\s(?:kilowatt[- ]hours?|kilovatios[- ]hora|kilovatio[- ]hora)\b"), " kwh"),
    (re.compile(r"\s(?:percent|por ciento)\b"), "%"),
)
SHORT = 8  # characters: a value without a figure that may be in a sentence by chance


def starred(text: str) -> str:
    """Markdown as WhatsApp writes it: `*bold*`, and bullets that are one."""
    text = _HEADING.sub(r"*\1*", _links(text))
    text = _BOLD.sub(r"*\2*", text)
    return _GAPS.sub("\n\n", _BULLET.sub(r"\1• ", text)).strip()


def unmarked(text: str) -> str:
    """Markdown without its marks."""
    text = _HEADING.sub(r"\1", _links(text))
    text = _BOLD.sub(r"\2", text)
    return _GAPS.sub("\n\n", _BULLET.sub(r"\1- ", text)).strip()


def simple(text: str) -> str:
    """With plain quotes, dashes and spaces: a text message holds 160 letters as long as all are of
    the GSM alphabet, and 70 otherwise. Letters stay as they are."""
    return re.sub(r"\s+°", "°", text).translate(_PLAIN)


def bold(text: str) -> str:
    """On WhatsApp; a star within would end it."""
    return f"*{text.replace('*', '')}*" if text else ""


def is_said(label: str, value: str, words: str) -> bool:
    """Whether `words` tell a value already. What is short and no figure only counts with its label,
    since it may be there by chance ("on")."""
    words = folded(words)
    if not _tells(words, folded(value).lstrip("+")):
        return False
    telling = len(value) >= SHORT or any(c.isdigit() for c in value)
    return telling or _holds(words, folded(label))


def folded(text: str) -> str:
    """As it is compared: without case, marks, and differences of spaces."""
    flat = unicodedata.normalize("NFKC", unmarked(text)).casefold()
    for unit, short in _UNITS:
        flat = unit.sub(short, flat)
    return " ".join(flat.split()).strip(" .:")


def _tells(words: str, value: str) -> bool:
    """The value itself, or all that it lists."""
    listed = re.split(r",\s", value)
    return _holds(words, value) or (len(listed) > 1 and all(_holds(words, it) for it in listed))


def _holds(words: str, wanted: str) -> bool:
    return bool(wanted) and re.search(rf"(?<![\w.]){re.escape(wanted)}(?!\w)", words) is not None


def _links(text: str) -> str:
    text = _CODE.sub(r"\1", text)
    return _LINK.sub(lambda m: m[2] if m[1] == m[2] else f"{m[1]}: {m[2]}", text)
