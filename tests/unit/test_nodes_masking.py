"""What is kept out of a thread: card numbers, SSNs, control characters. And what stays."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.masking import CARD_MASK, SSN_MASK, clean, mask

pytestmark = pytest.mark.unit

CARDS = (
    "4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "5555555555554444",
    "378282246310005", "3782 822463 10005", "6011111111111117", "4000056655665556",
    "30569309025904", "2223003122003222",
)  # fmt: skip
KEPT = (
    "4010012345", "my account is 4010012345", "call me on +15550101", "+1 800 555 0142",
    "(503) 555-0177", "503-555-0177", "zip 97201", "97201-1234", "$142.37", "1,204.50",
    "March 14, 1985", "03/14/1985", "1985-03-14", "last four 4821", "code 123456",
    "confirmation R-1042", "4242424242424241", "order 1234567890123", "2026-01-15 10:30",
    "meter reading 048213", "418 Alder Street",
)  # fmt: skip


@pytest.mark.parametrize("card", CARDS)
def test_a_card_number_is_taken_out(card: str) -> None:
    assert mask(f"use {card} please") == f"use {CARD_MASK} please"
    assert mask(card) == CARD_MASK


@pytest.mark.parametrize(
    "card", ["4242 4242 4242 4242", "4242.4242.4242.4242", "4242–4242–4242–4242"]
)
def test_whatever_stands_between_its_groups(card: str) -> None:
    assert "4242" not in mask(card)


@pytest.mark.parametrize("digits", ["４２４２４２４２４２４２４２４２", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"])
def test_a_card_number_in_other_digits_is_one(digits: str) -> None:
    assert mask(clean(digits)) == CARD_MASK


def test_characters_nobody_sees_hide_no_card() -> None:
    assert mask(clean("4242\u200b4242\u200b4242\u200b4242")) == CARD_MASK
    assert mask(clean("4242\u00a04242\u00a04242\u00a04242")) == CARD_MASK


@pytest.mark.parametrize("ssn", ["123-45-6789", "123 45 6789", "078-05-1120"])
def test_a_social_security_number_is_taken_out(ssn: str) -> None:
    assert mask(f"my social is {ssn}, ok") == f"my social is {SSN_MASK}, ok"


@pytest.mark.parametrize("said", ["social security number 123456789", "my SSN is 123456789"])
def test_one_without_dashes_is_taken_out_where_it_is_named(said: str) -> None:
    assert "123456789" not in mask(said)


@pytest.mark.parametrize("text", KEPT)
def test_what_we_need_stays(text: str) -> None:
    assert mask(text) == text


def test_several_are_taken_out_and_the_rest_stays() -> None:
    said = "card 4242424242424242, ssn 123-45-6789, account 4010012345"
    assert mask(said) == f"card {CARD_MASK}, ssn {SSN_MASK}, account 4010012345"


@given(st.text(max_size=60), st.sampled_from(CARDS), st.text(max_size=60))
def test_no_card_survives_wherever_it_stands(before: str, card: str, after: str) -> None:
    before = before.rstrip("0123456789+ -")
    after = after.lstrip("0123456789 -")
    assert card not in mask(clean(f"{before} {card}. {after}"))


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("a\x00b\x07c", "abc"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("abc\u202edef\u202c", "abcdef"),
        ("\u2066left\u2069", "left"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("line one\nline two\ttab", "line one\nline two\ttab"),
        ("  many    spaces  ", "many spaces"),
        ("e\u0301", "é"),
        ("\ud83d", ""),
        ("\x00\x01\x02", ""),
        ("\u200b\u200b", ""),
    ],
)  # fmt: skip
def test_control_characters_go_and_the_rest_stays(raw: str, kept: str) -> None:
    assert clean(raw) == kept


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "👩‍👩‍👧‍👦", "❤️", "🏳️‍🌈", "🇺🇸", "👨🏿‍🔧"])
def test_emoji_stay_whole(emoji: str) -> None:
    assert clean(f"hi {emoji}!") == f"hi {emoji}!"


@pytest.mark.parametrize("text", ["¿Cuánto debo?", "Grüße", "你好", "שלום", "مرحبا", "हिन्दी"])
def test_other_scripts_stay(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not any(
        unicodedata.category(c) == "Cc" for c in once.replace("\n", "").replace("\t", "")
    )


def test_the_longest_message_is_masked_quickly() -> None:
    started = time.thread_time()
    for text in ("4 " * 8_000, "4242424242424242 " * 900, "4" * 16_000, "1-1 " * 4_000):
        mask(text)
    assert time.thread_time() - started < 2
    assert "4242" not in mask("4242424242424242 " * 900)
