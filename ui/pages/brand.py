"""The scenario's brand on the pages: its icon and its colours."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response

from contracts.scenario import Brand

_PLAIN_ICON = Path(__file__).parents[1] / "static" / "pages" / "favicon.svg"
_KEPT = {"Cache-Control": "public, max-age=3600"}


def brand_icon(brand: Brand) -> str:
    """An SVG."""
    return brand.icon or _PLAIN_ICON.read_text("utf-8")


def brand_style(brand: Brand) -> str:
    """The look's colours as the brand has them, in CSS."""
    lines = [
        f"  --tl-{name}: light-dark({light}, {dark});"
        for name, (light, dark) in sorted(brand.colours.items())
    ]
    return "\n".join([":root {", *lines, "}", ""]) if lines else ""


def brand_router(brand: Brand) -> APIRouter:
    """Where pages find both. To be included before the static files are mounted."""
    icon, style = brand_icon(brand), brand_style(brand)
    router = APIRouter(tags=["pages"])

    @router.get("/static/favicon.svg")
    async def favicon() -> Response:
        return Response(icon, media_type="image/svg+xml", headers=_KEPT)

    @router.get("/static/brand.css")
    async def colours() -> Response:
        return Response(style, media_type="text/css", headers=_KEPT)

    return router
