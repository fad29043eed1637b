"""How well the embedded model understands: floors for the figures, and the figures themselves."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.build import catalogue_of
from app.scenario import load_scenario
from contracts.errors import ConfigurationError
from evals.routing.cases import Case, cases, leaked, sets
from evals.routing.figures import by_family, confusions, wilson
from evals.routing.play import Player, Scored, play_all
from evals.routing.vectors import missing, phrases
from models.local.chat import LocalChatModel
from models.local.tongue import spanish
from tools import load_tools

pytestmark = pytest.mark.unit

EVERY = 4  # of the families, so that it stays quick


@pytest.fixture(scope="module")
async def scored(tmp_path_factory: pytest.TempPathFactory) -> list[Scored]:
    """Every fourth family of the two development sets, and every emergency, decided once."""
    scenario = load_scenario("utilities")
    toolbox = load_tools(scenario.agents)
    catalogue = catalogue_of(toolbox, scenario)
    folder = tmp_path_factory.mktemp("models")
    model = LocalChatModel(catalogue=catalogue, cache_dir=folder)
    return await play_all(Player(model, toolbox, catalogue), _some(cases(["first", "second"])))


def _some(of: Sequence[Case]) -> list[Case]:
    families = list(dict.fromkeys(case.family for case in of))
    kept = set(families[::EVERY])
    return [case for case in of if case.family in kept or case.alarming]


@pytest.mark.parametrize(
    ("asks", "floor"),
    [("agent", 0.90), ("tool", 0.85), ("away", 0.90), ("scope", 0.90), ("emergency", 1.0)],
)
def test_it_understands_at_least_as_well_as_it_did(
    scored: list[Scored], asks: str, floor: float
) -> None:
    asked = [one for one in scored if one.asks == asks]
    wrong = [f"{one.wanted} -> {one.got}: {one.case.text}" for one in asked if not one.right]
    assert len(asked) > 50
    assert 1 - len(wrong) / len(asked) >= floor, "\n".join(wrong)


def test_few_wishes_are_taken_for_none(scored: list[Scored]) -> None:
    asked = [one for one in scored if one.asks in ("agent", "tool")]
    assert sum(one.got == "nothing" for one in asked) / len(asked) <= 0.04


def test_no_utterance_is_learned_from() -> None:
    """What somebody wrote blindly may meet a phrase by chance; it is left out of the score."""
    blind = [name for name in sets() if name.startswith("held_out")]
    assert leaked(cases([name for name in sets() if name not in blind]), phrases()) == []
    assert len(leaked(cases(blind), phrases())) <= 0.05 * len(cases(blind))


def test_all_phrases_are_shipped_with_their_vectors() -> None:
    # `python -m evals.routing.vectors` makes them anew.
    assert missing() == []


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no such routing set: nowhere"):
        cases(["nowhere"])


def test_a_phrase_in_other_letters_counts_as_learned_from() -> None:
    case = Case("s", "f", "terse", "Why so HIGH?", "billing", ("billing",), ("explain_charges",))
    assert leaked([case], ["why so high"]) == ["Why so HIGH?"]
    assert leaked([case], ["why is it so high"]) == []


def test_the_interval_of_wilson() -> None:
    share = wilson(90, 100)
    assert (round(share.low, 3), round(share.high, 3)) == (0.826, 0.945)
    assert wilson(0, 0).of == 0


def test_families_are_resampled_whole() -> None:
    """Ten utterances of one family are no ten witnesses."""
    alone = by_family((str(n), n % 2 == 0) for n in range(40))
    together = by_family((str(n // 10), n // 10 % 2 == 0) for n in range(40))
    assert alone.value == together.value == 0.5
    assert together.high - together.low > alone.high - alone.low


def test_confusions_are_counted_with_an_example() -> None:
    case = Case("s", "f", "terse", "hm", "billing", ("billing",), ("process_payment",))
    wrong = Scored(case, "tool", "billing", "process_payment", "nothing", False, 1.0, 1.0)
    assert confusions([wrong, wrong]) == [(2, "tool", "process_payment", "nothing", "hm")]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("how much do I owe", 0.0, 0.0),
        ("¿cuánto debo?", 1.0, 1.0),
        ("quiero pagar my bill with la tarjeta", 0.3, 0.8),
        ("4001772301", 0.0, 0.0),
    ],
)
def test_how_spanish_a_sentence_is(text: str, low: float, high: float) -> None:
    assert low <= spanish(text) <= high
