"""Judges on a scripted model: what they make of a conversation, and what of one that breaks off."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from deepeval.metrics import ConversationalGEval
from langchain_core.messages import BaseMessage
from pydantic import BaseModel

from evals.metrics.judges import TONE, Judge, judge_scores, metrics_of
from evals.scripted import ScriptedChatModel
from tests.evidence import Talk

pytestmark = pytest.mark.unit

Answer = Callable[[list[BaseMessage]], str | BaseException]


class Verdict(BaseModel):
    verdict: str


def talk(language: str = "en") -> Talk:
    found = Talk(language=language)
    found.turn("hi, it's Maria, what do I owe?", "You owe $204.53, Maria.")
    found.turn("pay it", "And who are you?")
    return found


def answering(*, forgot: str, tone: int) -> Answer:
    """A judge that finds out a name, says whether it was forgotten, and rates the tone."""

    def write(messages: list[BaseMessage]) -> str:
        asked = str(messages[-1].text)
        if (
            "score" in asked
            and "reason" in asked
            and any(step in asked for step in TONE["en"] + TONE["es"])
        ):
            return (
                "Here you are:\n```json\n"
                + json.dumps({"reason": "Cold.", "score": tone})
                + "\n```"
            )
        if "verdict" in asked:
            return json.dumps({"verdict": forgot, "reason": "Asks for the name again."})
        if "attritions" in asked.lower():
            return json.dumps({"reason": "It forgot the name."})
        return json.dumps({"data": {"name": "Maria"}})

    return write


async def test_a_good_conversation() -> None:
    model = ScriptedChatModel(script=answering(forgot="no", tone=9))
    scores = await judge_scores(talk().evidence(), model, "openai:judge")
    assert {name: (s.score, s.faults, s.gates) for name, s in scores.items()} == {
        "KnowledgeRetention": (1.0, (), False),
        "Tone": (0.9, (), False),
    }


async def test_a_bad_conversation_is_told_why() -> None:
    model = ScriptedChatModel(script=answering(forgot="yes", tone=2))
    scores = await judge_scores(talk().evidence(), model, "openai:judge")
    assert scores["KnowledgeRetention"].score == 0.0
    assert scores["KnowledgeRetention"].faults == ("It forgot the name.",)
    assert scores["Tone"].score == 0.2
    assert scores["Tone"].faults == ("Cold.",)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_the_criteria_are_in_the_conversation_s_language(language: str) -> None:
    model = ScriptedChatModel(script=answering(forgot="no", tone=9))
    await judge_scores(talk(language).evidence(), model, "openai:judge")
    asked = " ".join(str(messages[-1].text) for messages in model.seen)
    other = "es" if language == "en" else "en"
    assert TONE[language][0] in asked
    assert TONE[other][0] not in asked


@pytest.mark.parametrize("broken", [RuntimeError("away"), "no JSON at all"])
async def test_a_judge_that_breaks_off_lets_the_play_stand(broken: str | BaseException) -> None:
    model = ScriptedChatModel(script=[broken])
    scores = await judge_scores(talk().evidence(), model, "openai:judge")
    assert set(scores) == {"KnowledgeRetention", "Tone"}
    assert all("the judge broke off" in score.faults[0] for score in scores.values())
    assert not any(score.gates for score in scores.values())


async def test_nothing_is_asked_of_a_judge_where_nothing_was_said() -> None:
    model = ScriptedChatModel(script=["{}"])
    assert await judge_scores(Talk().evidence(), model, "openai:judge") == {}
    assert model.seen == []


async def test_the_model_gives_what_is_asked_for() -> None:
    model = ScriptedChatModel(script=['Well, {"verdict": "no"} is it.', "plain", "{]"])
    judge = Judge(model, "openai:judge")
    assert await judge.a_generate("?", schema=Verdict) == Verdict(verdict="no")
    assert await judge.a_generate("?") == "plain"
    assert judge.generate("?", schema=Verdict) == "{]"
    assert judge.get_model_name() == "openai:judge"


def test_tone_is_judged_by_our_own_criteria() -> None:
    tone = metrics_of(Judge(ScriptedChatModel(script=[""]), "x"), "es")["Tone"]
    assert isinstance(tone, ConversationalGEval)
    assert tone.evaluation_steps == list(TONE["es"])
    assert any("usted" in step for step in TONE["es"])
    assert len(TONE["en"]) == len(TONE["es"])
