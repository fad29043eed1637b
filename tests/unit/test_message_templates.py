"""WhatsApp's templates: which is chosen, and that what is not sound is refused at load."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import app.scenario
from app.scenario import SCENARIOS, load_scenario
from channels.templates import LONGEST_BODY, LONGEST_VALUE, check, chosen, one_line
from contracts.errors import ConfigurationError
from contracts.messages import Card, Text
from contracts.scenario import MessageTemplate
from contracts.sending import REPLY
from tests.courier_world import sending, utilities

pytestmark = pytest.mark.unit

PURPOSES = (
    *("handoff", "one-time code", "pay link", "payment", "contact changed", "outage update"),
    *("outage found", "eta changed", "power restored", "payment due", "appointment"),
)
GENERAL = MessageTemplate(name="held", purposes=(REPLY,), texts={"en": "A message waits."})


def template(**changed: Any) -> MessageTemplate:
    sound = MessageTemplate(
        name="due", purposes=("payment due",), values=("text",), texts={"en": "Now: {{1}} Bye."}
    )
    return sound.model_copy(update=changed)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_each_purpose_is_carried_whole_in_both_languages(purpose: str, language: str) -> None:
    text = "Word " * 119 + "word."
    found = chosen(sending("k", text, purpose=purpose, language=language), _templates())
    assert found is not None
    assert found.whole
    assert found.template.values == (text,)
    assert found.template.language == {"en": "en_US", "es": "es_MX"}[language]
    [held] = [t for t in _templates() if t.name == found.template.name]
    body = held.texts[language].replace("{{1}}", text)
    assert len(body) <= LONGEST_BODY
    assert not re.search(r"\{\{|\n", body)


@pytest.mark.parametrize("purpose", [*PURPOSES, "something new"])
def test_what_is_too_long_is_announced(purpose: str) -> None:
    found = chosen(sending("k", "x" * (LONGEST_VALUE + 1), purpose=purpose), _templates())
    assert found is not None
    assert (found.template.name, found.whole) == ("held_message", False)


def test_all_announce_in_a_language_that_is_there() -> None:
    found = chosen(sending("k", purpose="payment due", language="fr"), _templates())
    assert found is not None
    assert found.template.language == "en_US"


def test_named_values_are_filled_in_their_order_each_on_one_line() -> None:
    named = template(values=("day", "amount"), texts={"en": "On {{1}}, pay {{2}} to us."})
    given = {"amount": "$80.00", "day": "Mon\nday", "more": "x"}
    found = chosen(sending("k", purpose="payment due", values=given), [named, GENERAL])
    assert found is not None
    assert found.template.values == ("Mon day", "$80.00")
    assert not found.whole
    without = chosen(sending("k", purpose="payment due", values={"day": "x"}), [named, GENERAL])
    assert without is not None
    assert without.template.name == "held"


def test_none_fits() -> None:
    assert chosen(sending("k", purpose="payment due"), []) is None
    assert chosen(sending("k", purpose="appointment"), [template()]) is None


def test_a_card_is_no_line() -> None:
    card = Card(card="bill", title="Your bill", rows=(("Due", "$80.00"),))
    assert one_line(sending("k", parts=(Text(text="Your bill:"), card))) is None
    assert one_line(sending("k", parts=(Text(text=" \n "),))) is None


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": "Due Now"}, "small letters"),
        ({"purposes": ()}, "needs a purpose"),
        ({"texts": {}}, "and a text"),
        ({"texts": {"fr": "Bonjour {{1}} ."}}, "code of the language 'fr'"),
        ({"texts": {"en": "Nothing at all."}}, "has to hold {{1}}"),
        ({"texts": {"en": "A {{1}} and {{2}} too many."}}, "has to hold {{1}}"),
        ({"texts": {"en": "A {{text}} by name."}}, "has to hold {{1}}"),
        ({"values": (), "texts": {"en": "A {{1}} too many."}}, "no {{1}}"),
        ({"texts": {"en": "{{1}} is first."}}, "around each"),
        ({"texts": {"en": "The last is {{1}}."}}, "around each"),
        ({"values": ("a", "b"), "texts": {"en": "Now {{1}}, {{2}} Bye."}}, "around each"),
        ({"texts": {"en": "Now: {{1}} Bye." + "x" * 420}}, "may hold 424"),
    ],
)
def test_what_whatsapp_would_refuse_is_refused_at_load(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(says)) as refused:
        check([template(**changed)])
    assert "template" in str(refused.value)


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="twice"):
        check([template(), template()])


def test_a_scenarios_templates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SCENARIOS / "utilities", tmp_path / "utilities")
    monkeypatch.setattr(app.scenario, "SCENARIOS", tmp_path)
    file = tmp_path / "utilities" / "templates.yaml"
    file.write_text(file.read_text("utf-8").replace("{{1}}", "{{2}}"), "utf-8")
    with pytest.raises(ConfigurationError, match="has to hold"):
        load_scenario("utilities")
    file.unlink()
    assert load_scenario("utilities").messaging.templates == ()


def _templates() -> tuple[MessageTemplate, ...]:
    return utilities().messaging.templates
