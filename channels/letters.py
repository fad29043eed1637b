"""What an adapter hands to its provider: one of these is one message.

They are the same for all providers of a channel; `channels/rendering` makes them out of a
`Sending`'s parts, within the limits of the channel.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextLetter:
    """Words alone. On WhatsApp, `*bold*` is bold."""

    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to tap. `id` comes back as `Inbound.choice`."""

    id: str
    title: str
    description: str = ""  # in lists alone


@dataclass(frozen=True, slots=True)
class ButtonsLetter:
    """A question with one to three buttons under it."""

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ListLetter:
    """A question with a button that opens a list of up to ten rows."""

    text: str
    button: str
    rows: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ImageLetter:
    """An image at an address that the provider can fetch. `caption` says what is on it."""

    url: str
    caption: str


@dataclass(frozen=True, slots=True)
class DocumentLetter:
    """A file at an address that the provider can fetch."""

    url: str
    name: str  # "bill-2026-07.pdf"
    caption: str


@dataclass(frozen=True, slots=True)
class TemplateLetter:
    """An approved template of WhatsApp. `values` fill {{1}}, {{2}}, ... in their order."""

    name: str
    language: str  # the provider's code: "en_US"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with an e-mail."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class EmailLetter:
    """One e-mail. `text` says all that `html` says."""

    subject: str
    text: str
    html: str
    enclosures: tuple[Enclosure, ...] = ()


Letter = TextLetter | ButtonsLetter | ListLetter | ImageLetter | DocumentLetter | TemplateLetter
