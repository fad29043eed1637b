"""Who is given a pay link, and where it goes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from contracts.identity import Rung
from contracts.language import speaking
from contracts.messages import Card, Channel, Link
from contracts.records import Account
from contracts.tooling import Cannot
from tests.fakes import World, make_world
from tests.samples import ACCOUNT, HERS, MARIA, PHONE
from tools.billing.paying import pay_link, payment_card, without_method

pytestmark = pytest.mark.unit

OWED = Decimal("142.37")


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def account() -> Account:
    return HERS.model_copy(update={"methods": ()})


@pytest.mark.parametrize(
    ("channel", "rung", "owed", "given"),
    [
        (Channel.WHATSAPP, Rung.VERIFIED, OWED, True),
        (Channel.SMS, Rung.STEPPED_UP, OWED, True),
        (Channel.WEB, Rung.VERIFIED, OWED, False),
        (Channel.VOICE, Rung.VERIFIED, OWED, False),
        (Channel.SMS, Rung.RECOGNISED, OWED, False),
        (Channel.SMS, Rung.VERIFIED, Decimal(0), False),
        (Channel.SMS, Rung.VERIFIED, Decimal("-3.00"), False),
    ],
)
async def test_a_bill_carries_a_link_in_messages_to_who_is_verified_and_owes(
    world: World, channel: Channel, rung: Rung, owed: Decimal, given: bool
) -> None:
    links = await pay_link(world.call(channel=channel, rung=rung), HERS, owed)
    assert [link.label for link in links] == (["Pay $142.37"] if given else [])
    assert len(world.pay_links.issued) == given


async def test_a_link_is_for_no_more_than_one_payment_takes(world: World) -> None:
    most = world.services.scenario.policies.payments.most
    await pay_link(world.call(channel=Channel.SMS), HERS, most * 2)
    [(customer, number, amount, to)] = world.pay_links.issued
    assert (customer, number, amount) == (MARIA.customer_id, ACCOUNT, most)
    assert (to.channel, to.address) == (Channel.SMS, PHONE)


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.SMS, Channel.WEB])
async def test_without_a_method_a_link_is_there_at_once(
    world: World, account: Account, channel: Channel
) -> None:
    answer = await without_method(world.call(channel=channel), account, OWED)
    assert answer.reason == "no_method"
    assert [type(part) for part in answer.show] == [Link]
    assert world.notifier.sent == {}


async def test_a_caller_gets_it_once_by_a_message_in_their_language(
    world: World, account: Account
) -> None:
    call = world.call(channel=Channel.VOICE)
    with speaking("es"):
        for _ in range(2):
            answer = await without_method(call, account, OWED)
    assert isinstance(answer, Cannot)
    assert answer.show == ()
    [(key, sent)] = world.notifier.sent.items()
    assert key == f"{call.key}:pay-link"
    assert sent.channel in (Channel.SMS, Channel.WHATSAPP)
    assert sent.address in {contact.value for contact in MARIA.contacts}
    assert "$142.37" in sent.text
    assert "https://help.example.com/pay/1" in sent.text
    assert world.pay_links.issued[0][3].language == "es"


async def test_a_caller_who_agreed_to_no_message_gets_none(world: World, account: Account) -> None:
    silent = tuple(contact.model_copy(update={"channels": ()}) for contact in MARIA.contacts)
    world.customers.known = [MARIA.model_copy(update={"contacts": silent})]
    answer = await without_method(world.call(channel=Channel.VOICE), account, OWED)
    assert "person" in answer.next
    assert world.notifier.sent == {}
    assert world.pay_links.issued == []


def test_the_form_is_for_the_web_and_holds_no_token(world: World) -> None:
    call = world.call(channel=Channel.WEB)
    [card] = payment_card(call, HERS, amount=Decimal("50.00"), payable=OWED)
    assert isinstance(card, Card)
    assert (card.data["amount"], card.data["most"]) == ("50.00", "142.37")
    tokens = [method.token for method in HERS.methods if method.token]
    assert not any(token in str(card.data) for token in tokens)
    for other in (Channel.SMS, Channel.WHATSAPP, Channel.VOICE):
        assert not payment_card(replace(call, channel=other), HERS, amount=OWED, payable=OWED)
