"""Premises, by what somebody wrote and by where they lie."""

from __future__ import annotations

import pytest

from contracts.records import Premise, Records
from stores.mongo.connect import Database, collection
from stores.mongo.documents import premise_document

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


def premise(
    number: int, street: str, city: str = "Cedar Falls", zip_code: str = "97201"
) -> Premise:
    return Premise(
        premise_id=f"p{number}",
        address=f"{street}, {city}, OR {zip_code}",
        street=street,
        city=city,
        state="OR",
        zip=zip_code,
        longitude=-122.0 + number * 0.01,
        latitude=45.0,
    )


PLACES = (
    premise(0, "418 Alder Street"),
    premise(1, "418 Alder Street", "Harborview", "97310"),
    premise(2, "418 Alder Court"),
    premise(3, "418 Alderwood Street"),
    premise(4, "418 N Alder Street"),
    premise(5, "41 Alder Street"),
    premise(6, "4181 Alder Street"),
    premise(7, "77 Oak Avenue, Apt 10"),
    premise(8, "77 Oak Avenue, Apt 2"),
    premise(9, "77 Oak Avenue, Apt 2B"),
    premise(10, "77 Oak Avenue"),
    premise(11, "12 Saint Clair Street", "North Bend", "97459"),
    premise(12, "1200 Highway 30"),
    premise(13, "5 Río Grande Drive", "St. Helens", "97051"),
    premise(14, "9 Broadway"),
)


@pytest.fixture(scope="module")
async def town(records_database: Database) -> Database:
    await collection(records_database, "premises").insert_many(
        [premise_document(p) for p in PLACES]
    )
    return records_database


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("418 Alder Street, Cedar Falls, OR 97201", [0, 4]),
        ("418 alder st", [0, 1, 4]),
        ("418 ALDER STREET 97201", [0, 4]),
        ("418 Alder Street, 97310", [1]),
        ("418 alder street harborview oregon", [1]),
        ("418 N. Alder St.", [4]),
        ("418 alder street north", [4]),
        ("418 Alder, Cedar Falls", [2, 0, 4]),
        ("418 alder ct", [2]),
        ("41 Alder Street", [5]),
        ("77 oak ave", [10, 8, 9, 7]),
        ("77 Oak Avenue, Apt 2", [8]),
        ("77 oak ave #2b", [9]),
        ("apartment 10, 77 Oak Avenue", [7]),
        ("77 oak ave apt 2 b, cedar falls", [9]),
        ("12 St. Clair St, North Bend", [11]),
        ("1200 hwy 30 cedar falls", [12]),
        ("5 Rio Grande Dr, Saint Helens", [13]),
        ("9 broadway cedar falls or 97201-0001", [14]),
    ],
)
async def test_what_was_written_is_found(
    records: Records, town: Database, written: str, found: list[int]
) -> None:
    assert await records.accounts.find_premises(written, 10) == [PLACES[n] for n in found]


@pytest.mark.parametrize(
    "written",
    [
        "418 Alder Street, Portland",
        "418 Alder Street, Cedar Falls, WA",
        "418 Alder Street, 97999",
        "418 Alder Street, Cedar Falls, OR 97310",
        "418 Alder Street, Apt 3",
        "418 S Alder Street",
        "418 Alder Boulevard",
        "77 Oak Avenue, Apt 3",
        "419 Alder Street",
        "Alder Street",
        "418",
        "",
        "10 Downing Street, London SW1A 2AA",
        "418 Ald.*",
        "418 $where|^",
        "4" * 20_000 + " Alder Street",
        "418 " + "Alder " * 5_000,
    ],
)
async def test_a_wrong_address_finds_nothing(
    records: Records, town: Database, written: str
) -> None:
    assert await records.accounts.find_premises(written) == []


async def test_not_more_than_asked_for(records: Records, town: Database) -> None:
    find = records.accounts.find_premises
    assert await find("77 Oak Avenue", 2) == [PLACES[10], PLACES[8]]
    assert await find("77 Oak Avenue", 0) == []
    assert await find("77 Oak Avenue", -1) == []
