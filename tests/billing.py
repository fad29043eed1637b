"""What the tests of billing's tools share: a call that runs twice, and records made to order."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from contracts.messages import Card
from contracts.records import Account, Bill, Payment, PaymentMethod
from contracts.tooling import Agreed, AskAgain, Call, Cannot, Confirmation, Done, Result
from tests.telling import ENGLISH, texts_of
from tests.utility import Utility


def card_of(result: Result) -> Card:
    assert isinstance(result, Done), result
    card = result.show[0]
    assert isinstance(card, Card)
    return card


async def twice(utility: Utility, tool: str, call: Call, **raw: Any) -> Result:
    """The answer of a call that runs again with the same key, as after a crash; the second run
    has to answer the same and change nothing."""
    spec = utility.toolbox.by_name[tool]
    args = utility.toolbox.parse(spec, raw)
    assert not isinstance(args, AskAgain), args
    if spec.read_back is not None:
        confirmation = await utility.toolbox.read_back(spec, call, args)
        assert isinstance(confirmation, Confirmation), confirmation
        args = utility.toolbox.parse(spec, confirmation.args)
        call = replace(call, agreed=Agreed(confirmation.read_back, utility.clock.now()))
        assert not isinstance(args, AskAgain), args
    first = await utility.toolbox.run(spec, call, args)
    after = await utility.everything()
    assert await utility.toolbox.run(spec, call, args) == first
    assert await utility.everything() == after
    return first


async def unconfirmed(utility: Utility, tool: str, call: Call, **raw: Any) -> Result:
    """A call's body alone: the records may have changed since the yes."""
    spec = utility.toolbox.by_name[tool]
    args = utility.toolbox.parse(spec, raw)
    assert not isinstance(args, AskAgain), args
    return await utility.toolbox.run(spec, call, args)


async def newest_bill(utility: Utility, account: Account) -> Bill:
    return (await utility.records.billing.bills(account.account_number, 1))[0]


async def balance_of(utility: Utility, account: Account) -> Decimal:
    return await utility.records.billing.balance(account.account_number)


async def owe(utility: Utility, first_name: str, amount: str) -> Account:
    """Make a demo customer owe just this much, less than they do."""
    account = await utility.account(first_name)
    excess = await balance_of(utility, account) - Decimal(amount)
    assert excess >= 0, f"{first_name} owes less than {amount}"
    if excess:
        await pay(utility, account, excess)
    return account


async def owe_more(utility: Utility, account: Account, amount: Decimal) -> None:
    """As if a large bill had come in."""
    ledger = f"receivable:{account.account_number}"
    await utility.database["journal"].insert_one(
        {
            "_id": f"test:{account.account_number}",
            "kind": "bill",
            "account_number": account.account_number,
            "at": utility.clock.now(),
            "legs": [
                {"ledger": ledger, "amount": amount},
                {"ledger": "revenue", "amount": -amount},
            ],
        }
    )


async def pay(utility: Utility, account: Account, amount: Decimal, key: str = "paid") -> Payment:
    return await utility.records.billing.pay(
        key=f"{key}:{account.account_number}:{amount}",
        account_number=account.account_number,
        amount=amount,
        method=PaymentMethod(method_id="x", kind="bank", label="Test bank"),
        at=utility.clock.now(),
    )


def masked(text: str) -> str:
    """A text with $0 for every amount and # for the number of a receipt or a case."""
    return re.sub(r"\b[RC]-[\dA-Z-]+", "#", re.sub(r"\$[\d,]+\.\d\d", "$0", text))


async def assert_said(
    utility: Utility, who: str, tool: str, raw: dict[str, str], said: str
) -> None:
    """The Spanish words of a tool's answer, amounts and numbers masked; no English in any of it."""
    result = await utility.run(tool, await utility.call(who), **raw)
    assert isinstance(result, Done | AskAgain | Cannot)
    assert masked(result.say) == said
    assert not [text for text in texts_of(result) if ENGLISH.search(text)]
