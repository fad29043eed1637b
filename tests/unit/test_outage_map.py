"""What the public map shows of an outage: its words, its drawing, and how little it gives away."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from shapely.geometry import Point, shape

from app.scenario import _ground
from contracts.errors import ConfigurationError
from contracts.language import speaking
from contracts.messages import Card
from contracts.records import Crew, Outage, PlannedOutage
from stores.mongo.outage_areas import distance_m, hull, middle, octagon
from stores.seed.dispatcher import _YARDS
from stores.seed.places import TOWNS, Places
from stores.seed.works import planned_work
from tests.fakes import scenario_of
from tools.outage.ground import shown_area, shown_crew, shown_middle
from ui.cards.outage import drawing, outage, outages
from ui.pages.outage_view import feature_of, news_of, steps_of, summary_of, view_of
from ui.pages.outages import sse

pytestmark = pytest.mark.unit

NOW = datetime(2026, 1, 15, 18, 0, tzinfo=UTC).astimezone(ZoneInfo("America/Los_Angeles"))
HOME = (-122.703214, 45.512345)
MARIA = (-122.664, 45.51)


def made(**changes: Any) -> Outage:
    known = Outage(
        outage_id="O-1",
        kind="electric",
        status="repairing",
        cause="a tree on a power line",
        started=NOW - timedelta(hours=2),
        customers_affected=864,
        crew=Crew(name="Crew 7", status="on site", longitude=HOME[0], latitude=HOME[1]),
        eta=NOW + timedelta(hours=2),
        eta_confidence="medium",
        area=octagon(*HOME, 700),
        place="Cedar Falls",
    )
    return known.model_copy(update=changes)


def work(**changes: Any) -> PlannedOutage:
    planned = PlannedOutage(
        outage_id="P-1",
        kind="electric",
        begins=NOW + timedelta(days=1),
        ends=NOW + timedelta(days=1, hours=3),
        reason="a transformer is replaced",
        customers_affected=120,
        area=octagon(*HOME, 300),
        place="Mill Creek",
    )
    return planned.model_copy(update=changes)


# --- what a drawing gives away ----------------------------------------------------------------


def test_no_drawing_lies_round_the_home_that_reported() -> None:
    """Every home of a grid's field has the same middle, so that nobody can tell which it was."""
    drawn, centre = set(), shown_middle(made())
    for east, north in np.random.default_rng(7).uniform(-0.0014, 0.0014, (200, 2)):
        home = (centre[0] + float(east), centre[1] + float(north))
        few = made(area=octagon(*home), customers_affected=1, crew=None)
        drawn.add(json.dumps([shown_area(few), shown_middle(few)]))
        many = made(area=octagon(*home, 220), customers_affected=41)
        assert shown_middle(many) == shown_middle(few)
        assert distance_m(middle(shown_area(many)), shown_middle(many)) < 1
    assert len(drawn) == 1


def test_an_area_stays_where_it_is_but_for_a_block() -> None:
    for made_of in ([HOME], [HOME, (-122.7, 45.514)]):
        outage = made(area=hull(made_of, 400))
        assert distance_m(middle(outage.area), middle(shown_area(outage))) < 250
        assert shape(shown_area(outage)).area == pytest.approx(shape(outage.area).area, rel=1e-4)


def test_a_crew_on_site_at_a_few_homes_does_not_point_at_them() -> None:
    few = made(customers_affected=3)
    assert shown_crew(few) == shown_middle(few)
    moving = made(customers_affected=3, crew=Crew(name="7", status="en route", **_at(HOME)))
    assert shown_crew(moving) == (-122.703, 45.512)
    assert shown_crew(made(crew=None)) is None
    assert shown_crew(made(crew=Crew(name="7", status="assigned"))) is None


def _at(place: tuple[float, float]) -> dict[str, float]:
    return {"longitude": place[0], "latitude": place[1]}


def test_of_a_few_it_is_not_said_how_few() -> None:
    for count in (1, 3, 9):
        view = view_of(made(customers_affected=count), NOW)
        assert (view.customers, view.size) == ("fewer than 10 customers", "<10")
    assert view_of(made(customers_affected=10), NOW).customers == "10 customers"


# --- words ------------------------------------------------------------------------------------


def test_a_view_says_all_that_is_known() -> None:
    view = view_of(made(), NOW)
    assert view.status == "Being repaired"
    assert view.customers == "864 customers"
    assert view.cause == "A tree on a power line"
    assert (view.expected, view.confidence) == ("About 12:00 PM", "Fairly sure")
    assert (view.crew, view.since) == ("Crew 7, on site", "8:00 AM")
    assert [step.state for step in view.steps] == ["done", "done", "now", "to come"]


def test_a_view_in_spanish_has_no_english_left() -> None:
    with speaking("es"):
        view = view_of(made(), NOW)
        planned = view_of(work(reason="something a dispatcher wrote"), NOW)
    assert view.status == "En reparación"
    assert view.cause == "Un árbol caído sobre una línea eléctrica"
    assert view.confidence == "Bastante seguro"
    assert planned.cause == ""  # rather than English


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"eta": None}, "No estimate yet"),
        ({"eta": NOW - timedelta(minutes=1)}, "No new estimate yet"),
        ({"status": "restored", "restored": NOW}, "Back since 10:00 AM"),
        ({"eta": NOW + timedelta(days=1)}, "About 10:00 AM tomorrow"),
    ],
)
def test_when_it_is_back(changes: dict[str, Any], expected: str) -> None:
    view = view_of(made(**changes), NOW)
    assert view.expected == expected
    assert (view.confidence == "") is (expected != "About 10:00 AM tomorrow")


@pytest.mark.parametrize(
    ("at", "state", "status"),
    [
        (NOW, "planned", "Planned work"),
        (NOW + timedelta(days=1, hours=1), "repairing", "Planned work, under way"),
    ],
)
def test_planned_work_begins_by_the_clock(at: datetime, state: str, status: str) -> None:
    view = view_of(work(), at)
    assert (view.state, view.status) == (state, status)


@pytest.mark.parametrize(
    ("status", "crew", "state", "reached"),
    [
        ("reported", None, "reported", 0),
        ("confirmed", None, "confirmed", 0),
        ("crew assigned", "assigned", "assigned", 1),
        ("crew assigned", "en route", "en_route", 1),
        ("repairing", "on site", "repairing", 2),
    ],
)
def test_how_far_it_is(status: Any, crew: Any, state: str, reached: int) -> None:
    known = made(status=status, crew=Crew(name="7", status=crew) if crew else None)
    view = view_of(known, NOW)
    assert view.state == state
    assert [step.state for step in view.steps].index("now") == reached
    assert {step.state for step in steps_of("restored")} == {"done"}


def test_news_is_what_a_listener_wants_to_hear() -> None:
    before = made(status="crew assigned", crew=Crew(name="7", status="en route", **_at(HOME)))
    farther = before.model_copy(update={"crew": Crew(name="7", status="en route", **_at(MARIA))})
    assert news_of(before, farther, NOW) == ""
    assert news_of(before, made(), NOW) == (
        "Cedar Falls: Being repaired. Expected back: About 12:00 PM."
    )
    assert news_of(None, made(customers_affected=4), NOW) == (
        "New outage in Cedar Falls: fewer than 10 customers."
    )
    back = made(status="restored", restored=NOW)
    assert news_of(made(), back, NOW) == "Cedar Falls: service is back."
    assert news_of(None, back, NOW) == ""
    assert news_of(None, work(), NOW).startswith("Mill Creek: planned work, ")


def test_the_summary_counts_what_is_out() -> None:
    assert summary_of([]) == "There are no known outages right now."
    back = made(status="restored", restored=NOW)
    assert summary_of([made(), back, work()]) == (
        "One outage right now: about 860 customers affected."
    )
    few = made(customers_affected=2)
    assert summary_of([few, few]) == "2 outages right now: fewer than 10 customers affected."


# --- GeoJSON and events -----------------------------------------------------------------------


def test_a_feature_is_geojson_with_its_words() -> None:
    feature = json.loads(json.dumps(feature_of(made(), NOW)))
    assert feature["type"] == "Feature"
    assert shape(feature["geometry"]).is_valid
    assert feature["properties"]["id"] == feature["id"] == "O-1"
    assert set(feature["properties"]) >= {"status", "expected", "crew_at", "steps", "middle"}


def test_an_event_is_one_frame_whatever_its_data() -> None:
    frame = sse("change", {"said": "a\nb\r\n\nünd"}, "e-1").decode()
    lines = frame.split("\n")
    assert lines[:2] == ["id: e-1", "event: change"]
    assert json.loads(lines[2].removeprefix("data: ")) == {"said": "a\nb\r\n\nünd"}
    assert lines[3:] == ["", ""]
    assert sse("pulse", {}).startswith(b"event: pulse\n")


# --- the demo's ground ------------------------------------------------------------------------


def test_the_ground_is_where_the_demo_lives() -> None:
    """ZIP areas are drawn from the towns: nearly every home stands in its own."""
    scenario = scenario_of("utilities")
    features = scenario.ground["features"]
    zips = {f["properties"]["zip"]: f for f in features if f["properties"]["kind"] == "area"}
    assert set(zips) == set(scenario.service_territory)
    towns = np.random.default_rng(5).integers(0, len(TOWNS), 1_000)
    homes = Places().points(np.random.default_rng(6), towns)
    inside = [
        shape(zips[TOWNS[town].zip]["geometry"]).covers(Point(home))
        for town, home in zip(towns, homes, strict=True)
    ]
    assert np.mean(inside) > 0.95
    territory = shape(scenario.territory).buffer(1e-4)
    assert all(territory.covers(shape(f["geometry"])) for f in features)
    yards = [f["geometry"]["coordinates"] for f in features if f["properties"]["kind"] == "yard"]
    assert [tuple(yard) for yard in yards] == list(_YARDS)


def test_a_scenario_without_a_drawing_has_its_outline(tmp_path: Path) -> None:
    assert _ground(tmp_path / "map.geojson")["features"] == []


def test_what_the_map_can_not_draw_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.geojson"
    path.write_text(json.dumps({"features": [{"properties": {"kind": "castle"}}]}))
    with pytest.raises(ConfigurationError, match=r"map\.geojson"):
        _ground(path)


def test_work_is_planned_ahead_and_always_the_same() -> None:
    seen: dict[str, PlannedOutage] = {}
    for day in range(60):
        for planned in planned_work(NOW + timedelta(days=day)):
            assert seen.setdefault(planned.outage_id, planned) == planned
            assert planned.ends > planned.begins
            assert shape(scenario_of("utilities").territory).contains(shape(planned.area))
        assert any(w.begins > NOW + timedelta(days=day) for w in seen.values())
    assert len({planned.place for planned in seen.values()}) == len(TOWNS)


# --- the card ---------------------------------------------------------------------------------


def card(**changes: Any) -> Card:
    known = made(**changes)
    crew = known.crew.model_dump() if known.crew else None
    data = {
        "outage_id": known.outage_id,
        "status": known.status,
        "crew": crew,
        "eta_confidence": known.eta_confidence,
        "place": known.place,
        "area": shown_area(known),
        "middle": shown_middle(known),
    }
    rows = (("Where", "418 Alder Street"), ("Status", known.status), ("Back", "about 9:30 PM"))
    return Card(card="outage", title="Power outage", rows=rows, data=data)


@pytest.mark.parametrize("crew_at", [HOME, (-122.66, 45.53), (-122.77, 45.48)])
def test_the_small_map_holds_the_area_and_the_crew(crew_at: tuple[float, float]) -> None:
    drawn = drawing(card(crew=Crew(name="7", status="en route", **_at(crew_at))).data)
    corners = [tuple(map(float, corner.split(","))) for corner in drawn["area"].split()]
    points = [*corners, (drawn["crew"]["x"], drawn["crew"]["y"])]
    assert all(0 <= x <= drawn["width"] and 0 <= y <= drawn["height"] for x, y in points)
    assert drawn["crew"]["way"] is not None
    assert drawing(card().data)["crew"]["way"] is None


def test_the_card_says_each_thing_once() -> None:
    props = outage(card())
    assert props["figure"] == "About 9:30 PM"
    assert [row["label"] for row in props["rows"]] == ["Where"]
    assert props["chip"] == {"text": "Being repaired", "state": "repairing"}
    assert props["under"] == "Fairly sure"
    assert props["link"]["url"] == "/outages?outage=O-1"
    json.dumps(props)


def test_the_card_of_an_older_turn_has_no_map() -> None:
    old = card()
    bare = old.model_copy(update={"data": {"outage_id": "O-1", "status": "reported"}})
    props = outage(bare)
    assert props["map"] is None
    assert props["under"] == ""


def test_the_card_of_all_outages_lists_them() -> None:
    rows = (("Cedar Falls", "864 customers, power"), ("Harborview", "41 customers, power"))
    data = {"outages": [{"status": "repairing"}, {"status": "reported"}]}
    props = outages(Card(card="outages", title="Outages right now", rows=rows, data=data))
    assert [item["title"] for item in props["items"]] == ["Cedar Falls", "Harborview"]
    assert [item["chip"]["tone"] for item in props["items"]] == ["good", "bad"]
