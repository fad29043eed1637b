"""The evals on the product itself: cases are played, replayed, noised, and faults are noticed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from langchain_core.messages import BaseMessage

from contracts.errors import ConfigurationError
from contracts.messages import Channel
from contracts.settings import Settings
from evals.actions import NotDone
from evals.case import Case, read_cases
from evals.customers import noisy
from evals.figures import figures
from evals.judging import judged
from evals.play import GOAL, NOISY, SWITCHING, play, variants
from evals.result import Record
from evals.saboteur import all_sabotages
from evals.scripted import ScriptedChatModel
from evals.stage import Stage
from evals.suite import Plan, Suite, opened, plays_of

pytestmark = pytest.mark.e2e

CASES = {case.id: case for case in read_cases()}
PAYS = CASES["billing-pays-half-by-card"]
OUTAGE = CASES["handoff-concierge-to-outage"]
PROVES = CASES["identity-check-begun-by-phone-goes-on-by-text"]


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Settings:
    folder = tmp_path_factory.mktemp("evals")
    (folder / "models").symlink_to(trained)
    return Settings(THROUGHLINE_DATA=folder)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(on: Settings) -> AsyncIterator[Stage]:
    async with opened(on) as stage:
        yield stage


def changed(case: Case, **more: Any) -> Case:
    """A case with other parts, under a name of its own."""
    raw = case.model_dump() | {"id": f"{case.id}-changed"} | more
    return Case.model_validate(raw)


def faults(record: Record) -> list[str]:
    return [fault for score in record.scores.values() for fault in score.faults]


# --- playing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [PAYS, OUTAGE, PROVES], ids=lambda case: case.id)
async def test_a_case_passes_as_written_and_with_switches(case: Case, stage: Stage) -> None:
    written = judged(await play(stage, case), None, model="local")
    assert faults(written) == []
    for variant in variants(case, each=True):
        replay = judged(await play(stage, case, variant), written, model="local")
        assert [f for f in faults(replay) if "ms to the first reply" not in f] == []
        assert replay.end == written.end
        assert replay.asked_twice == ()
        assert replay.switch_ms


async def test_switches_go_through_all_channels(stage: Stage) -> None:
    evidence = await play(stage, PAYS, SWITCHING)
    assert [turn.channel for turn in evidence.turns] == [Channel.WHATSAPP, Channel.WEB, Channel.SMS]
    assert [turn.switched for turn in evidence.turns] == [False, True, True]
    assert evidence.turns[-1].turn.identity == "verified"


async def test_a_play_leaves_the_records_as_they_were(stage: Stage) -> None:
    first = await play(stage, PAYS)
    assert set(first.changes) == {"charges", "journal", "sandbox_charges"}
    again = await play(stage, PAYS)
    assert again.changes == first.changes
    nothing = await play(stage, OUTAGE)
    assert nothing.changes == {}


async def test_a_case_that_expects_another_end_fails(stage: Stage) -> None:
    case = changed(
        PAYS, end=[{"tool": "process_payment", "args": {"amount": "50", "payment_method": "visa"}}]
    )
    record = judged(await play(stage, case), None, model="local")
    assert not record.passed
    assert any('"amount": "102.27"' in fault for fault in record.scores["EndState"].faults)


async def test_what_breaks_off_names_turn_and_reason(stage: Stage) -> None:
    turns = [{"says": "how much do I owe?"}, {"presses": "maybe"}]
    record = judged(await play(stage, changed(PAYS, turns=turns, end=None)), None, model="local")
    assert record.error == "turn 2: LookupError: there is no button 'maybe'"
    assert record.error in record.scores["ToolCorrectness"].faults
    assert len(record.turns) == 1


async def test_a_place_that_stands_for_nothing_is_named(stage: Stage) -> None:
    case = changed(PAYS, turns=[{"says": "my code is {code}"}], end=None)
    evidence = await play(stage, case)
    assert "no one-time code was sent" in evidence.error


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ({"tool": "process_payment", "args": {"amount": "0.10"}}, "process_payment: "),
        ({"tool": "read_minds"}, "there is no tool 'read_minds'"),
        ({"tool": "process_payment", "args": {"amount": "many"}}, "process_payment: "),
    ],
)
async def test_a_reference_action_that_fails_is_the_case_s_fault(
    action: dict[str, Any], why: str, stage: Stage
) -> None:
    case = changed(PAYS, id=f"wrong-{len(why)}-{len(str(action))}", end=[action])
    with pytest.raises(NotDone, match=why):
        await play(stage, case)


async def test_a_stranger_has_no_records_to_act_on(stage: Stage) -> None:
    case = changed(PAYS, id="wrong-stranger", customer=None, number="+15550199", rung="anonymous")
    with pytest.raises(NotDone, match="say `by` whom"):
        await play(stage, case)


async def test_a_customer_there_is_not_is_named(stage: Stage) -> None:
    with pytest.raises(ConfigurationError, match="there is no demo customer 'Nobody'"):
        await play(stage, changed(PAYS, id="wrong-name", customer="Nobody"))


# --- other customers -------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_noise() -> None:
    every = [[step.says for step in noisy(PROVES, seed)] for seed in (1, 1, 2, 3)]
    assert every[0] == every[1]
    assert any(every[0] != other for other in every[2:])
    assert all("{account}" in " ".join(said) for said in every)


async def test_a_noisy_customer_comes_to_the_same_end(stage: Stage) -> None:
    written = await play(stage, PAYS)
    noised = await play(stage, PAYS, f"{NOISY}1")
    assert noised.error == ""
    assert noised.changes == written.changes
    assert [t.said for t in noised.turns] != [t.said for t in written.turns]


async def test_a_model_plays_the_customer_until_it_is_done(stage: Stage) -> None:
    case = changed(PAYS, goal="Pay half of the bill by Visa", persona="Terse")
    said = ["how much do I owe?", "pay half of it with my Visa", "yes", "###DONE###"]
    model = ScriptedChatModel(script=list(said))
    evidence = await play(stage, case, GOAL, model)
    record = judged(evidence, None, model="local")
    assert [turn.said for turn in evidence.turns] == said[:3]
    assert record.variant == GOAL
    assert faults(record) == []
    role = str(model.seen[0][0].text)
    assert "Pay half of the bill by Visa" in role
    assert "4012345678" in role


async def test_a_customer_that_never_ends_is_ended(stage: Stage) -> None:
    def asks(messages: list[BaseMessage]) -> str:
        return f"and how long is the wait now, for the {len(messages)}th time?"

    evidence = await play(stage, OUTAGE, GOAL, ScriptedChatModel(script=asks))
    assert len(evidence.turns) == 12


def test_how_many_plays_a_plan_makes() -> None:
    goal = changed(PAYS, goal="Pay")
    assert plays_of(PAYS, Plan(replays=False)) == 1
    assert plays_of(PAYS, Plan()) == 4
    assert plays_of(PAYS, Plan(each=False, noise=(1, 2), customer="openai:x")) == 4
    assert plays_of(goal, Plan(each=False, noise=(1, 2), customer="openai:x", attempts=2)) == 10


# --- faults built in -------------------------------------------------------------------------


async def test_a_suite_notices_faults(on: Settings) -> None:
    """Three kinds: what a model is told, what is done, what is said."""
    told: list[str] = []
    plan = Plan(processes=1)
    names = ["facts-dropped", "undone", "wrong-amount"]
    async with Suite.open(plan, on) as suite:
        caught = await all_sabotages(
            suite, [PAYS, OUTAGE], plan, lambda one: told.append(one.name), names
        )
        clean = await suite.run([PAYS], Plan(processes=1, replays=False), lambda _: None)
    assert told == names
    assert {one.name: one.caught for one in caught} == dict.fromkeys(names, True)
    assert all(one.noticed <= one.plays for one in caught)
    assert all(one.example.startswith("turn ") for one in caught if one.name != "undone")
    assert faults(clean[0]) == []
    assert figures(clean)["passed"] == 1
