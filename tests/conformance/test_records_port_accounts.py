"""What every adapter of `contracts.records.Accounts` holds."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from contracts.records import Account, AccountChange, Accounts, Premise
from tests.conformance.contenders import Contender
from tests.conformance.records_data import Household, household

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance

REPOSITORY = "accounts"


@pytest.fixture
def accounts(contender: Contender) -> Accounts:
    return contender.records.accounts


@pytest.fixture
async def home(contender: Contender) -> Household:
    made = household()
    await contender.load(made.account, made.premise)
    return made


async def test_each_is_found_by_its_id(accounts: Accounts, home: Household) -> None:
    assert await accounts.get(home.account.account_number) == home.account
    assert await accounts.premise(home.premise.premise_id) == home.premise


async def test_none_is_none(accounts: Accounts) -> None:
    assert await accounts.get("0000000000") is None
    assert await accounts.premise("nowhere") is None


async def test_a_change_sets_what_is_given_and_nothing_else(
    accounts: Accounts, home: Household
) -> None:
    change = AccountChange(
        autopay=True, autopay_day=15, budget_amount=Decimal("142.00"), deposit=Decimal("90.00")
    )
    changed = await accounts.change(home.account.account_number, change)
    expected = Account.model_validate(
        home.account.model_dump()
        | {"autopay": True, "autopay_day": 15, "budget_amount": "142.00", "deposit": "90.00"}
    )
    assert changed == expected
    assert await accounts.get(home.account.account_number) == expected
    assert await accounts.change(home.account.account_number, AccountChange()) == expected


async def test_off_is_a_change_too(accounts: Accounts, home: Household) -> None:
    number = home.account.account_number
    await accounts.change(number, AccountChange(autopay=True))
    assert (await accounts.change(number, AccountChange(autopay=False))).autopay is False


async def test_changes_at_once_all_hold(accounts: Accounts, home: Household) -> None:
    number = home.account.account_number
    await asyncio.gather(
        accounts.change(number, AccountChange(autopay=True)),
        accounts.change(number, AccountChange(paperless_email="bill@example.com")),
        accounts.change(number, AccountChange(rate_plan="Residential Time of Use")),
    )
    account = await accounts.get(number)
    assert account is not None
    assert (account.autopay, account.paperless_email) == (True, "bill@example.com")
    assert account.rate_plan == "Residential Time of Use"


async def test_a_change_of_no_account_is_a_lookup_error(accounts: Accounts) -> None:
    with pytest.raises(LookupError):
        await accounts.change("0000000000", AccountChange(autopay=True))


def at(premise: Premise, number: int, street: str, **place: str) -> Premise:
    full = {"city": premise.city, "state": premise.state, "zip": premise.zip, **place}
    written = f"{number} {street}"
    address = f"{written}, {full['city']}, {full['state']} {full['zip']}"
    update = {"street": written, "address": address, **full}
    return premise.model_copy(update=update)


@pytest.fixture
async def street(contender: Contender) -> list[Premise]:
    """A house, two flats of another, and a namesake in the next town."""
    homes = [household().premise for _ in range(4)]
    number = 70_000 + int(homes[0].premise_id.rpartition("-")[2])
    made = [
        at(homes[0], number, "Quince Avenue"),
        at(homes[1], number + 1, "Quince Avenue Unit 1"),
        at(homes[2], number + 1, "Quince Avenue Unit 2"),
        at(homes[3], number, "Quince Avenue", city="Mill Creek", zip="97230"),
    ]
    await contender.load(*made)
    return made


async def found(accounts: Accounts, address: str) -> set[str]:
    return {premise.premise_id for premise in await accounts.find_premises(address)}


async def test_an_address_is_found_however_it_is_written(
    accounts: Accounts, street: list[Premise]
) -> None:
    both = {street[0].premise_id, street[3].premise_id}
    house = street[0].street.split()[0]
    for written in ("Quince Avenue", "quince ave", "QUINCE AVE.", " Quince  Av"):
        assert await found(accounts, f"{house} {written}") == both, written


async def test_town_zip_and_unit_narrow_it(accounts: Accounts, street: list[Premise]) -> None:
    here, first, second, there = street
    house, flats = here.street.split()[0], first.street.split()[0]
    ids = [premise.premise_id for premise in street]
    assert await found(accounts, here.address) == {ids[0]}
    assert await found(accounts, f"{house} Quince Ave, Mill Creek") == {there.premise_id}
    assert await found(accounts, f"{house} Quince Ave {there.zip}") == {there.premise_id}
    assert await found(accounts, f"{flats} Quince Ave") == {ids[1], ids[2]}
    assert await found(accounts, f"{flats} Quince Ave Apt 2") == {second.premise_id}


async def test_the_places_around_a_point_the_nearest_first(
    contender: Contender, accounts: Accounts
) -> None:
    homes = [household().premise for _ in range(4)]
    where = ((-60.0, -30.0), (-60.0, -30.002), (-60.001, -30.0), (-60.0, -30.1))
    made = [
        home.model_copy(update={"longitude": longitude, "latitude": latitude})
        for home, (longitude, latitude) in zip(homes, where, strict=True)
    ]
    await contender.load(*made)
    ids = [premise.premise_id for premise in made]

    async def near(within_m: float, limit: int = 5) -> list[str]:
        found = await accounts.near(-60.0, -30.0, within_m, limit)
        return [premise.premise_id for premise in found]

    assert await near(10) == [ids[0]]
    assert await near(150) == [ids[0], ids[2]]  # 96 metres to the west
    assert await near(250) == [ids[0], ids[2], ids[1]]  # 222 metres to the south
    assert await near(250, limit=2) == [ids[0], ids[2]]
    assert await near(20_000) == [ids[0], ids[2], ids[1], ids[3]]
    assert await near(10, limit=0) == []
    assert await accounts.near(60.0, 30.0, 1_000) == []


@pytest.mark.parametrize(
    "address",
    ["", "Quince Avenue", "99999 Quince Avenue", "12 Rue de Rivoli, Paris", "💡", "' OR 1"],
)
async def test_no_such_place_is_an_empty_list(
    accounts: Accounts, street: list[Premise], address: str
) -> None:
    assert await accounts.find_premises(address) == []


async def test_no_more_than_the_limit(accounts: Accounts, street: list[Premise]) -> None:
    house = street[0].street.split()[0]
    assert len(await accounts.find_premises(f"{house} Quince Avenue", limit=1)) == 1
