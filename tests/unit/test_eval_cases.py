"""What the cases cover, and that they name nothing there is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from app.scenario import load_scenario
from contracts.errors import ConfigurationError
from contracts.identity import Rung
from contracts.messages import Channel
from contracts.scenario import Scenario
from contracts.tooling import ToolSpec
from evals.case import Case, read_cases
from evals.metrics import METRICS
from evals.play import ROUND, channels, variants
from evals.sabotage import SABOTAGES, labels
from stores.seed.demo import DEMO
from tools import load_tools

pytestmark = pytest.mark.unit

CASES = read_cases()
SCENARIO: Scenario = load_scenario("utilities")
TOOLS: dict[str, ToolSpec] = dict(load_tools(SCENARIO.agents).by_name)
FACTS = {
    *("name", "first_name", "account", "born", "ssn", "phone", "email", "zip", "address"),
    *("balance", "half", "bill_total", "due", "code"),
}
SLOTS = {
    *("account_number", "proof", "code", "address", "new_address", "phone", "name", "email"),
    *("amount", "date", "payment_method"),
}
LEAST = 4  # cases that a built-in fault is played on
PLACE = re.compile(r"\{(?:([A-Z]\w+)\.)?([a-z_]+)\}")


def people() -> set[str]:
    return {person.first_name for person in DEMO}


def tools_named(case: Case) -> Iterator[str]:
    yield from case.tools
    yield from case.refused
    yield from (action.tool for action in (*case.before, *(case.end or ())))
    for step in case.turns:
        expect = step.expect
        yield from (*expect.tools, *expect.any_of, *expect.not_tools, *expect.args, *expect.status)
        yield from filter(None, [expect.pending])


def texts(case: Case) -> Iterator[str]:
    yield from case.secrets
    for step in case.turns:
        yield from (step.says, *step.expect.says, *step.expect.never_says)
    for action in (*case.before, *(case.end or ())):
        yield from (value for value in action.args.values() if isinstance(value, str))


# --- how much --------------------------------------------------------------------------------


def test_there_are_cases_enough() -> None:
    assert len(CASES) >= 150


# They come with no words, which a case is made of: `tests/e2e/messaging` has them.
WORDLESS = {"outage_at_pin", "rate_answer"}


@pytest.mark.parametrize("tool", sorted(set(TOOLS) - WORDLESS))
def test_each_tool_is_covered(tool: str) -> None:
    assert any(tool in tools_named(case) for case in CASES)


@pytest.mark.parametrize("agent", sorted(SCENARIO.agents))
def test_each_agent_has_cases_in_both_languages(agent: str) -> None:
    ours = Counter(case.language for case in CASES if case.agent == agent)
    assert ours["en"] >= 10
    assert ours["es"] >= 2


@pytest.mark.parametrize(("source", "target"), permutations(sorted(SCENARIO.agents), 2))
def test_each_hand_off_is_covered(source: str, target: str) -> None:
    wanted = f"handoff-{source}-to-{target}"
    assert any(case.id == wanted and "handoff" in case.tags for case in CASES)


def test_each_pair_of_channels_is_crossed() -> None:
    crossed: set[tuple[Channel, Channel]] = set()
    for case in CASES:
        plans = [channels(case, "as written")]
        plans += [channels(case, variant) for variant in variants(case, each=True)]
        for plan in plans:
            crossed |= set(pairwise(plan))
    assert crossed >= set(permutations(ROUND, 2))


@pytest.mark.parametrize(
    "tag",
    ["handoff", "confirmation", "interrupted", "refusal", "emergency", "identity", "privacy"],
)
def test_what_a_suite_of_this_kind_has_to_hold(tag: str) -> None:
    assert sum(tag in case.tags for case in CASES) >= LEAST


def test_there_are_long_lives() -> None:
    assert any(sum(step.repeats for step in case.turns) >= 300 for case in CASES)


@pytest.mark.parametrize("name", SABOTAGES)
def test_each_sabotage_has_cases_to_show_in(name: str) -> None:
    sabotage = SABOTAGES[name]
    ours = [case for case in CASES if sabotage.tag in labels(case)]
    if sabotage.replays:
        ours = [case for case in ours if case.alone is None]
    assert len(ours) >= LEAST


def test_each_sabotage_names_a_metric() -> None:
    named = {sabotage.metric for sabotage in SABOTAGES.values()}
    assert named <= {metric.key() for metric in METRICS}


def test_most_cases_can_be_replayed_with_switches() -> None:
    replayed = [case for case in CASES if variants(case, each=False)]
    assert len(replayed) > len(CASES) / 2


def test_a_replay_switches_where_it_says() -> None:
    for case in CASES:
        for variant in variants(case, each=True):
            plan = channels(case, variant)
            if variant.startswith("switch after"):
                after = int(variant.rpartition(" ")[2])
                assert plan[after] is not plan[after - 1], (case.id, variant)
            else:
                assert all(one is not other for one, other in pairwise(plan)), case.id


# --- what they name --------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_names_only_what_there_is(case: Case) -> None:
    agents = {case.agent, *(step.expect.agent for step in case.turns if step.expect.agent)}
    agents |= {action.agent for action in (*case.before, *(case.end or ())) if action.agent}
    assert agents <= set(SCENARIO.agents)
    assert set(tools_named(case)) <= set(TOOLS)
    spoken = {case.customer, *(step.by for step in case.turns)}
    spoken |= {action.by for action in (*case.before, *(case.end or ()))}
    assert {who for who in spoken if who and who[:1].isalpha()} <= people()
    assert {kind for name in case.never_asked for kind in [name]} <= SLOTS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_s_places_stand_for_something(case: Case) -> None:
    for text in texts(case):
        for who, what in PLACE.findall(text):
            assert what in FACTS, text
            assert not who or who in people(), text
            assert who or case.customer or what == "code", text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_s_patterns_and_arguments_are_sound(case: Case) -> None:
    for step in case.turns:
        for pattern in (*step.expect.says, *step.expect.never_says):
            re.compile(PLACE.sub("x", pattern))
        for tool, args in step.expect.args.items():
            assert set(args) <= set(TOOLS[tool].args.model_fields)
    for action in (*case.before, *(case.end or ())):
        assert set(action.args) <= set(TOOLS[action.tool].args.model_fields)
        assert not action.agent or action.agent in TOOLS[action.tool].grants


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_who_stays_on_one_channel_says_why(case: Case) -> None:
    assert case.alone is None or len(case.alone.split()) >= 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_expected_can_happen(case: Case) -> None:
    assert any(step.expect != type(step.expect)() for step in case.turns)
    done = {tool for step in case.turns for tool, s in step.expect.status.items() if s == "done"}
    assert not done & set(case.refused)
    rung = Rung[case.rung.upper().replace(" ", "_")]
    assert rung is Rung.ANONYMOUS or case.customer is not None


def test_spanish_is_written_in_spanish() -> None:
    told = " ".join(step.says for case in CASES if case.language == "es" for step in case.turns)
    assert re.search(r"[¿áéíóúñ]", told)


# --- reading them ----------------------------------------------------------------------------

GOOD = "- {id: a, title: A, agent: billing, turns: [{says: hi}]}\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD + GOOD, "two cases named 'a'"),
        (GOOD.replace("id: a", "id: A b"), "b.yaml: A b: id"),
        (GOOD.replace("says: hi", "says: hi, presses: x"), "either `says` or `presses`"),
        (GOOD.replace("title: A", "titel: A"), "b.yaml: a: "),
        (GOOD.replace("[{says: hi}]", "[]"), "b.yaml: a: turns"),
        ("- just words\n", "b.yaml: ?"),
    ],
)
def test_a_case_that_can_not_be_read_is_named(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=re.escape(why)):
        read_cases(tmp_path)


def test_an_empty_file_holds_no_case(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("", "utf-8")
    assert read_cases(tmp_path) == []
