"""Addresses as people write them come to one form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stores.mongo.addresses import address_key, parse

pytestmark = pytest.mark.unit

SAME = [
    ("418 Alder Street", "418 alder street"),
    ("418 ALDER ST.", "418 alder street"),
    ("  418   Alder   Str ", "418 alder street"),
    ("418 N. Alder St", "418 alder street north"),
    ("418 Alder Street N", "418 alder street north"),
    ("418 N.E. Alder Ave", "418 alder avenue northeast"),
    ("418 North Street", "418 north street"),
    ("418 N Court St", "418 court street north"),
    ("5 St. Clair Blvd", "5 street clair boulevard"),
    ("5 Saint Clair Boulevard", "5 street clair boulevard"),
    ("12 First Ave", "12 1st avenue"),
    ("12 1st Avenue", "12 1st avenue"),
    ("7 Mt. Hood Hwy", "7 mount hood highway"),
    ("1200 Highway 30", "1200 highway 30"),
    ("1200 Old Hwy 30", "1200 old highway 30"),
    ("9 O'Brien's Lane", "9 obriens lane"),
    ("9 Río Grande Dr", "9 rio grande drive"),
    ("418b Alder Ct", "418b alder court"),
    ("418-B Alder Ct", "418b alder court"),
]
UNITS = [
    ("418 Alder Street, Apt 4B", "4b"),
    ("418 Alder St Apartment 4-B", "4b"),
    ("418 Alder St #4b", "4b"),
    ("418 Alder Street Unit #4B", "4b"),
    ("418 Alder Street 4B", "4b"),
    ("Apt. 4 B, 418 Alder St", "4b"),
    ("418 alder street apartment number 4 b", "4b"),
    ("418 Alder St Suite 100", "100"),
    ("418 Alder St, Apt E", "e"),
    ("418 Alder St, Unit B-12", "b12"),
]


@pytest.mark.parametrize(("street", "key"), SAME)
def test_one_form_for_all_ways_to_write_a_street(street: str, key: str) -> None:
    assert address_key(street, "97201") == f"{key}|97201"
    assert address_key(key, "97201") == f"{key}|97201", "the form of the form is the form"


@pytest.mark.parametrize(("street", "unit"), UNITS)
def test_one_form_for_all_ways_to_write_a_unit(street: str, unit: str) -> None:
    assert address_key(street, "97201") == f"418 alder street unit {unit}|97201"


@pytest.mark.parametrize(
    ("address", "base", "unit", "zip_code", "others"),
    [
        ("418 alder st", "418 alder street", "", "", ""),
        ("418 Alder Street, Cedar Falls", "418 alder street", "", "", "cedar falls"),
        ("418 Alder Street, 97201", "418 alder street", "", "97201", ""),
        ("418 Alder Street 97201-1234", "418 alder street", "", "97201", ""),
        ("418 alder st cedar falls oregon", "418 alder street", "", "", "cedar falls oregon"),
        ("I live at 418 Alder Street.", "418 alder street", "", "", ""),
        ("number 418 alder street", "418 alder street", "", "", ""),
        ("418, Alder Street", "418 alder street", "", "", ""),
        ("418 alder", "418 alder", "", "", ""),
        ("418 Alder, Forest Grove OR", "418 alder", "", "", "forest grove or"),
        ("418 alder cedar falls", "418 alder", "", "", "cedar falls"),
        ("100 Park Place Drive Bend", "100 park place drive", "", "", "bend"),
        ("apt 4, 418 N.E. Alder St", "418 alder street", "4", "", "northeast"),
        ("418 Alder St, 4B, Portland", "418 alder street", "4b", "", "portland"),
        ("97201 Alder Street, 97202", "97201 alder street", "", "97202", ""),
        ("1200 hwy 30", "1200 highway", "", "", "30"),
        ("418 alder st in zip code 97201 USA", "418 alder street", "", "97201", ""),
    ],
)
def test_what_is_looked_for(address: str, base: str, unit: str, zip_code: str, others: str) -> None:
    sought = parse(address)
    assert sought is not None
    assert (sought.base, sought.unit, sought.zip) == (base, unit, zip_code)
    assert sought.others == frozenset(others.split())


@pytest.mark.parametrize(
    "address",
    ["", "   ", "418", "Alder Street", "Cedar Falls, OR 97201", ",,,", "#", "アルダー 通り"],
)
def test_nothing_to_look_for(address: str) -> None:
    assert parse(address) is None


@given(st.text(max_size=400))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_anything_may_be_written(text: str) -> None:
    """What comes out is always fit for a range of the index and a pattern."""
    sought = parse(text)
    assert address_key(text, "97201").endswith("|97201")
    if sought is not None:
        plain = f"{sought.base} {sought.unit} {sought.zip}".replace(" ", "")
        assert plain.isascii()
        assert plain.isalnum()
        assert len(plain) <= 400


@given(st.sampled_from(SAME), st.sampled_from(["", " apt 4", " #4", ", Unit 4"]))
@settings(deadline=None, derandomize=True)
def test_what_is_kept_is_found_by_what_was_written(way: tuple[str, str], unit: str) -> None:
    import re

    street = way[0].rstrip() + unit
    sought = parse(f"{street}, Cedar Falls, OR 97201")
    assert sought is not None
    key = address_key(street, "97201")
    assert re.match(sought.pattern, key), (sought.pattern, key)
    assert not re.match(sought.pattern, key.replace("97201", "97202"))
