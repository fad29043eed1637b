"""What the places in a case's texts stand for, out of the records: `{zip}`, `{James.account}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.build import App
from contracts.errors import ConfigurationError
from contracts.records import Customer
from evals.case import Case

CENT = Decimal("0.01")
_PLACE = re.compile(r"\{(?:(?P<who>[A-Z]\w+)\.)?(?P<what>[a-z_]+)\}")
_CODE = re.compile(r"\b\d{6}\b")


class Texts:
    """Fills places. The records are read once, before anything is said."""

    def __init__(self, app: App, case: Case, known: Mapping[str, Mapping[str, str]]) -> None:
        self._app = app
        self._case = case
        self._known = known
        self.customers: dict[str, Customer] = {}

    @classmethod
    async def of(cls, app: App, case: Case) -> Texts:
        texts = cls(app, case, {})
        demo = await app.records.customers.demo()
        texts.customers = {one.first_name: one for one in demo}
        texts._known = {name: await _facts(app, who) for name, who in texts.customers.items()}
        return texts

    @property
    def customer(self) -> Customer | None:
        """The case's customer; None for a stranger."""
        return self.named(self._case.customer) if self._case.customer else None

    @property
    def facts(self) -> Mapping[str, str]:
        """What the places stand for that name nobody."""
        return self._known.get(self._case.customer or "", {})

    @property
    def places(self) -> Mapping[str, str]:
        """What every place stands for: "balance", "James.account"."""
        theirs = {f"{n}.{key}": v for n, facts in self._known.items() for key, v in facts.items()}
        return {**theirs, **self.facts}

    @property
    def people(self) -> Mapping[str, Mapping[str, str]]:
        """What is on file of each demo customer, by customer id."""
        return {who.customer_id: self._known[name] for name, who in self.customers.items()}

    def named(self, first_name: str) -> Customer:
        """Raises ConfigurationError for a name no demo customer bears."""
        if first_name not in self.customers:
            known = ", ".join(sorted(self.customers))
            raise ConfigurationError(f"there is no demo customer {first_name!r}; there are {known}")
        return self.customers[first_name]

    def number_of(self, who: str) -> str:
        """A customer's number on file; a number as it is."""
        return self._known[self.named(who).first_name]["phone"] if who[:1].isalpha() else who

    async def fill(self, text: str) -> str:
        """`text` with its places filled. Raises ConfigurationError for an unknown one."""
        code = await self._code() if "{code}" in text else ""
        return _PLACE.sub(lambda match: code if match["what"] == "code" else self._of(match), text)

    async def filled(self, value: Any) -> Any:
        """The same for all texts within JSON."""
        if isinstance(value, str):
            return await self.fill(value)
        if isinstance(value, Mapping):
            return {key: await self.filled(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [await self.filled(one) for one in value]
        return value

    def _of(self, match: re.Match[str]) -> str:
        who = match["who"] or self._case.customer or ""
        facts = self._known.get(who, {})
        if match["what"] not in facts:
            raise ConfigurationError(f"{self._case.id}: nothing stands for {match[0]}")
        return facts[match["what"]]

    async def _code(self) -> str:
        """The one-time code that was sent last."""
        for message in await self._app.records.outbox.recent(5):
            if found := _CODE.search(message.text):
                return found[0]
        raise ConfigurationError(f"{self._case.id}: no one-time code was sent")


async def _facts(app: App, who: Customer) -> dict[str, str]:
    account = await app.records.accounts.get(who.account_number)
    premise = await app.records.accounts.premise(account.premise_id) if account else None
    owed = await app.records.billing.balance(who.account_number)
    bills = await app.records.billing.bills(who.account_number, 1)
    contacts = {contact.kind: contact.value for contact in who.contacts}
    return {
        "name": who.name,
        "first_name": who.first_name,
        "account": who.account_number,
        "born": who.date_of_birth.isoformat(),
        "ssn": who.ssn_last4,
        "phone": contacts.get("phone", ""),
        "email": contacts.get("email", ""),
        "zip": premise.zip if premise else "",
        "address": premise.address if premise else "",
        "balance": f"{owed:.2f}",
        "half": f"{(owed / 2).quantize(CENT, ROUND_HALF_UP)}",
        "bill_total": f"{bills[0].total:.2f}" if bills else "",
        "due": bills[0].due.isoformat() if bills else "",
    }
