"""Every text that a customer may be told has its translation, and none is stale."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from contracts.language import LOCALES, marked, plural, speaking, spoken, t
from tools.usage.catalogue import a_rebate, an_appliance

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
SAYING = ("tools", "nodes", "gateway", "channels", "stores", "app", "voice", "contracts", "ui")
# What a customer is told of each entry of a catalogue.
CATALOGUES = {
    "assistance": ("name", "gives", "apply"),
    "rebates": ("name", "needs"),
    "tips": ("text",),
    "appliances": ("name",),
}
# How the name of an entry goes into a sentence.
IN_A_SENTENCE = {"rebates": a_rebate, "appliances": an_appliance}
# Where texts stand: in code, and in the templates of pages.
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {"t": None, "marked": None, "plural": (1, 2)}


def texts_of_code() -> Iterator[tuple[str, str]]:
    """Each text and where it stands."""
    for package in SAYING:
        found = extract_from_dir(ROOT / package, method_map=METHODS, keywords=KEYWORDS)
        for name, line, message, _, _ in found:
            for text in message if isinstance(message, tuple) else (message,):
                yield text, f"{package}/{name}:{line}"


def translations(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((LOCALES / language).glob("*.po")):
        with path.open("rb") as file:
            found |= {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_everything_said_is_translated() -> None:
    known = translations("es")
    missing = {text: where for text, where in texts_of_code() if not known.get(text)}
    missing |= {text: "a catalogue" for text in texts_of_scenarios() if not known.get(text)}
    assert not missing


def test_no_two_files_disagree() -> None:
    said: dict[str, set[str]] = {}
    for path in sorted((LOCALES / "es").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="es"):
                if message.id:
                    said.setdefault(str(message.id), set()).add(str(message.string))
    assert not {text: forms for text, forms in said.items() if len(forms) > 1}


def test_no_translation_is_stale() -> None:
    used = {text for text, _ in texts_of_code()} | texts_of_scenarios()
    assert not [text for text in translations("es") if text not in used]


def test_a_translation_fills_the_same_places() -> None:
    known = translations("es")
    assert not [text for text, said in known.items() if places(text) != places(said)]


def texts_of_scenarios() -> set[str]:
    """Texts that come from a scenario's files rather than from code."""
    found = set()
    for name, keys in CATALOGUES.items():
        for path in (ROOT / "scenarios").glob(f"*/catalogue/{name}.yaml"):
            for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
                found |= {entry[key] for key in keys}
                if in_a_sentence := IN_A_SENTENCE.get(name):
                    found.add(in_a_sentence(entry["name"]))
    return found


def test_a_text_is_said_in_the_language_spoken() -> None:
    assert spoken() == "en"
    with speaking("es"):
        assert spoken() == "es"
        assert t("no such text {name}", name="x") == "no such text x"
    with speaking("xx"):
        assert spoken() == "en"


def test_a_plural_goes_by_its_count() -> None:
    assert plural("{count} day", "{count} days", 1) == "1 day"
    assert plural("{count} day", "{count} days", 3) == "3 days"
    assert plural("one day", "{count} days", 2, count="two") == "two days"


def test_a_marked_text_is_itself() -> None:
    assert marked("as it is") == "as it is"


def test_a_sentence_that_ends_in_an_hour_has_one_full_stop() -> None:
    assert t("Back at {hour}.", hour="9:30 p. m.") == "Back at 9:30 p. m."
    assert t("Back at {hour}. Bye.", hour="9:30 p. m.") == "Back at 9:30 p. m. Bye."
