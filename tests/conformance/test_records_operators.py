"""The accounts of those who use the operators' pages."""

from __future__ import annotations

import asyncio

import pytest

from contracts.errors import Conflict
from contracts.records import ApiToken, Operator, Records, Role
from stores.mongo.connect import Database
from tests.conformance.records_data import NOW

pytest_plugins = ("tests.conformance.mongo_fixtures",)
pytestmark = pytest.mark.conformance


@pytest.fixture(autouse=True)
async def empty(records_database: Database) -> None:
    await records_database["operators"].delete_many({})


def operator(name: str, role: Role = Role.VIEWER) -> Operator:
    return Operator(name=name, role=role, password="a hash", created=NOW)


def token(token_id: str) -> ApiToken:
    return ApiToken(token_id=token_id, label="a program", digest=f"of {token_id}", created=NOW)


async def test_who_was_added_is_there_as_they_were(records: Records) -> None:
    jo = operator("jo.miller@example.com", Role.ADMIN).model_copy(update={"tokens": (token("a"),)})
    await records.operators.add(jo)
    assert await records.operators.get(jo.name) == jo
    assert await records.operators.get("nobody") is None


async def test_a_name_is_taken_once(records: Records) -> None:
    await records.operators.add(operator("jo", Role.ADMIN))
    with pytest.raises(Conflict, match="called jo"):
        await records.operators.add(operator("jo"))
    found = await records.operators.get("jo")
    assert found is not None
    assert found.role is Role.ADMIN


async def test_all_are_listed_by_name(records: Records) -> None:
    for name in ("sam", "ada", "jo"):
        await records.operators.add(operator(name))
    assert [it.name for it in await records.operators.all()] == ["ada", "jo", "sam"]


async def test_a_new_password_is_a_new_epoch(records: Records) -> None:
    await records.operators.add(operator("jo"))
    changed = await records.operators.set_password("jo", "another hash")
    assert changed is not None
    assert (changed.password, changed.epoch) == ("another hash", 1)
    assert await records.operators.get("jo") == changed


async def test_a_role_and_a_switch(records: Records) -> None:
    await records.operators.add(operator("jo"))
    await records.operators.set_role("jo", Role.OPERATOR)
    changed = await records.operators.set_active("jo", False)
    assert changed is not None
    assert (changed.role, changed.active, changed.epoch) == (Role.OPERATOR, False, 0)


async def test_whose_token_it_is(records: Records) -> None:
    for name in ("jo", "sam"):
        await records.operators.add(operator(name))
    await asyncio.gather(*(records.operators.add_token("jo", token(str(n))) for n in range(8)))
    found = await records.operators.by_token("of 5")
    assert found is not None
    assert (found.name, len(found.tokens)) == ("jo", 8)
    assert await records.operators.by_token("of nothing") is None
    dropped = await records.operators.drop_token("jo", "5")
    assert dropped is not None
    assert len(dropped.tokens) == 7
    assert await records.operators.by_token("of 5") is None


async def test_nobody_is_not_changed(records: Records) -> None:
    operators = records.operators
    assert await operators.set_password("nobody", "a hash") is None
    assert await operators.set_role("nobody", Role.ADMIN) is None
    assert await operators.set_active("nobody", True) is None
    assert await operators.add_token("nobody", token("a")) is None
    assert await operators.drop_token("nobody", "a") is None
    assert await operators.all() == []


def test_what_is_secret_is_not_in_what_is_printed() -> None:
    printed = repr(operator("jo").model_copy(update={"tokens": (token("a"),)}))
    assert "hash" not in printed
    assert "of a" not in printed
