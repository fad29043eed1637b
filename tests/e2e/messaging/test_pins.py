"""A place sent as a pin: an outage there, the answer to a question, or where an emergency is."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.messages import Location, Turn
from contracts.records import Premise
from tests.e2e.maria import MARIA, STRANGER
from tests.talk import Talk

pytestmark = pytest.mark.e2e

WEI = "+15550104"
NOWHERE = Location(latitude=44.0, longitude=-120.0)


def ran(turn: Turn) -> list[tuple[str, str]]:
    return [(run.name, run.status) for run in turn.tools]


async def home(talk: Talk, number: str = MARIA) -> Premise:
    account = await talk.app.records.accounts.get((await talk.customer(number)).account_number)
    assert account is not None
    premise = await talk.app.records.accounts.premise(account.premise_id)
    assert premise is not None
    return premise


def pin(premise: Premise, *, north_m: float = 0.0, **named: Any) -> Location:
    latitude = premise.latitude + north_m / 111_195
    return Location(latitude=latitude, longitude=premise.longitude, **named)


def names(turn: Turn) -> str:
    """All that a turn shows and says."""
    return turn.model_dump_json(include={"reply", "parts"})


async def test_a_pin_at_home_reports_the_outage_there(talk: Talk) -> None:
    place = await home(talk)
    turn = await talk.say("whatsapp", MARIA, "", location=pin(place, north_m=80))
    assert ran(turn) == [("report_outage", "done")]
    assert place.street in turn.reply
    assert "report" in turn.reply
    assert turn.said.startswith("[sent a place: the point ")


async def test_words_that_tell_of_an_outage_go_with_it(talk: Talk) -> None:
    turn = await talk.say("whatsapp", MARIA, "no power here", location=pin(await home(talk)))
    assert ran(turn) == [("report_outage", "done")]


async def test_a_pin_elsewhere_tells_of_the_outage_there(talk: Talk) -> None:
    place = await home(talk)
    turn = await talk.say("whatsapp", WEI, "", location=pin(place))
    assert ran(turn) == [("outage_at_pin", "done")]
    assert turn.reply.startswith("There's a power outage at the place you sent me")


async def test_a_stranger_learns_nothing_of_whose_it_is(talk: Talk) -> None:
    place = await home(talk)
    turn = await talk.say("whatsapp", STRANGER, "", location=pin(place))
    assert ran(turn) == [("outage_at_pin", "done")]
    for private in ("Maria", "Alvarez", place.street, place.premise_id):
        assert private not in names(turn)


async def test_where_nothing_is_known_it_is_reported(talk: Talk) -> None:
    place = await home(talk, WEI)
    outages = talk.app.records.outages
    assert await outages.at_premise(place) is None
    turn = await talk.say("whatsapp", STRANGER, "", location=pin(place, north_m=20))
    assert turn.reply.startswith("Thank you, I've reported a power outage at the place you sent")
    assert place.street not in names(turn)
    opened = await outages.at_premise(place)
    assert opened is not None
    assert (opened.status, opened.reports) == ("reported", 1)


async def test_many_pins_of_one_sender_confirm_nothing(talk: Talk) -> None:
    place = await home(talk, WEI)
    for north in range(8):
        await talk.say("whatsapp", STRANGER, "", location=pin(place, north_m=north * 30.0))
    outage = await talk.app.records.outages.at_premise(place)
    assert outage is not None
    assert (outage.status, outage.reports) == ("reported", 1)


async def test_a_pin_far_from_all_we_serve(talk: Talk) -> None:
    turn = await talk.say("whatsapp", STRANGER, "", location=NOWHERE)
    assert ran(turn) == [("outage_at_pin", "cannot")]
    assert "area we serve" in turn.reply


async def test_words_about_something_else_get_the_address(talk: Talk) -> None:
    place = await home(talk, WEI)
    turn = await talk.say(
        "whatsapp", MARIA, "I want to start service at this address", location=pin(place)
    )
    assert turn.said.endswith(place.address)
    assert "outage_at_pin" not in dict(ran(turn))


async def test_it_says_where_the_gas_smells(talk: Talk) -> None:
    place = pin(await home(talk, WEI), name="The park", address="Willow Court")
    turn = await talk.say("whatsapp", STRANGER, "I smell gas here", location=place)
    assert turn.reply.startswith("Please leave now")
    (run,) = turn.tools
    assert run.name == "report_gas_leak"
    assert run.args["location"].startswith("The park, Willow Court (the point ")
    assert "what's the address" not in turn.reply


async def test_it_answers_where_an_emergency_is(talk: Talk) -> None:
    first = await talk.say("whatsapp", STRANGER, "I smell gas")
    assert "what's the address?" in first.reply
    turn = await talk.say("whatsapp", STRANGER, "", location=pin(await home(talk, WEI)))
    assert ran(turn) == [("report_gas_leak", "done")]
    assert "the point " in turn.tools[0].args["location"]


async def test_it_moves_an_emergency_that_was_taken_to_be_at_home(talk: Talk) -> None:
    first = await talk.say("whatsapp", MARIA, "I smell gas")
    assert "If it's somewhere else" in first.reply
    turn = await talk.say("whatsapp", MARIA, "", location=pin(await home(talk, WEI)))
    assert ran(turn) == [("report_gas_leak", "done")]


async def test_in_spanish(talk: Talk) -> None:
    place = pin(await home(talk))
    turn = await talk.say("whatsapp", WEI, "no hay luz aquí", location=place)
    assert turn.reply.startswith("Hay un apagón en el lugar que me envió")
    assert "[envió un lugar: " in turn.said
