"""The accounts of those who use the operators' pages."""

from __future__ import annotations

from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from contracts.errors import Conflict
from contracts.records.operators import ApiToken, Operator, Role
from stores.mongo.connect import Database
from stores.mongo.documents import Document, storable
from stores.mongo.repository import Repository, prompt


class MongoOperators(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._operators = self.collection("operators")

    @prompt
    async def add(self, operator: Operator) -> None:
        document = storable(operator.model_dump())
        try:
            await self._operators.insert_one({"_id": document.pop("name"), **document})
        except DuplicateKeyError:
            raise Conflict(f"there is an operator called {operator.name} already") from None

    @prompt
    async def get(self, name: str) -> Operator | None:
        return _operator_of(await self._operators.find_one({"_id": name}))

    @prompt
    async def all(self) -> list[Operator]:
        found = await self._operators.find({}, sort={"_id": 1}).to_list()
        return [it for document in found if (it := _operator_of(document)) is not None]

    @prompt
    async def by_token(self, digest: str) -> Operator | None:
        return _operator_of(await self._operators.find_one({"tokens.digest": digest}))

    @prompt
    async def set_password(self, name: str, password: str) -> Operator | None:
        return await self._change(name, {"$set": {"password": password}, "$inc": {"epoch": 1}})

    @prompt
    async def set_role(self, name: str, role: Role) -> Operator | None:
        return await self._change(name, {"$set": {"role": role.value}})

    @prompt
    async def set_active(self, name: str, active: bool) -> Operator | None:
        return await self._change(name, {"$set": {"active": active}})

    @prompt
    async def add_token(self, name: str, token: ApiToken) -> Operator | None:
        return await self._change(name, {"$push": {"tokens": storable(token.model_dump())}})

    @prompt
    async def drop_token(self, name: str, token_id: str) -> Operator | None:
        return await self._change(name, {"$pull": {"tokens": {"token_id": token_id}}})

    async def _change(self, name: str, change: dict[str, Any]) -> Operator | None:
        found = await self._operators.find_one_and_update(
            {"_id": name}, change, return_document=ReturnDocument.AFTER
        )
        return _operator_of(found)


def _operator_of(document: Document | None) -> Operator | None:
    if document is None:
        return None
    return Operator.model_validate({**document, "name": document["_id"]})
