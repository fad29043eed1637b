"""The cards of outages: one's own with its map, all of them, and the updates one signed up for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from contracts.language import t
from contracts.messages import Card
from ui.cards.sheet import Props, chip, link, row, rows_of, sheet
from ui.pages.outage_view import CONFIDENCE, STATES, steps_of

MAP = "/outages"
_WIDTH, _HEIGHT, _EDGE = 320.0, 150.0, 18.0  # of the drawing, in its own units
_NEAREST = 0.004  # degrees of latitude that the drawing shows at least
_TONES = {"repairing": "good", "restored": "good", "planned": ""}

Corner = tuple[float, float]


def outage(card: Card) -> Props:
    """One's own outage: how far it is, when it ends and how sure that is, and a small map."""
    data, state = card.data, _state(card.data)
    apart = (t("Back"), t("Status"))  # shown above, in ways of their own
    return {
        "kind": card.card,
        "title": card.title,
        "chip": {"text": t(STATES[state]), "state": state},
        "figure": _back(card),
        "figureLabel": t("Expected back"),
        "under": t(sure) if (sure := _how_sure(data)) else "",
        "steps": [step.model_dump() for step in steps_of(state)],
        "rows": [row(label, _begun(value)) for label, value in card.rows if label not in apart],
        "map": drawing(data) if data.get("area") else None,
        "mapLabel": t("The affected area in {place}, roughly", place=data.get("place") or "…"),
        "actions": [
            {
                "label": t("Tell me when it's back"),
                "words": t("Send me updates about the outage"),
            }
        ],
        "link": link(t("See the map"), f"{MAP}?outage={data['outage_id']}"),
    }


def outages(card: Card) -> Props:
    """All that is out now, the largest first."""
    items = [
        _item(label, value, data)
        for (label, value), data in zip(card.rows, card.data["outages"], strict=False)
    ]
    return sheet(card, items=items, links=[link(t("See the map"), MAP)])


def _item(place: str, told: str, data: dict[str, Any]) -> Props:
    """The status is on the chip, and so not in the text as well."""
    text = told.replace(f", {t(str(data.get('status', '')))},", ",")
    return {"title": place, "text": text, "chip": chip(t(STATES[_state(data)]), _tone(data))}


def updates(card: Card) -> Props:
    """Where news of the outage is sent."""
    where = f"{MAP}?outage={card.data['outage_id']}"
    signed_up = chip(t("On"), "good")
    return sheet(card, chip=signed_up, rows=rows_of(card), links=[link(t("See the map"), where)])


def drawing(data: dict[str, Any]) -> Props:
    """The area and its crew in a frame of their own: corners in units of the drawing, north up."""
    ring = [(x, y) for x, y in data["area"]["coordinates"][0]]
    site, crew = (data["middle"][0], data["middle"][1]), _crew_at(data)
    to_frame = _frame([*ring, crew] if crew else ring)
    drawn = {
        "width": _WIDTH,
        "height": _HEIGHT,
        "state": _state(data),
        "area": " ".join(f"{x:g},{y:g}" for x, y in map(to_frame, ring)),
    }
    if crew is None:
        return drawn
    (x, y), (to_x, to_y) = to_frame(crew), to_frame(site)
    moving = (data.get("crew") or {}).get("status") != "on site"
    way = {"x": to_x, "y": to_y} if moving else None
    return {**drawn, "crew": {"x": x, "y": y, "way": way}}


def _frame(places: Sequence[Corner]) -> Any:
    """What takes a place to its point in the drawing, so that all places are in it."""
    west, east = min(x for x, _ in places), max(x for x, _ in places)
    south, north = min(y for _, y in places), max(y for _, y in places)
    narrow = math.cos(math.radians((south + north) / 2))
    high = max(north - south, _NEAREST)
    wide = max((east - west) * narrow, _NEAREST)
    scale = min((_WIDTH - 2 * _EDGE) / wide, (_HEIGHT - 2 * _EDGE) / high)

    def to_frame(place: Corner) -> Corner:
        x = _WIDTH / 2 + (place[0] - (west + east) / 2) * narrow * scale
        y = _HEIGHT / 2 - (place[1] - (south + north) / 2) * scale
        return round(x, 1), round(y, 1)

    return to_frame


def _crew_at(data: dict[str, Any]) -> Corner | None:
    crew = data.get("crew") or {}
    if crew.get("longitude") is None or crew.get("latitude") is None:
        return None
    return crew["longitude"], crew["latitude"]


def _state(data: dict[str, Any]) -> str:
    status = str(data.get("status", "reported"))
    if status != "crew assigned":
        return status if status in STATES else "reported"
    doing = (data.get("crew") or {}).get("status")
    return "en_route" if doing == "en route" else "assigned"


def _how_sure(data: dict[str, Any]) -> str:
    return CONFIDENCE.get(data.get("eta_confidence") or "", "")


def _tone(data: dict[str, Any]) -> Any:
    state = _state(data)
    if state in ("reported", "confirmed"):
        return "bad"
    return _TONES.get(state, "warn")


def _back(card: Card) -> str:
    """When it should be back, as the card says it, to begin a line."""
    return _begun(dict(card.rows).get(t("Back"), ""))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
