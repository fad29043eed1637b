"""Who writes an e-mail: known by an address on file, and never more than that by it alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stores.directory import BY_MAIL
from tests.e2e.maria import details
from tests.talk import Talk

pytestmark = pytest.mark.e2e

MAIL, UNKNOWN = "maria.alvarez@example.com", "somebody@example.org"


async def test_an_address_on_file_is_recognised(talk: Talk) -> None:
    turn = await talk.say("email", MAIL, "is there an outage at my place?")
    assert turn.identity == "recognised"
    assert turn.tools[-1].name == "check_outage_status"
    owed = await talk.say("email", MAIL, "how much do I owe?")
    assert "$" not in owed.reply


async def test_what_was_proved_holds_for_one_message(talk: Talk) -> None:
    said = f"how much do I owe? my account is {await details(talk)}"
    turn = await talk.say("email", MAIL, said)
    assert turn.identity == "verified"
    assert "$" in turn.reply
    talk.clock.advance(BY_MAIL + timedelta(seconds=1))
    forged = await talk.say("email", MAIL, "and what was my last bill?")
    assert forged.identity == "recognised"
    assert "$" not in forged.reply


async def test_a_yes_from_the_address_alone_pays_nothing(talk: Talk) -> None:
    await talk.say("email", MAIL, f"how much do I owe? my account is {await details(talk)}")
    asked = await talk.say("email", MAIL, "pay my bill in full")
    assert asked.pending
    talk.clock.advance(BY_MAIL + timedelta(seconds=1))
    forged = await talk.say("email", MAIL, "yes")
    assert ("process_payment", "done") not in [(run.name, run.status) for run in forged.tools]
    proved = await talk.say("email", MAIL, await details(talk))
    assert ("process_payment", "done") in [(run.name, run.status) for run in proved.tools]


async def test_another_mailbox_is_known_by_what_it_proves(talk: Talk) -> None:
    turn = await talk.say("email", UNKNOWN, f"what do I owe? my account is {await details(talk)}")
    assert turn.identity == "verified"
    talk.clock.advance(BY_MAIL + timedelta(seconds=1))
    later = await talk.say("email", UNKNOWN, "is there an outage?")
    assert (later.identity, later.customer_id) == ("recognised", turn.customer_id)
    talk.clock.advance(timedelta(hours=2))
    assert (await talk.say("email", UNKNOWN, "hello")).identity == "anonymous"
