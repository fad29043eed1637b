"""What the sandbox's fields take for a card, and what they give for it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.cards import luhn
from contracts.errors import BadInput
from stores.processor import tokenise

pytestmark = pytest.mark.unit

TODAY = date(2026, 11, 21)
CARDS = {
    "4242424242424242": "visa",
    "4000000000000002": "visa",
    "4000000000000408": "visa",
    "5555555555554444": "mastercard",
    "2223003122003222": "mastercard",
    "378282246310005": "amex",
    "6011111111111117": "discover",
}


@pytest.mark.parametrize(("number", "brand"), CARDS.items())
def test_a_card_gets_a_token_of_its_brand_and_last_four(number: str, brand: str) -> None:
    token = tokenise(number, 11, 2026, TODAY)
    assert token is not None
    assert re.fullmatch(rf"tok_{brand}_[0-9a-f]{{12}}_{number[-4:]}", token)
    assert number not in token
    assert tokenise(number, 11, 2026, TODAY) != token  # nothing is made out of the number


@pytest.mark.parametrize(
    "number",
    ["", "x", "4242424242424241", "1234567812345670", "4242", "42424242424242424242", "٤٢٤٢" * 4],
)
def test_what_is_no_card_gets_none(number: str) -> None:
    assert tokenise(number, 12, 2030, TODAY) is None


@pytest.mark.parametrize(("month", "year"), [(10, 2026), (12, 2025), (1, 2000)])
def test_a_card_that_is_over_is_refused(month: int, year: int) -> None:
    with pytest.raises(BadInput):
        tokenise("4242424242424242", month, year, TODAY)


@given(st.text(alphabet="0123456789", min_size=12, max_size=18))
def test_one_last_digit_of_ten_is_right(digits: str) -> None:
    assert sum(luhn(f"{digits}{last}") for last in range(10)) == 1
