"""What the records say of an outage has Spanish words wherever our own systems wrote it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.language import speaking
from contracts.records import Crew, Outage
from stores.seed import dispatcher, outages
from tests.samples import STORM
from tools.outage.words import cause, cause_said, crew_row, crew_said, reason_said

pytestmark = pytest.mark.unit


@pytest.fixture
def spanish() -> Iterator[None]:
    with speaking("es"):
        yield


def with_crew(name: str) -> Outage:
    return STORM.model_copy(update={"crew": Crew(name=name, status="on site")})


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize(
    "written",
    [*dispatcher._CAUSES["electric"], *dispatcher._CAUSES["gas"], *outages._CAUSES],
)
def test_every_cause_of_ours_is_told(written: str) -> None:
    made = STORM.model_copy(update={"cause": written})
    assert cause(made)
    assert cause_said(made) == f"causado por {cause(made)}"
    found = reason_said(f"the crew on site found {written}.")
    assert found == f"la cuadrilla encontró {cause(made)}"


@pytest.mark.usefixtures("spanish")
@pytest.mark.parametrize("written", [*dispatcher._SETBACKS, *outages._LATER])
def test_every_reason_of_ours_is_told(written: str) -> None:
    assert reason_said(written) not in ("", written)


@pytest.mark.usefixtures("spanish")
def test_what_has_no_spanish_words_is_not_told_in_english() -> None:
    odd = STORM.model_copy(update={"cause": "a squirrel"})
    assert cause(odd) == cause_said(odd) == ""
    assert reason_said("the crew on site found a squirrel") == reason_said("it rains") == ""


def test_english_is_told_as_it_was_written() -> None:
    odd = STORM.model_copy(update={"cause": "a squirrel"})
    assert cause_said(odd) == "caused by a squirrel"
    assert reason_said("the crew on site found a squirrel.") == "the crew on site found a squirrel"
    assert reason_said("it rains") == "it rains"


def test_crews_by_number_and_by_name() -> None:
    assert crew_said(with_crew("12")) == "Crew 12 is on site."
    assert crew_said(with_crew("The night crew")) == "The night crew is on site."
    assert crew_row(with_crew("Crew 7")) == "Crew 7, on site"
    with speaking("es"):
        assert crew_said(with_crew("12")) == "La cuadrilla 12 ya está en el lugar."
        assert crew_row(with_crew("Crew 7")) == "La cuadrilla 7, en el lugar"
        assert crew_row(STORM.model_copy(update={"crew": None})) == ""
