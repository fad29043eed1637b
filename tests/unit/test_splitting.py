"""Long texts in pieces: nothing lost, nothing too long, and nothing cut that is read as one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.rendering.splitting import split

pytestmark = pytest.mark.unit

WORDS = (
    "the bill of your January use. comes, with power; and gas: a price that Señora Peña pays! "
    "¿Cuándo? crédito (see) below “quoted.”"
)
WORD = st.sampled_from(WORDS.split())
WHOLE = st.sampled_from(
    [
        "https://help.example.com/pay/Zk3-x_9?a=1.2,3&b=x;y",
        "$1,234.50",
        "+1 800 555 0142",
        "612.75 kWh",
        "9:30 p. m.",
        "12:45 PM",
        "4.56 cents",
        "R-104.2",
    ]
)
GAP = st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", " \n \n"])
MARK = st.sampled_from(["", "", "", ".", ",", ";"])
TEXTS = st.lists(st.tuples(st.one_of(WORD, WORD, WORD, WHOLE), MARK, GAP), max_size=200).map(
    lambda parts: "".join(word + mark + gap for word, mark, gap in parts)
)
LIMITS = st.integers(min_value=60, max_value=400)


@settings(max_examples=300, deadline=None)
@given(TEXTS, LIMITS)
def test_no_word_is_lost_and_no_piece_is_too_long(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert " ".join(pieces).split() == text.split()
    assert all(0 < len(piece) <= limit for piece in pieces)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(WORD, WHOLE), min_size=3, max_size=60), LIMITS)
def test_what_is_read_as_one_stays_in_one_piece(pairs: list[tuple[str, str]], limit: int) -> None:
    text = ", ".join(f"{word} {whole}" for word, whole in pairs)
    pieces = split(text, limit)
    for whole in {whole for _, whole in pairs}:
        assert sum(piece.count(whole) for piece in pieces) == text.count(whole)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(min_value=60, max_value=120))
def test_the_last_piece_can_be_a_shorter_one(text: str, last: int) -> None:
    pieces = split(text, 400, last=last)
    assert " ".join(pieces).split() == text.split()
    assert all(len(piece) <= 400 for piece in pieces)
    assert not pieces or len(pieces[-1]) <= last


def test_it_is_cut_at_the_end_of_a_paragraph_rather_than_of_a_sentence() -> None:
    first, second = "One sentence here. Another one.", "A new paragraph begins. It goes on."
    assert split(f"{first}\n\n{second}", 60) == [first, second]


def test_it_is_cut_at_the_end_of_a_sentence_rather_than_within() -> None:
    text = 'He said "it is out." Then he went home to look at the meter again.'
    assert split(text, 40) == [
        'He said "it is out."',
        "Then he went home to look at the meter",
        "again.",
    ]


def test_only_what_is_longer_than_a_piece_is_cut_within() -> None:
    address = "https://help.example.com/" + "x" * 100
    pieces = split(f"See {address} now", 60)
    assert re.sub(r"\s", "", "".join(pieces)) == f"See{address}now"
    assert all(len(piece) <= 60 for piece in pieces)


@pytest.mark.parametrize("text", ["", "  \n ", "short"])
def test_a_short_text_is_one_piece_or_none(text: str) -> None:
    assert split(text, 10) == ([text.strip()] if text.strip() else [])
