"""What may be configured, and what each refusal says to do."""

from __future__ import annotations

from typing import Any

import pytest

from channels.numbers.problem import Problem
from channels.numbers.validation import errors, problems
from contracts.messages import Channel
from contracts.records import AgentEntry, ChannelEntry, Configuration, Mapping, Rule
from tests.fakes import scenario_of
from tests.fakes.numbers import agent, channel, configured, mapping, sms
from ui.config.forms import SPEECH, filled, typed_from

pytestmark = pytest.mark.unit

SCENARIO = scenario_of("utilities")
FOUNDRY = "https://cascade.services.ai.azure.com/api/projects/care"


def found(*entries: AgentEntry | ChannelEntry | Mapping) -> tuple[Problem, ...]:
    return problems(configured(*entries), SCENARIO)


def only(*entries: AgentEntry | ChannelEntry | Mapping) -> Problem:
    every = found(*entries)
    assert len(every) == 1, every
    return every[0]


def on_sms(**given: Any) -> tuple[ChannelEntry, Mapping]:
    return sms(**given), mapping("sms", channel_id="sms", primary=True)


def test_a_sound_configuration_has_no_problems() -> None:
    assert found(*on_sms()) == ()
    assert problems(Configuration(), SCENARIO) == ()


@pytest.mark.parametrize(
    "number",
    [
        "",
        "5035550100",
        "+1 503 555 0100",
        "+1503555010",
        "15035550101",
        "+0035550100",
        "+150355501011",
    ],
)
def test_a_number_is_e164(number: str) -> None:
    entries = (sms(number=number), mapping("sms", channel_id="sms", primary=True))
    assert (only(*entries).field, only(*entries).severity) == ("number", "error")
    assert "+15035550100" in only(*entries).message


@pytest.mark.parametrize("number", ["+15035550101", "+442071838750", "+526621234567"])
def test_numbers_of_other_countries_are_numbers(number: str) -> None:
    assert found(sms(number=number), mapping("sms", channel_id="sms", primary=True)) == ()


@pytest.mark.parametrize(
    ("address", "sound"),
    [
        ("care@cascade.example", True),
        ("Care@cascade.example", False),
        ("care@Cascade.example", False),
        ("care@cascade", False),
        ("care cascade.example", False),
        ("+15035550199", False),
        (f"{'a' * 65}@cascade.example", False),
    ],
)
def test_an_email_channel_has_an_address(address: str, sound: bool) -> None:
    mail = channel("mail", type=Channel.EMAIL, number=address, registration_id=address or "x")
    every = found(mail, mapping("mail", channel_id="mail", primary=True))
    assert [it.field for it in every] == ([] if sound else ["number"])


def test_a_number_is_in_one_active_channel_only() -> None:
    twin = channel("twin", registration_id="0b3c2b1e-5a0f-4c39-9a3e-6f0e8a2d0c02")
    twice = only(twin, mapping("twin", channel_id="twin", primary=True))
    assert (twice.kind, twice.id, twice.field) == ("channel", "twin", "number")
    assert "whatsapp and twin" in twice.message
    assert found(twin.model_copy(update={"active": False})) == ()


def test_a_registration_id_is_its_providers_only_one() -> None:
    twin = sms(registration_id=channel().registration_id.upper(), active=False)
    assert only(twin).field == "registration_id"
    assert found(twin.model_copy(update={"provider": "infobip"})) == ()


def test_an_id_of_azure_that_does_not_look_like_one_is_told() -> None:
    told = only(
        channel("two", registration_id="two", number="+15035550102"),
        mapping("two", channel_id="two", primary=True),
    )
    assert (told.field, told.severity) == ("registration_id", "warning")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"provider": "infobip", "type": Channel.VOICE}, "type"),
        ({"type": Channel.WEB}, "type"),
        ({"scenario": "banking"}, "scenario"),
        ({"name": " "}, "name"),
        ({"registration_id": ""}, "registration_id"),
        ({"business_name": "x" * 81}, "business_name"),
        ({"name": "two\nlines"}, "name"),
    ],
)
def test_what_a_channel_is(given: dict[str, Any], field: str) -> None:
    entry = sms().model_copy(update=given)
    told = only(entry, mapping("sms", channel_id="sms", primary=True))
    assert (told.field, told.severity) == (field, "error")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"own": "astrology"}, "own"),
        ({"own": ""}, "own"),
        ({"own": "billing", "endpoint": "https://agents.example"}, "own"),
        ({"own": "", "endpoint": "http://agents.example"}, "endpoint"),
        ({"own": "", "endpoint": "agents.example/chat"}, "endpoint"),
        ({"own": "", "endpoint": "https://"}, "endpoint"),
        ({"own": "", "endpoint": "https://[half"}, "endpoint"),
        ({"own": "", "endpoint": "https://me:secret@agents.example"}, "endpoint"),
        ({"own": "", "endpoint": FOUNDRY}, "agent_id"),
        ({"agent_id": "asst_1", "own": "billing"}, "agent_id"),
        ({"agent_id": "assistant-1", "own": "", "endpoint": FOUNDRY}, "agent_id"),
        ({"agent_id": "a b"}, "agent_id"),
        ({"agent_id": ""}, "agent_id"),
        ({"name": ""}, "name"),
        ({"tags": ("x" * 41,)}, "tags"),
        ({"tags": ("x",) * 21}, "tags"),
        ({"description": "x" * 501}, "description"),
    ],
)
def test_what_an_agent_is(given: dict[str, Any], field: str) -> None:
    told = only(agent("billing").model_copy(update=given))
    assert (told.kind, told.field, told.severity) == ("agent", field, "error")
    assert told.message[-1] == "."


def test_agents_served_elsewhere() -> None:
    assert found(agent("night", endpoint="https://agents.example/v1")) == ()
    assert found(agent("asst_Ab12", endpoint=FOUNDRY)) == ()
    trying = only(agent("night", endpoint="http://127.0.0.1:8011/v1"))
    assert trying.severity == "warning"


def test_an_active_channel_has_exactly_one_primary_mapping() -> None:
    assert "no primary mapping" in only(sms()).message
    assert found(sms(active=False)) == ()
    second = only(mapping("second", primary=True))
    assert (second.field, second.id) == ("primary", "second")
    assert "whatsapp and second" in second.message


def test_no_mapping_to_what_is_not_there_or_switched_off() -> None:
    assert only(mapping("m", agent_id="nobody")).field == "agent_id"
    assert only(mapping("m", channel_id="nowhere")).field == "channel_id"
    off = only(agent("billing", active=False), mapping("m", agent_id="billing"))
    assert (off.field, off.severity) == ("agent_id", "error")
    resting = only(sms(active=False), mapping("m", channel_id="sms"))
    assert (resting.field, resting.severity) == ("channel_id", "warning")


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({}, "rule"),
        ({"days": (7,)}, "rule.days"),
        ({"days": (1, 1)}, "rule.days"),
        ({"begins": "08:00"}, "rule.ends"),
        ({"ends": "08:00"}, "rule.begins"),
        ({"begins": "08:00", "ends": "08:00"}, "rule.ends"),
        ({"begins": "08:00Z", "ends": "09:00"}, "rule.begins"),
        ({"language": "fr"}, "rule.language"),
        ({"words": ("",)}, "rule.words"),
        ({"words": ("?!",)}, "rule.words"),
        ({"words": ("x" * 61,)}, "rule.words"),
        ({"words": ("x",) * 51}, "rule.words"),
    ],
)
def test_a_rule_can_fit(rule: dict[str, Any], field: str) -> None:
    told = only(mapping("m", rule=Rule.model_validate(rule)))
    assert (told.field, told.severity) == (field, "error")


def test_only_what_takes_calls_says_what_hears_and_speaks() -> None:
    told = only(*on_sms(speech="azure"))
    assert (told.field, told.severity) == ("speech", "error")
    line = channel("line", type=Channel.VOICE, number="+15035550109", speech="azure")
    sound = line.model_copy(update={"registration_id": line.number})
    assert found(sound, mapping("line", channel_id="line", primary=True)) == ()


@pytest.mark.parametrize("speech", ["", *SPEECH, "whispered"])
def test_the_form_takes_the_engines_there_are(speech: str) -> None:
    typed = {"type": "voice", "provider": "acs", "number": "+15035550109", "speech": speech}
    given = filled("channel", typed, region="US")
    assert ("speech" in given.wrong) == (speech == "whispered")
    if isinstance(given.entry, ChannelEntry):
        assert given.entry.speech == speech
        assert typed_from(given.entry)["speech"] == speech


def test_a_mapping_that_never_counts_is_told() -> None:
    told = only(mapping("m", order=1))
    assert (told.field, told.severity) == ("order", "warning")
    assert found(mapping("m", order=0)) == ()


def test_each_id_is_there_once() -> None:
    assert "more than one agent" in only(agent()).message


def test_errors_come_before_warnings() -> None:
    every = found(mapping("late", order=1), mapping("m", agent_id="nobody"))
    assert [it.severity for it in every] == ["error", "warning"]
    assert errors(configured(mapping("late", order=1)), SCENARIO) == ()
