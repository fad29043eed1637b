"""A line of values as a small SVG."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 120, 32, 4


def sparkline(values: Sequence[float], told: str) -> Markup:
    """A line with its last point marked; nothing for fewer than two values. told: what a screen
    reader says of it."""
    if len(values) < 2:
        return Markup("")
    points = _points(values)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img">'
        '<title>{told}</title><polyline points="{line}"/><circle cx="{x}" cy="{y}" r="2.5"/></svg>'
    ).format(w=WIDTH, h=HEIGHT, told=told, line=line, x=f"{x:.1f}", y=f"{y:.1f}")


def _points(values: Sequence[float]) -> list[tuple[float, float]]:
    low, high = min(values), max(values)
    across = (WIDTH - 2 * EDGE) / (len(values) - 1)
    tall = HEIGHT - 2 * EDGE
    return [
        (EDGE + at * across, HEIGHT / 2 if high == low else EDGE + tall * (high - v) / (high - low))
        for at, v in enumerate(values)
    ]
