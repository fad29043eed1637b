"""What our PDFs have in common: the page, its colours, and the letters they are written in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from contracts.language import spoken
from contracts.scenario import Brand

MARGIN = 22.0  # mm
FAMILY = "Helvetica"
Colour = tuple[int, int, int]
INK: Colour = (22, 48, 63)
SOFT: Colour = (77, 98, 110)
LINE: Colour = (214, 225, 229)
ACCENT: Colour = (7, 95, 115)
TINT: Colour = (233, 243, 245)


class Paper(FPDF):
    """A letter-size document of the brand; the same content at the same `made` is the same file."""

    def __init__(self, brand: Brand, title: str, made: datetime) -> None:
        super().__init__(format="letter")
        self.accent = accent_of(brand)
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.set_title(plain(title))
        self.set_author(plain(brand.name))
        self.set_creator(plain(brand.name))
        self.set_lang(spoken())
        self.set_creation_date(made)
        self.add_page()

    def pen(self, size: float, colour: Colour, *, bold: bool = False) -> None:
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)

    def say(self, height: float, text: str) -> None:
        """One line."""
        self.cell(0, height, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def tell(self, height: float, text: str) -> None:
        """A paragraph."""
        self.multi_cell(0, height, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rule(self) -> None:
        self.set_draw_color(*LINE)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())

    def pair(
        self, label: str, value: str, height: float = 11, *, wide: float = 70, size: float = 11
    ) -> None:
        """A label and its value at the right, under a line."""
        self.rule()
        self.pen(size, SOFT)
        self.cell(wide, height, plain(label))
        self.pen(size, INK, bold=True)
        self.cell(0, height, plain(value), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def pairs(self, rows: Sequence[tuple[str, str]], height: float = 11) -> None:
        for label, value in rows:
            self.pair(label, value, height)
        self.rule()


def accent_of(brand: Brand) -> Colour:
    """The brand's own on white."""
    light = brand.colours.get("accent", ("", ""))[0].lstrip("#")
    return (int(light[:2], 16), int(light[2:4], 16), int(light[4:], 16)) if light else ACCENT


def plain(text: str) -> str:
    """In the letters of the built-in fonts: those of Western Europe, which English and Spanish
    need. Spaces of a time of day are ordinary ones there."""
    spaced = " ".join(text.split()).replace("–", "-").replace("—", "-").replace("’", "'")
    return spaced.encode("latin-1", "replace").decode("latin-1")
