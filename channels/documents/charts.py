"""Charts of a usage card as PNG, to be read on a phone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_time

from channels.documents.paper import accent_of
from contracts.language import marked, spoken, t
from contracts.messages import Card
from contracts.scenario import Brand
from tools import speech
from tools.usage.chart import Point, Series, middle_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PNG = "image/png"
CHARTS = frozenset({"usage", "usage_compared"})
WIDE, HIGH, DPI = 1080, 810, 100  # pixels
MOST_TICKS = 13
_INK, _SOFT, _LINE, _FAINT, _PAPER = "#16303f", "#4d626e", "#d6e1e5", "#a9c3cb", "#ffffff"
_TITLE, _WORDS, _TICKS = 25, 18, 16  # points
_NAMES = {"electric": marked("Electricity"), "gas": marked("Gas")}
_UNITS = {"electric": marked("kWh"), "gas": marked("therms")}


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart. `says`: what it shows, in a sentence or two, for whoever can't see it."""

    png: bytes
    says: str


@dataclass(frozen=True, slots=True)
class _Look:
    accent: str


def chart_png(brand: Brand, card: Card) -> Chart | None:
    """The chart of a usage card, in the language spoken; None where it has no figures. It is for
    one thread at a time. Raises ValueError and KeyError for a card that is made otherwise."""
    look = _Look("#{:02x}{:02x}{:02x}".format(*accent_of(brand)))
    if card.card == "usage":
        series = Series.model_validate(card.data["chart"])
        return _by_time(card.title, series, look) if series.points else None
    return _compared(card, look)


# --- by month, day or hour ----------------------------------------------------------------------


def _by_time(title: str, series: Series, look: _Look) -> Chart:
    figure = _figure()
    axes = figure.add_axes((0.09, 0.105, 0.885, 0.655))
    points = series.points
    has_before = any(point.before is not None for point in points)
    _bars(axes, points, look, has_before=has_before)
    _ticks(axes, series)
    _value_axis(axes, [p.used for p in points] + [p.before or Decimal(0) for p in points])
    _heads(figure, title, _per(series))
    _legend(figure, axes, series, look, has_before=has_before)
    return Chart(_png(figure), _says(title, series))


def _bars(axes: Axes, points: Sequence[Point], look: _Look, *, has_before: bool) -> None:
    """This year's bars, each in front of the wider and lighter one of the year before."""
    wide = 0.4 if has_before else 0.62
    for place, point in enumerate(points):
        left = place + wide / 2 if has_before and not point.unbilled else place
        if has_before and point.before is not None:
            axes.bar(place - wide / 2, float(point.before), width=wide, color=_FAINT)
        fill = _PAPER if point.unbilled else look.accent
        hatch = "///" if point.unbilled else ""
        axes.bar(
            left,
            float(point.used),
            width=wide,
            color=fill,
            edgecolor=look.accent,
            linewidth=1.5 if point.unbilled else 0,
            hatch=hatch,
        )
    highest = max(range(len(points)), key=lambda at: points[at].used)
    top = points[highest]
    axes.annotate(
        _number(top.used),
        (highest + (wide / 2 if has_before else 0), float(top.used)),
        xytext=(0, 7),
        textcoords="offset points",
        ha="center",
        color=_INK,
        fontsize=_TICKS,
        fontweight="bold",
        parse_math=False,
    )


def _ticks(axes: Axes, series: Series) -> None:
    """As many names below as can be read."""
    points = series.points
    every = max(1, -(-len(points) // MOST_TICKS))
    places = list(range(0, len(points), every))
    axes.set_xticks(places, [_tick(points[at], series, first=at == 0) for at in places])
    axes.tick_params(axis="x", length=0, pad=10, labelsize=_TICKS, labelcolor=_SOFT)
    axes.set_xlim(-0.7, len(points) - 0.3)


def _tick(point: Point, series: Series, *, first: bool) -> str:
    if point.at is not None:
        return format_time(point.at, "h a", tzinfo=point.at.tzinfo, locale=spoken())
    if series.by == "day":
        return speech.short_day(point.day)
    if point.unbilled:
        return t("now")
    middle = middle_of(point.day, point.end)
    month = format_date(middle, "LLL", locale=spoken()).strip(".")
    return f"{month}\n{middle.year}" if first or middle.month == 1 else month


def _per(series: Series) -> str:
    """What a bar stands for: "Electricity, kWh by billing period"."""
    by = {
        "month": marked("{what}, {unit} by billing period"),
        "day": marked("{what}, {unit} by day"),
        "hour": marked("{what}, {unit} by hour"),
    }
    return t(by[series.by], what=t(_NAMES[series.fuel]), unit=t(_UNITS[series.fuel]))


def _legend(figure: Figure, axes: Axes, series: Series, look: _Look, *, has_before: bool) -> None:
    from matplotlib.patches import Patch

    names = [Patch(color=look.accent, label=t("Used"))]
    if has_before:
        before = t("A week before") if series.by == "hour" else t("A year before")
        names.append(Patch(color=_FAINT, label=before))
    if any(point.unbilled for point in series.points):
        patch = Patch(
            facecolor=_PAPER, edgecolor=look.accent, hatch="///", label=t("Not billed yet")
        )
        names.append(patch)
    figure.legend(
        handles=names,
        loc="upper left",
        bbox_to_anchor=(0.023, 0.862),
        ncols=len(names),
        frameon=False,
        fontsize=_WORDS,
        labelcolor=_SOFT,
        handlelength=1.1,
        handleheight=1.1,
        columnspacing=1.4,
    )


def _says(title: str, series: Series) -> str:
    """The chart in words: what it is of, and what stands out."""
    points = [p for p in series.points if not p.unbilled] or list(series.points)
    top, low = max(points, key=lambda p: p.used), min(points, key=lambda p: p.used)
    fuel = t(_NAMES[series.fuel])
    if len(points) == 1:
        what, used = _when(top, series), _amount(top.used, series.fuel)
        return t("{title}: {fuel}, {when}: {used}.", title=title, fuel=fuel, when=what, used=used)
    head = t("{title}: {what}, {start} to {end}.", title=title, what=fuel, **_ends(points, series))
    return t(
        "{head} Most: {top_when}, {top}. Least: {low_when}, {low}.",
        head=head,
        top_when=_when(top, series),
        top=_amount(top.used, series.fuel),
        low_when=_when(low, series),
        low=_amount(low.used, series.fuel),
    )


def _ends(points: Sequence[Point], series: Series) -> dict[str, str]:
    return {"start": _when(points[0], series), "end": _when(points[-1], series)}


def _when(point: Point, series: Series) -> str:
    if point.at is not None:
        return f"{speech.short_day(point.day)}, {speech.time_of_day(point.at)}"
    if series.by == "day":
        return speech.short_day(point.day)
    return speech.month_and_year(middle_of(point.day, point.end))


# --- one period against another -----------------------------------------------------------------


def _compared(card: Card, look: _Look) -> Chart | None:
    """A panel for each of electricity and gas, two bars in each."""
    services: dict[str, dict[str, Any]] = card.data["services"]
    if not services:
        return None
    names = [_span(card.data["then"]), _span(card.data["now"])]
    figure = _figure()
    count = len(services)
    for place, (fuel, change) in enumerate(services.items()):
        room = 0.86 / count
        top = 0.88 - room * place
        axes = figure.add_axes((0.29, top - room + 0.03, 0.66, room - 0.14))
        _panel(axes, fuel, change, names, look)
        _panel_head(figure, top - 0.055, fuel, change)
    _heads(figure, card.title, "")
    return Chart(_png(figure), _compared_says(card.title, services, names))


def _panel(
    axes: Axes, fuel: str, change: dict[str, Any], names: Sequence[str], look: _Look
) -> None:
    then, now = Decimal(change["then"]), Decimal(change["now"])
    axes.barh([1, 0], [float(then), float(now)], color=[_FAINT, look.accent], height=0.62)
    most = float(max(then, now)) or 1.0
    axes.set_xlim(0, most * 1.28)
    axes.set_yticks([1, 0], names)
    axes.tick_params(axis="y", length=0, pad=12, labelsize=_TICKS, labelcolor=_INK)
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    for place, amount in ((1, then), (0, now)):
        told = _amount(amount, fuel)
        axes.text(
            float(amount) + most * 0.015,
            place,
            told,
            va="center",
            color=_INK,
            fontsize=_WORDS,
            fontweight="bold",
            parse_math=False,
        )


def _panel_head(figure: Figure, top: float, fuel: str, change: dict[str, Any]) -> None:
    percent = change.get("percent")
    heading = f"{t(_NAMES[fuel])}: {percent:+d}%" if percent else t(_NAMES[fuel])
    figure.text(0.035, top, heading, color=_INK, fontsize=_WORDS + 1, va="center", parse_math=False)


def _span(data: dict[str, Any]) -> str:
    """ "Dec 16 to\nJan 14, 2026" """
    start, end = (date.fromisoformat(data[name]) for name in ("from", "to"))
    return t("{start} to\n{end}", start=speech.short_day(start), end=_short_day_and_year(end))


def _short_day_and_year(day: date) -> str:
    return format_date(day, "medium", locale=spoken())


def _compared_says(title: str, services: dict[str, dict[str, Any]], names: Sequence[str]) -> str:
    then, now = (" ".join(name.split()) for name in names)
    told = [
        t(
            "{what}: {now}, before {then}.",
            what=t(_NAMES[fuel]),
            now=_amount(Decimal(change["now"]), fuel),
            then=_amount(Decimal(change["then"]), fuel),
        )
        for fuel, change in services.items()
    ]
    head = t("{title}: {now}, and before that {then}.", title=title, now=now, then=then)
    return " ".join([head, *told])


# --- the sheet ----------------------------------------------------------------------------------


def _figure() -> Figure:
    # Not pyplot, which keeps figures for the process; and only where a chart is drawn: it takes a
    # second to import.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDE / DPI, HIGH / DPI), dpi=DPI, facecolor=_PAPER)
    FigureCanvasAgg(figure)
    return figure


def _heads(figure: Figure, title: str, under: str) -> None:
    figure.text(
        0.035,
        0.945,
        title,
        color=_INK,
        fontsize=_TITLE,
        fontweight="bold",
        va="center",
        parse_math=False,
    )
    figure.text(0.035, 0.88, under, color=_SOFT, fontsize=_WORDS, va="center", parse_math=False)


def _value_axis(axes: Axes, values: Sequence[Decimal]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.tick_params(axis="y", length=0, labelsize=_TICKS, labelcolor=_SOFT)
    axes.set_ylim(0, float(max([*values, Decimal(1)])) * 1.12)
    axes.grid(axis="y", color=_LINE, linewidth=1)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(_LINE)


def _png(figure: Figure) -> bytes:
    made = io.BytesIO()
    figure.savefig(made, format="png", dpi=DPI, metadata={"Software": None})
    return made.getvalue()


def _amount(amount: Decimal, fuel: str) -> str:
    return f"{_number(amount)} {t(_UNITS[fuel])}"


def _number(amount: Decimal) -> str:
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:,.2f}".rstrip("0").rstrip(".")
