"""What operators change is checked, noted, and nobody's change is lost to another's."""

from __future__ import annotations

import asyncio

import pytest

from channels.numbers.demo import demo_configuration, ensure_numbers
from channels.numbers.entries import mark_of
from channels.numbers.problem import Refused
from channels.numbers.service import TRIES, NotThere, NumbersService
from channels.numbers.sheet import read, written
from channels.numbers.validation import problems
from contracts.clock import PinnedClock
from contracts.errors import BadInput, Conflict
from contracts.records import Configuration, Rule
from tests.fakes import scenario_of
from tests.fakes.numbers import FakeNumbers, agent, channel, configured, mapping, sms
from tests.samples import NOW

pytestmark = pytest.mark.unit

SCENARIO = scenario_of("utilities")


@pytest.fixture
def numbers() -> FakeNumbers:
    return FakeNumbers(configured(agent("billing")))


@pytest.fixture
def service(numbers: FakeNumbers) -> NumbersService:
    return NumbersService(numbers, SCENARIO, PinnedClock(NOW))


async def test_an_agent_is_added_and_it_is_noted_by_whom(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    standing = await service.add(agent("usage"), who="ann")
    assert [it.agent_id for it in standing.agents] == ["concierge", "billing", "usage"]
    [entry] = await service.audited()
    assert (entry.who, entry.action, entry.kind, entry.id) == ("ann", "add", "agent", "usage")
    assert (entry.at, entry.before) == (NOW, None)
    assert entry.after == agent("usage").model_dump(mode="json")


async def test_an_id_is_added_once(service: NumbersService) -> None:
    with pytest.raises(Refused, match="billing is another agent's"):
        await service.add(agent("billing"), who="ann")


async def test_an_active_channel_comes_with_its_agent(service: NumbersService) -> None:
    with pytest.raises(Refused, match="no primary mapping"):
        await service.add(sms(), who="ann")
    standing = await service.add(sms(), who="ann", agent_id="billing")
    assert standing.mappings[-1] == mapping(
        "sms", channel_id="sms", agent_id="billing", primary=True
    )
    assert [(it.kind, it.action) for it in await service.audited()] == [
        ("mapping", "add"),
        ("channel", "add"),
    ]


async def test_a_change_is_refused_with_all_its_problems(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    before = numbers.standing
    with pytest.raises(Refused) as refused:
        await service.edit(channel(number="503", name=""), who="ann")
    assert {it.field for it in refused.value.problems} == {"number", "name"}
    assert (numbers.standing, numbers.trail) == (before, [])


async def test_what_was_wrong_before_stands_in_nobodys_way(numbers: FakeNumbers) -> None:
    """An agent of the scenario was renamed, and the rest can be edited still."""
    numbers.standing = configured(agent("gone", own="gone"))
    service = NumbersService(numbers, SCENARIO, PinnedClock(NOW))
    standing = await service.edit(agent(description="Care"), who="ann")
    assert standing.agents[0].description == "Care"
    assert [it.id for it in await service.problems()] == ["gone"]


async def test_an_edit_of_what_has_changed_meanwhile_is_refused(service: NumbersService) -> None:
    mark = mark_of(agent("billing"))
    await service.edit(agent("billing", description="first"), who="ann", mark=mark)
    with pytest.raises(Conflict, match="somebody else has changed the agent billing"):
        await service.edit(agent("billing", description="second"), who="bob", mark=mark)


async def test_an_edit_that_changes_nothing_is_not_noted(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    await service.edit(agent("billing"), who="ann")
    assert (numbers.standing.version, numbers.trail) == (1, [])


async def test_of_two_changes_at_once_both_are_there(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    async def rival() -> None:
        await service.add(agent("usage"), who="bob")

    numbers.between.append(rival)
    standing = await service.switch("agent", "billing", on=False, who="ann")
    assert [(it.agent_id, it.active) for it in standing.agents] == [
        ("concierge", True),
        ("billing", False),
        ("usage", True),
    ]
    assert [(it.who, it.action) for it in await service.audited()] == [
        ("ann", "switch off"),
        ("bob", "add"),
    ]


async def test_a_change_that_another_made_impossible_is_refused(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    async def rival() -> None:
        await service.map_to("whatsapp", "billing", who="bob")

    numbers.between.append(rival)
    with pytest.raises(Refused, match="switched off"):
        await service.switch("agent", "billing", on=False, who="ann")


async def test_who_is_never_quick_enough_is_told(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    async def rival() -> None:
        version = numbers.standing.version + 1
        numbers.standing = numbers.standing.model_copy(update={"version": version})

    numbers.between.extend([rival] * TRIES)
    with pytest.raises(Conflict):
        await service.add(agent("usage"), who="ann")
    assert numbers.trail == []


async def test_many_at_once_all_get_in(service: NumbersService, numbers: FakeNumbers) -> None:
    names = ("usage", "service", "outage")
    await asyncio.gather(*(service.add(agent(name), who=name) for name in names))
    assert {it.agent_id for it in numbers.standing.agents} >= set(names)
    assert {it.who for it in numbers.trail} == set(names)


async def test_what_is_mapped_to_is_neither_switched_off_nor_deleted(
    service: NumbersService,
) -> None:
    with pytest.raises(Refused, match="map the channel whatsapp to another one first"):
        await service.switch("agent", "concierge", on=False, who="ann")
    with pytest.raises(Refused, match="does not exist"):
        await service.delete("agent", "concierge", who="ann")
    with pytest.raises(Refused, match="no primary mapping"):
        await service.delete("mapping", "whatsapp", who="ann")
    with pytest.raises(NotThere):
        await service.delete("agent", "nobody", who="ann")
    with pytest.raises(BadInput, match="delete it"):
        await service.switch("mapping", "whatsapp", on=False, who="ann")


async def test_a_channel_is_switched_off_and_on_with_its_mappings(service: NumbersService) -> None:
    off = await service.switch("channel", "whatsapp", on=False, who="ann")
    assert (off.channels[0].active, len(off.mappings)) == (False, 1)
    on = await service.switch("channel", "whatsapp", on=True, who="ann")
    assert (on.channels[0].active, await service.problems()) == (True, ())


async def test_a_channel_goes_with_its_mappings(service: NumbersService) -> None:
    standing = await service.delete("channel", "whatsapp", who="ann")
    assert (standing.channels, standing.mappings) == ((), ())
    assert [(it.kind, it.action) for it in await service.audited()] == [
        ("mapping", "delete"),
        ("channel", "delete"),
    ]


async def test_the_primary_one_changes_in_one_step(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    await service.add(mapping("second", agent_id="billing", weight=3), who="ann")
    standing = await service.make_primary("second", who="ann")
    assert [(it.mapping_id, it.primary) for it in standing.mappings] == [
        ("whatsapp", False),
        ("second", True),
    ]
    mapped = await service.map_to("whatsapp", "concierge", who="ann")
    assert mapped.mappings[1].agent_id == "concierge"
    assert numbers.standing.version == 4


# --- the sheet ------------------------------------------------------------------------------------

RICH = configured(
    agent("asst_1", endpoint="https://x.services.ai.azure.com/api/projects/p", tags=("a", "b")),
    sms(active=False),
    mapping(
        "m",
        order=-2,
        weight=7,
        rule=Rule.model_validate(
            {"days": (0, 6), "begins": "22:00", "ends": "06:30", "language": "es", "words": ("no",)}
        ),
    ),
)


def test_what_is_exported_is_imported_again() -> None:
    text = written(RICH)
    assert read(text) == RICH.model_copy(update={"version": 0})
    assert written(read(text)) == text
    assert "+15035550100" in text


def test_numbers_and_times_need_no_quotes() -> None:
    text = written(RICH).replace("'", "").replace('"', "")
    assert read(text) == RICH.model_copy(update={"version": 0})


async def test_a_dry_run_says_what_would_change(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    before = numbers.standing
    told = await service.import_yaml(written(RICH), who="ann", dry_run=True)
    assert {(it.kind, it.id, it.before is None, it.after is None) for it in told.changes} == {
        ("agent", "billing", False, True),
        ("agent", "asst_1", True, False),
        ("channel", "sms", True, False),
        ("mapping", "m", True, False),
    }
    assert (told.stored, numbers.standing, numbers.trail) == (False, before, [])


async def test_an_import_puts_the_whole_in_place(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    done = await service.import_yaml(written(RICH), who="ann")
    assert done.stored
    assert done.configuration == numbers.standing == RICH.model_copy(update={"version": 2})
    assert {it.action for it in numbers.trail} == {"import"}
    assert await service.export_yaml() == written(RICH)
    again = await service.import_yaml(written(RICH), who="ann")
    assert (again.changes, numbers.standing.version) == ((), 2)


async def test_an_import_with_errors_changes_nothing(
    service: NumbersService, numbers: FakeNumbers
) -> None:
    before = numbers.standing
    with pytest.raises(Refused, match="no primary mapping"):
        await service.import_yaml(written(RICH).replace("active: false", "active: true"), who="ann")
    assert numbers.standing == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "agents, channels and mappings"),
        ("just words", "agents, channels and mappings"),
        ("agents: [", "line 1"),
        ("agents: {a: b}", "has to be a list"),
        ("agents: []\nrobots: []", '"robots"'),
        ("agents:\n- just words", "has no fields"),
        ("agents: &a []\nchannels: *a", "anchors"),
        ("agents:\n- {agent_id: a, name: A, own: a, colour: red}", '"colour"'),
        ("agents:\n- {agent_id: a}", "name: field required"),
        ("mappings:\n- {mapping_id: m, channel_id: c, agent_id: a, weight: much}", "weight"),
        ("channels:\n- {channel_id: c, type: pigeon}", "type"),
        ("agents: !!python/object/apply:os.getcwd []", "no YAML"),
        ("a: " + "[" * 5_000, "no YAML"),
    ],
)
def test_a_file_that_cant_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)
    assert says in str(refused.value)


# --- the demo -------------------------------------------------------------------------------------


async def test_the_demo_is_sound_and_is_stored_once() -> None:
    numbers = FakeNumbers()
    service = NumbersService(numbers, SCENARIO, PinnedClock(NOW))
    assert problems(demo_configuration(SCENARIO), SCENARIO) == ()
    await ensure_numbers(service, SCENARIO)
    await service.delete("channel", "sms", who="ann")
    await ensure_numbers(service, SCENARIO)
    assert [it.channel_id for it in numbers.standing.channels] == ["whatsapp", "email", "voice"]


async def test_what_an_operator_emptied_stays_empty(service: NumbersService) -> None:
    await service.delete("channel", "whatsapp", who="ann")
    for name in ("concierge", "billing"):
        await service.delete("agent", name, who="ann")
    await ensure_numbers(service, SCENARIO)
    assert (await service.load()).model_copy(update={"version": 0}) == Configuration()
