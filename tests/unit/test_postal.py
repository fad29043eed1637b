"""US mailing addresses, as they are said and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.postal import read_postal

pytestmark = pytest.mark.unit

STREET, CITY, STATE, ZIP = (
    "the house number and street, or the PO box",
    "the city",
    "the state",
    "the ZIP code",
)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("418 Alder Street, Cedar Falls, OR 97201", "418 Alder Street, Cedar Falls, OR 97201"),
        ("418 alder street portland oregon 97201", "418 Alder Street, Portland, OR 97201"),
        (
            "my new address is 12 NW Hoyt St Apt 4 Portland OR 97209",
            "12 NW Hoyt St Apt 4, Portland, OR 97209",
        ),
        ("418 Alder Street, Apt 2, Salem, OR 97301", "418 Alder Street, Apt 2, Salem, OR 97301"),
        ("PO Box 12, Salem, OR 97301-1234", "PO Box 12, Salem, OR 97301-1234"),
        ("send it to p.o. box 9 bend oregon zip code 97701", "PO Box 9, Bend, OR 97701"),
        ("77 Broadway, New York, NY 10003, USA", "77 Broadway, New York, NY 10003"),
        ("1200 Highway 30, Rainier, Oregon 97048", "1200 Highway 30, Rainier, OR 97048"),
        ("500 S Washington St Seattle Washington 98104", "500 S Washington St, Seattle, WA 98104"),
        ("12 Oak Street, Salem, OR 97301, please", "12 Oak Street, Salem, OR 97301"),
        ("it's 12 oak street in salem oregon 97301. thanks!", "12 Oak Street, Salem, OR 97301"),
        ("9 Elm Ave Northeast, Fargo, North Dakota 58102", "9 Elm Ave Northeast, Fargo, ND 58102"),
    ],
)
def test_whole_addresses(said: str, line: str) -> None:
    found = read_postal(said)
    assert found.missing == ()
    assert found.line == line
    assert read_postal(line) == found  # what was read back reads the same


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("", (STREET, CITY, STATE, ZIP)),
        ("to my daughter's house", (STREET, CITY, STATE, ZIP)),
        ("5 Main St", (CITY, STATE, ZIP)),
        ("22 Oak Avenue, Unit 5", (CITY, STATE, ZIP)),
        ("Main Street, Portland, OR 97201", (STREET,)),
        ("418 Alder Street, OR 97201", (CITY,)),
        ("418 Alder Street, Apt 2, OR 97201", (CITY,)),
        ("418 Alder Street, Portland 97201", (STATE,)),
        ("p.o. box 9 bend oregon", (ZIP,)),
        ("10 Downing Street, London SW1A 2AA", (CITY, STATE, ZIP)),
        ("Musterstraße 5, 10115 Berlin", (STREET, CITY, STATE, ZIP)),
    ],
)
def test_what_is_missing_is_named(said: str, missing: tuple[str, ...]) -> None:
    assert read_postal(said).missing == missing


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    found = read_postal(text)
    assert bool(found.missing) is not all((found.street, found.city, found.state, found.zip))
