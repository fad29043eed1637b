"""Where things are, as people say it: streets, post-office boxes, "near the school"."""

from __future__ import annotations

import re

_TOWN = (  # what follows a street: the city, the state and the ZIP code
    r"(?:,\s*(?:(?!(?:on|from|at|by|starting|please|and|for|to|in|is|was|next|this|el|a|para|desde|por|y)\b)"
    r"[A-Za-z.]+\s?)+)?(?:,?\s*(?-i:[A-Z]{2})\b)?(?:,?\s*\b\d{5}\b(?:-\d{4}\b)?)?"
)
_STREET = re.compile(
    r"\b\d{1,6}\s+(?:[A-Za-z0-9.'-]+\s+){1,4}?"
    r"(?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|court|ct|boulevard|blvd|way|place|pl|"
    r"terrace|ter|circle|cir|highway|hwy|parkway|pkwy|square|sq|row|loop|trail|trl|crescent|alley|"
    r"plaza|plz|ridge|heights|hts|point|cove|grove|broadway)\b\.?"
    rf"(?:,?\s*(?:apt|apartment|unit|suite|#)\s*\w+)?{_TOWN}",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|post office box|apartado(?: postal| de correos?)?)\s*"
    rf"(?:#|no\.?\s|number\s|n[uú]mero\s)?\s*\d{{1,6}}\b{_TOWN}",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:at|on|near|by|behind|outside|in front of|next to|across from|corner of)\s+"
    r"(?:the\s+|my\s+)?[\w' ]+?(?=[,.;!?]|\s+(?:and|please|right now|now|since|is|are)\b|$)",
    re.IGNORECASE,
)


_THERE = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bhi )(?<!\bhey )(?<!\bhello )"
    r"(?<!\bout )(?<!\bin )(?<!\bare you )(?<!body )(?<!one )"
    r"\bthere\b(?!'|\s+(?:is|are|was|were|will|has|have|any|an?)\b)"
    r"|\b(?:that|this|the same|the new) (?:address|place|house|apartment)\b"
    r"|\b(?:all[ií]|ah[ií])\b(?!\s+est[aá])|\b(?:esa|esta|la) (?:misma )?direcci[oó]n\b",
    re.IGNORECASE,
)


def refers_back(text: str) -> bool:
    """Whether a place is meant that was named before: "there", "at that address"."""
    return _THERE.search(text) is not None


def addresses(text: str) -> list[str]:
    """The streets that are named, each with its number."""
    return [found[0].strip(" ,.") for found in _STREET.finditer(text)]


def mailing(text: str) -> list[str]:
    """Where mail can go: streets, and post-office boxes, in their order."""
    found = [*_STREET.finditer(text), *_BOX.finditer(text)]
    return [one[0].strip(" ,.") for one in sorted(found, key=lambda one: one.start())]


def place(text: str) -> str | None:
    """Where something is: an address, or "near the school"."""
    known = addresses(text)
    if known:
        return known[0]
    found = _PLACE.search(text)
    return found[0].strip() if found else None


def without(text: str) -> str:
    """The rest of a text, in which no address is named."""
    return _STREET.sub(" ", _BOX.sub(" ", text))
