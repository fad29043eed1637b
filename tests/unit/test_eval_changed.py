"""Which agents changed since they were last played, and what their cases came to then."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from app.scenario import SCENARIOS
from contracts.errors import ConfigurationError
from contracts.settings import Settings
from evals import changed
from evals.case import Case, Step
from evals.changed import before, digests, since, whole_agents
from evals.options import DRAFT, Options
from evals.runs import Runs
from tests.evaluated import AT, record, run_of

pytestmark = pytest.mark.unit

NOW = {"billing": "b2", "usage": "u1"}


def case(name: str, agent: str = "billing", *tags: str) -> Case:
    return Case(id=name, title=name, agent=agent, tags=tags, turns=(Step(says="hi"),))


# --- digests --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain() -> dict[str, str]:
    return digests("utilities", {})


def test_every_agent_has_its_own(plain: dict[str, str]) -> None:
    assert set(plain) == {"concierge", "billing", "outage", "service", "usage"}
    assert len(set(plain.values())) == len(plain)
    assert digests("utilities", {}) == plain


def test_another_prompt_changes_that_agent_alone(plain: dict[str, str]) -> None:
    found = digests("utilities", {"billing": "Be brief."})
    assert {name for name in plain if found[name] != plain[name]} == {"billing"}


def test_the_same_prompt_given_as_a_file_changes_nothing(plain: dict[str, str]) -> None:
    own = (SCENARIOS / "utilities/agents/billing/prompt.md").read_text("utf-8")
    assert digests("utilities", {"billing": own}) == plain


def test_an_unknown_agent_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no agent 'accounting'; there are"):
        digests("utilities", {"accounting": "x"})


@pytest.mark.parametrize(
    ("file", "agents"),
    [
        ("agents/billing/policies/payments.md", {"billing"}),
        ("agents/outage/agent.yaml", {"outage"}),
    ],
)
def test_a_file_of_an_agents_folder_changes_it(
    plain: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    agents: set[str],
) -> None:
    shutil.copytree(SCENARIOS / "utilities", tmp_path / "utilities")
    with (tmp_path / "utilities" / file).open("a") as held:
        held.write("\n# one more line\n")
    monkeypatch.setattr(changed, "SCENARIOS", tmp_path)
    found = digests("utilities", {})
    assert {name for name in plain if found[name] != plain[name]} == agents


@pytest.mark.parametrize(
    ("file", "agents"),
    [
        ("tools/billing/payments.py", {"billing"}),
        ("tools/billing/payments.phrases.yaml", {"billing"}),
        ("tools/outage/words.py", {"outage"}),  # no tools in it: imported by those that have
        ("tools/toolkit.py", {"concierge", "billing", "outage", "service", "usage"}),
        ("tools/toolbox.py", set()),  # everybody's, and no agent's
    ],
)
def test_a_module_changes_the_agents_whose_tools_need_it(
    plain: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str,
    agents: set[str],
) -> None:  # fmt: skip
    shutil.copytree(changed.ROOT / "tools", tmp_path / "tools")
    with (tmp_path / file).open("a") as held:
        held.write("\n# one more line\n")
    monkeypatch.setattr(changed, "ROOT", tmp_path)
    found = digests("utilities", {})
    assert agents <= {name for name in plain if found[name] != plain[name]}
    if not file.endswith("words.py"):  # the emergency tools' words are many agents'
        assert {name for name in plain if found[name] != plain[name]} == agents


def test_an_agent_is_known_once_all_its_cases_were_played() -> None:
    every = [case("a"), case("b"), case("c", "usage")]
    assert whole_agents(every, every) == {"billing", "usage"}
    assert whole_agents(every[1:], every) == {"usage"}
    assert whole_agents([], every) == set()


# --- since when -----------------------------------------------------------------------------------


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def keep(
    runs: Runs, minute: int, prompts: dict[str, str], *cases: str, model: str = "local"
) -> None:
    records = [record(name) for name in cases]
    at = AT + timedelta(minutes=minute)
    runs.save(run_of(*records, at=at, prompts=prompts, model=model, label=f"{model} {minute}"))


def test_nothing_was_played_before(runs: Runs) -> None:
    found = since(runs.listed(), "local", NOW)
    assert list(found.told()) == ["billing was not played before", "usage was not played before"]


def test_only_what_differs_is_played(runs: Runs) -> None:
    keep(runs, 0, {"billing": "b1", "usage": "u1"})
    found = since(runs.listed(), "local", NOW)
    assert list(found.agents) == ["billing"]
    assert [one.id for one in found.cases([case("a"), case("b", "usage")])] == ["a"]
    assert "billing changed since local 0" in next(found.told())


def test_each_agent_counts_from_its_own_last_run(runs: Runs) -> None:
    """A run of one agent says nothing about the others."""
    keep(runs, 0, {"billing": "b1", "usage": "u1"})
    keep(runs, 1, {"billing": "b2"})
    assert since(runs.listed(), "local", NOW).agents == {}
    assert list(since(runs.listed(), "local", {"billing": "b2", "usage": "u2"}).agents) == ["usage"]


def test_another_model_is_another_story(runs: Runs) -> None:
    keep(runs, 0, NOW, model="openai:big")
    assert set(since(runs.listed(), "local", NOW).agents) == {"billing", "usage"}


def test_the_records_before_come_from_as_many_runs_as_it_takes(runs: Runs) -> None:
    keep(runs, 0, {}, "a", "b")
    keep(runs, 1, {}, "a")
    keep(runs, 2, {}, "b", model="openai:big")
    found = before(runs, "local", [case("a"), case("b"), case("new")])
    assert found is not None
    assert found.label == "local 1 and local 0"
    assert sorted(one.case for one in found.records) == ["a", "b"]
    assert before(runs, "local", [case("new")]) is None


# --- options --------------------------------------------------------------------------------------


def test_a_prompt_comes_from_a_text_or_from_an_assistant_of_studio(tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("Be brief.")
    (tmp_path / "assistant.json").write_text(json.dumps({"context": {"usage_prompt": "Be kind."}}))
    given = (f"billing={tmp_path / 'new.md'}", f"usage={tmp_path / 'assistant.json'}")
    options = Options(prompt=given)
    assert options.prompts() == {"billing": "Be brief.", "usage": "Be kind."}
    assert options.name("local") == "local with new.md with assistant.json"
    wrong = Options(prompt=(f"outage={tmp_path / 'assistant.json'}",))
    with pytest.raises(ConfigurationError, match="holds no outage_prompt"):
        wrong.prompts()


def test_a_run_says_what_it_was_chosen_by() -> None:
    assert Options().scope() == ""
    assert Options(agent="billing", changed=True).scope() == "agent billing, what changed"
    assert Options(tag="bill", given=("one",)).scope() == "tag bill, one"


def test_a_captured_draft_is_played_only_when_it_is_asked_for() -> None:
    held = [case("done"), case("captured-x", "billing", "captured", DRAFT)]
    assert [one.id for one in Options().chosen(held)] == ["done"]
    assert [one.id for one in Options(tag=DRAFT).chosen(held)] == ["captured-x"]
    assert [one.id for one in Options(given=("captured-x",)).chosen(held)] == ["captured-x"]


def test_the_plan_of_a_remote_model_plays_several_at_once() -> None:
    plan = Options(model="openai:big", concurrency=8).plan(Settings())
    assert (plan.lanes, plan.processes, plan.each) == (8, 1, False)
    assert Options().plan(Settings()).lanes == 1
