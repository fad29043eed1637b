"""The cards of the usage desk: what their elements are drawn with, in the language spoken."""

from __future__ import annotations

from typing import Any

from contracts.language import marked, spoken, t
from contracts.messages import Card
from tools.usage.chart import Series
from ui.my.usage_view import chart_of

Props = dict[str, Any]

_FUELS = {"electric": marked("Electricity"), "gas": marked("Gas")}
_STEPS = {"month": marked("Month"), "day": marked("Day"), "hour": marked("Hour")}
_WORDS = {
    "fuel": marked("Electricity or gas"),
    "by": marked("What a bar stands for"),
    "measure": marked("Energy or cost"),
    "chart": marked("Chart. Move from bar to bar with the arrow keys."),
    "now": marked("Used"),
    "used": marked("Used"),
    "cost": marked("Cost"),
    "when": marked("When"),
    "weather": marked("Weather"),
    "temperature": marked("Average temperature"),
    "peak": marked("Peak hours"),
    "peakShort": marked("Peak"),
    "estimated": marked("Estimated"),
    "unbilled": marked("Not billed yet"),
    "table": marked("Show as a table"),
    "earlier": marked("Earlier"),
    "later": marked("Later"),
    "openDays": marked("Show its days"),
    "openHours": marked("Show its hours"),
    "download": marked("Download as CSV"),
    "signIn": marked("Your session has ended. Please sign in again to see more."),
    "failed": marked("I can't get at the readings right now. Please try again in a minute."),
}


def usage(card: Card) -> Props:
    """The chart, which begins with the months that the tool has told of."""
    series = Series.model_validate(card.data.get("chart") or {"fuel": "electric", "by": "month"})
    fuels = card.data.get("meters") or [series.fuel]
    return {
        "title": card.title,
        "language": spoken(),
        "chart": chart_of(series).model_dump(mode="json"),
        "fuels": [{"id": fuel, "label": t(_FUELS[fuel])} for fuel in fuels],
        "steps": [{"id": step, "label": t(name)} for step, name in _STEPS.items()],
        "words": {name: t(text) for name, text in _WORDS.items()},
    }
