"""What is new in an e-mail: without what it quotes, without the signature.

Goes through the lines once, so that a text made to be slow is not. In doubt a line stays: something
said twice does less harm than something lost.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_LONGEST = 400  # characters of a line that are looked at
# "On Thu, Jan 15, 2026 at 6:00 PM Ann <ann@example.com> wrote:", which mail programs break in two.
_WROTE = re.compile(
    r"^(?:on\b[^\n]*\bwrote|el\b[^\n]*\bescribi[oó]|le\b[^\n]*\ba [ée]crit|am\b[^\n]*\bschrieb)"
    r"[^\n]{0,80}:$",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"^(?:on|el|le|am)\b.*\d", re.IGNORECASE)
_DIVIDES = re.compile(
    r"^(?:[-_*]{2,}\s*(?:original message|forwarded message|mensaje original|mensaje reenviado)"
    r"\s*[-_*]{2,}|_{20,})$",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^\*?(?:from|de):\*?\s.*\S", re.IGNORECASE)
_AFTER_HEADER = re.compile(
    r"^\*?(?:sent|date|to|subject|enviado(?: el)?|fecha|para|asunto):\*?\s", re.IGNORECASE
)
_SIGNED = re.compile(
    r"^(?:sent from my\b.{0,60}|get outlook for\b.{0,60}|sent via\b.{0,60}"
    r"|enviado desde mi\b.{0,60}|obtener outlook para\b.{0,60})$",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"\n{3,}")


def newest(text: str) -> str:
    """What the sender wrote now. Where that would be nothing, an answer between quoted lines say,
    the lines that are not quoted; where there are none, all of it."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = lines[: _end(lines)]
    said = _joined(line for line in kept if not line.lstrip().startswith(">"))
    if said:
        return said
    below = (line for line in lines if not line.lstrip().startswith(">"))
    return _joined(it for it in below if not _WROTE.match(it.strip()[:_LONGEST])) or text.strip()


def _end(lines: list[str]) -> int:
    """The first line that is of somebody else, or of the signature."""
    for number, line in enumerate(lines):
        bare = line.strip()[:_LONGEST]
        after = lines[number + 1].strip()[:_LONGEST] if number + 1 < len(lines) else ""
        if line == "--" or _DIVIDES.match(bare) or _SIGNED.match(bare):
            return number
        if _WROTE.match(bare) or (_BEGINS.match(bare) and _WROTE.match(f"{bare} {after}")):
            return number
        if _HEADER.match(bare) and _AFTER_HEADER.match(after):
            return number
    return len(lines)


def _joined(lines: object) -> str:
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip()  # type: ignore[arg-type]


def plain(page: str) -> str:
    """The words of an HTML e-mail, a line for each block; what it quotes is left out."""
    reader = _Words()
    reader.feed(page)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip()


class _Words(HTMLParser):
    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "ul", "ol"})
    _SILENT = frozenset({"script", "style", "head", "title", "blockquote"})
    _QUOTES = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "divRplyFwdMsg")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent: list[str] = []  # the elements around that are not read
        self._over = False  # what follows is quoted

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for name, value in attrs if name in ("class", "id"))
        self._over = self._over or any(mark in marks for mark in self._QUOTES)
        if tag in self._SILENT:
            self._silent.append(tag)
        if tag in self._BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        if tag in self._BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._over:
            self.words.append(data.replace("\n", " "))
