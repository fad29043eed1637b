"""How replies are put: in both languages, by channel, varied, and with feeling where it fits."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from contracts.language import LANGUAGES
from models.local.chat import LocalChatModel
from models.local.feeling import is_angry, mourns, not_the_first_time
from models.local.phrasing import chosen, sentences_of
from models.local.shape import SPOKEN_WORDS, inside, sentences, shortened, speakable, untold, words
from tests.catalogue import answered, human, system, tools_of

pytestmark = pytest.mark.unit

LONG = (
    "The power at 418 Alder Street should be back about 12:45 PM. We're fairly sure of that, but "
    "it can still change. The estimate before was 11:45 AM, and changed because the crew is on "
    "site and needs a second truck for the work. Crew 7 is on site."
)
SHORT = "Your January bill is $204.53, and it's due on January 24."
_ENGLISH = re.compile(r"\b(?:the|your|is|would|what|you|please|and|person|sorry)\b", re.IGNORECASE)


@pytest.fixture(scope="session")
def model(catalogue_model: LocalChatModel) -> LocalChatModel:
    return catalogue_model


async def reply(model: LocalChatModel, agent: str, *messages: BaseMessage, **brief: Any) -> str:
    bound = model.bind_tools(tools_of(agent))
    answer = await bound.ainvoke([system(agent, **brief), *messages])
    assert not answer.tool_calls, answer.tool_calls
    return str(answer.text)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# Languages


def test_every_sentence_is_there_in_every_language() -> None:
    english = sentences_of("en")
    for language in LANGUAGES:
        other = sentences_of(language)
        assert other.keys() == english.keys()
        for key, forms in other.items():
            assert forms, key
            needed = {name for form in english[key] for name in places(form)} - {"name", "maria"}
            for form in forms:
                assert places(form) - {"name", "maria"} == needed, (language, key)


def test_spanish_is_spanish_and_formal() -> None:
    for key, forms in sentences_of("es").items():
        for form in forms:
            plain = re.sub(r"\{\w+\}", "", form)
            assert not _ENGLISH.search(plain), (key, form)
            assert not re.search(r"\b(?:tú|tu|te|ti|quieres|puedes|dime)\b", plain, re.I), form
            assert plain.count("?") == plain.count("¿"), (key, form)


async def test_spanish_all_through(model: LocalChatModel) -> None:
    said: list[BaseMessage] = []
    for text in ("hola", "gracias", "no", "tell me a joke", "blah blah gnarf", "ok", "goodbye"):
        told = await reply(model, "concierge", *said, human(text), language="es")
        assert not _ENGLISH.search(told), told
        said += [human(text), AIMessage(told)]


async def test_who_asks_on_which_day_is_told_the_day(model: LocalChatModel) -> None:
    heating = "Your electricity goes about 19 percent to heating."
    day = "In the last 30 days, you used the most on December 31: 225 kilowatt-hours."
    say = f"{heating} {day} The parts are my estimate from your readings and the weather."
    found = answered("get_usage_breakdown", say=say, data={"days": 365})
    for text in ("and on which day did I use the most", "what was my peak day"):
        for channel in ("voice", "sms"):
            told = await reply(model, "usage", human(text), *found, channel=channel)
            assert told == day
    told = await reply(model, "usage", human("what uses the most energy"), *found, channel="sms")
    assert told == say


# Variety


async def test_nothing_begins_the_same_twice_in_a_row(model: LocalChatModel) -> None:
    for text in ("thanks", "hello", "who won the game last night?"):
        first = await reply(model, "concierge", human(text))
        second = await reply(model, "concierge", human(text), AIMessage(first), human(text))
        assert second.split(",")[0].split(".")[0] != first.split(",")[0].split(".")[0], text


async def test_nobody_is_asked_each_time_whether_there_is_more(model: LocalChatModel) -> None:
    said: list[BaseMessage] = []
    asked = []
    for _ in range(4):
        told = await reply(model, "concierge", *said, human("thank you"))
        asked.append("?" in told)
        said += [human("thank you"), AIMessage(told)]
    assert asked == [True, False, False, False]


async def test_whoever_says_that_it_is_all_is_let_go(model: LocalChatModel) -> None:
    assert "?" not in await reply(model, "concierge", human("thanks, that's all"))
    bye = await reply(model, "concierge", human("gracias, es todo"), language="es")
    assert "?" not in bye


def test_a_form_is_taken_that_was_not_said_lately() -> None:
    forms = ["Sure{name}.", "Of course{name}.", "Gladly."]
    assert chosen(forms, [], 0) == forms[0]
    assert chosen(forms, ["Sure, Maria. Which one?"], 0) == forms[1]
    assert chosen(forms, ["Sure.", "Of course.", "Gladly."], 4) == forms[1], "in turn"


# By channel


def test_what_is_long_is_cut_to_what_matters() -> None:
    kept, more = shortened(LONG)
    assert more
    assert kept == " ".join(sentences(LONG)[:2])
    assert words(kept) <= SPOKEN_WORDS
    assert untold(LONG, [kept]) == " ".join(sentences(LONG)[2:])
    assert shortened(SHORT) == (SHORT, False)


def test_a_question_is_put_though_the_rest_is_cut() -> None:
    kept, more = shortened(f"{LONG} Shall I text you?")
    assert more
    assert kept.startswith("The power")
    assert kept.endswith("Shall I text you?")


def test_sentences_end_where_they_end() -> None:
    said = "Vuelve a las 9:30 p. m. del lunes. St. Clair Street is at 5.5 percent. ¿Le parece?"
    assert len(sentences(said)) == 3
    assert words("Your number is S 4 D R 7 K.") == 4


def test_nothing_unspeakable_is_spoken() -> None:
    assert speakable("Look (page 2) at https://example.com/x?a=1. Then call.") == "Look. Then call."


def test_a_sentence_goes_on_inside_another() -> None:
    assert inside("Your bill is due.") == "your bill is due."
    assert inside("Autopay is on.") == "Autopay is on."
    assert inside("I've paid it.") == "I've paid it."
    assert inside("Su factura vence.") == "su factura vence."


@pytest.mark.parametrize(
    ("language", "offer", "yes"),
    [("en", "?", "yes please"), ("en", "?", "tell me more"), ("es", "¿", "sí, cuénteme")],
)
async def test_the_details_come_when_they_are_wanted(
    model: LocalChatModel, language: str, offer: str, yes: str
) -> None:
    told = [human("how long?"), *answered("get_restoration_eta", say=LONG, data={"known": True})]
    brief = {"channel": "voice", "language": language}
    first = await reply(model, "outage", *told, **brief)
    assert "12:45 PM" in first
    assert "second truck" not in first
    assert offer in first
    rest = await reply(model, "outage", *told, AIMessage(first), human(yes), **brief)
    assert "second truck" in rest
    assert "12:45 PM" not in rest, "nothing twice"
    written = await reply(model, "outage", *told, channel="web", language=language)
    assert "second truck" in written


async def test_what_was_done_is_told_whole(model: LocalChatModel) -> None:
    paid = [human("pay"), *answered("process_payment", say=LONG)]
    assert "second truck" in await reply(model, "billing", *paid, channel="voice")


# Feeling


@pytest.mark.parametrize("text", ["my mother passed away", "mi esposo falleció", "her funeral was"])
def test_a_death_is_heard(text: str) -> None:
    assert mourns(text)


@pytest.mark.parametrize("text", ["the battery is dead", "the power died down", "the line is dead"])
def test_a_dead_thing_is_no_death(text: str) -> None:
    assert not mourns(text)


def test_anger_and_repetition_are_heard() -> None:
    assert is_angry("this is ridiculous")
    assert is_angry("¡es el colmo!")
    assert not is_angry("my bill is high")
    assert not_the_first_time("out again")
    assert not_the_first_time("se fue la luz otra vez")


async def test_sympathy_is_said_once_and_only_where_it_fits(model: LocalChatModel) -> None:
    said = [human("This is unacceptable, I was charged twice!!")]
    bill = answered("get_current_bill", say=SHORT, data={"balance": "204.53"})
    first = await reply(model, "billing", *said, *bill)
    assert first.startswith("I'm sorry about the trouble")
    again = await reply(model, "billing", *said, *bill, AIMessage(first), *said, *bill)
    assert "sorry" not in again
    assert await reply(model, "billing", human("what do I owe?"), *bill) == SHORT


async def test_a_loss_goes_before_everything(model: LocalChatModel) -> None:
    said = human("my husband died and I can't pay his bill")
    bill = answered("get_current_bill", say=SHORT, data={"balance": "204.53"})
    assert (await reply(model, "billing", said, *bill)).startswith("I'm very sorry for your loss")
    spanish = await reply(model, "billing", human("falleció mi mamá"), *bill, language="es")
    assert spanish.startswith("Lamento mucho su pérdida")


async def test_whoever_proves_who_they_are_said_before_what_it_is(model: LocalChatModel) -> None:
    before = [human("my wife passed away, close her account"), AIMessage("Who are you?")]
    proof = human("[verification detail], [verification detail]")
    asked = answered("stop_service", status="ask_again", missing=["stop_date"], say="Which day?")
    told = await reply(model, "billing", *before, proof, *asked, identity="verified")
    assert told.startswith("I'm very sorry for your loss")


async def test_what_fails_twice_is_not_put_the_same_way(model: LocalChatModel) -> None:
    broke = answered("get_current_bill", status="failed")
    first = await reply(model, "billing", human("what do I owe?"), *broke)
    again = [human("what do I owe?"), *broke, AIMessage(first), human("try again"), *broke]
    second = await reply(model, "billing", *again)
    assert "person" in first
    assert "still" in second
