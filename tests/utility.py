"""The seeded utility on a real MongoDB, and calls of tools on it as a thread makes them.

A test may change whatever it likes: the next one finds the records as they were seeded.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from contracts.clock import PinnedClock
from contracts.identity import Rung
from contracts.messages import Channel
from contracts.records import Account, Customer, Premise, Records
from contracts.tooling import Agreed, AskAgain, Call, Cannot, Confirmation, Done, Result, Services
from evals.records import Documents, documents_of
from tests.fakes import World
from tools.toolbox import Toolbox


@dataclass
class Utility:
    """`world`: the in-memory ports besides the records (queues, notifier, links, attempts)."""

    database: AsyncDatabase[dict[str, Any]]
    records: Records
    services: Services
    toolbox: Toolbox
    clock: PinnedClock
    world: World
    _keys: itertools.count[int] = field(default_factory=itertools.count)

    async def customer(self, first_name: str) -> Customer:
        """The demo customer of that first name."""
        return next(c for c in await self.records.customers.demo() if c.first_name == first_name)

    async def account(self, first_name: str) -> Account:
        who = await self.customer(first_name)
        account = await self.records.accounts.get(who.account_number)
        assert account is not None
        return account

    async def premise(self, first_name: str) -> Premise:
        account = await self.account(first_name)
        premise = await self.records.accounts.premise(account.premise_id)
        assert premise is not None
        return premise

    async def call(
        self,
        first_name: str = "Maria",
        *,
        rung: Rung = Rung.STEPPED_UP,
        agent: str = "billing",
        channel: Channel = Channel.WHATSAPP,
        key: str | None = None,
        **changes: Any,
    ) -> Call:
        """A call as the thread of a demo customer makes it, on the highest rung unless another is
        given, and with a new key."""
        customer, account = await self.customer(first_name), await self.account(first_name)
        premise = await self.premise(first_name)
        known = rung >= Rung.RECOGNISED
        return Call(
            services=self.services,
            customer_id=customer.customer_id if known else "anonymous-1",
            rung=rung,
            account_number=account.account_number if known else None,
            premise_id=premise.premise_id if known else None,
            service_address=premise.address if known else None,
            channel=channel,
            address=next((c.value for c in customer.contacts), "session-1"),
            session_id="session-1",
            agent=agent,
            key=key or f"call-{next(self._keys)}",
            **changes,
        )

    async def run(self, tool: str, call: Call | None = None, **raw: Any) -> Result:
        """A model's call of a tool, run as it would be: arguments checked, and for a tool that asks
        for a yes what was read back is what runs."""
        call = call or await self.call()
        spec = self.toolbox.by_name[tool]
        parsed = self.toolbox.parse(spec, raw)
        if isinstance(parsed, AskAgain):
            return parsed
        if spec.read_back is not None:
            confirmation = await self.toolbox.read_back(spec, call, parsed)
            if not isinstance(confirmation, Confirmation):
                return confirmation
            agreed = self.toolbox.parse(spec, confirmation.args)
            assert not isinstance(agreed, AskAgain), agreed
            parsed = agreed
            call = replace(call, agreed=Agreed(confirmation.read_back, self.clock.now()))
        return await self.toolbox.run(spec, call, parsed)

    async def done(self, tool: str, call: Call | None = None, **raw: Any) -> Done:
        """As `run`, for a call that has to succeed."""
        result = await self.run(tool, call, **raw)
        assert isinstance(result, Done), result
        return result

    async def refused(self, tool: str, call: Call | None = None, **raw: Any) -> Cannot:
        result = await self.run(tool, call, **raw)
        assert isinstance(result, Cannot), result
        return result

    async def asked(self, tool: str, call: Call | None = None, **raw: Any) -> AskAgain:
        result = await self.run(tool, call, **raw)
        assert isinstance(result, AskAgain), result
        return result

    async def read_back(self, tool: str, call: Call | None = None, **raw: Any) -> Confirmation:
        """What the customer is read before the yes."""
        call = call or await self.call()
        spec = self.toolbox.by_name[tool]
        parsed = self.toolbox.parse(spec, raw)
        assert not isinstance(parsed, AskAgain), parsed
        confirmation = await self.toolbox.read_back(spec, call, parsed)
        assert isinstance(confirmation, Confirmation), confirmation
        return confirmation

    async def everything(self) -> Documents:
        """All documents of all collections, to see whether a call changed something."""
        return await documents_of(self.database)
