"""The operators' forms, and entries in words; passwords; roles."""

from __future__ import annotations

from datetime import time

import pytest

from contracts.records import Configuration, Mapping, Role, Rule
from stores.passwords import Passwords
from ui.config.forms import filled, typed_from
from ui.config.words import changes_of, rule_said, share_of

pytestmark = pytest.mark.unit

RULE = Rule(days=(0, 1, 2), begins=time(18), ends=time(8, 5), language="es", words=("luz", "bill"))


def mapping(mapping_id: str, **values: object) -> Mapping:
    given = {"mapping_id": mapping_id, "channel_id": "c", "agent_id": "a", **values}
    return Mapping.model_validate(given)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (None, ""),
        (Rule(days=(4, 0)), "Monday, Friday"),
        (Rule(begins=time(9), ends=time(17, 30)), "From 9:00 AM to 5:30 PM"),
        (Rule(words=("gas",)), "With one of: gas"),
        (
            RULE,
            "Monday to Wednesday, from 6:00 PM to 8:05 AM of the next day, in Spanish, with one "
            "of: luz, bill",
        ),
    ],
)
def test_a_rule_in_words(rule: Rule | None, said: str) -> None:
    assert rule_said(rule) == said


def test_a_form_gives_back_what_it_shows() -> None:
    for entry in (mapping("m", primary=True, order=-3, weight=7), mapping("n", rule=RULE)):
        given = filled("mapping", typed_from(entry), region="US")
        assert (given.entry, given.wrong) == (entry, {})


def test_shares_are_of_those_that_count_together() -> None:
    primary = mapping("p", primary=True, weight=1)
    beside = mapping("b", weight=3)
    early = mapping("e", rule=RULE, order=-1)
    of_another = mapping("x", channel_id="other", weight=50)
    configuration = Configuration(mappings=(primary, beside, early, of_another))
    shares = [share_of(it, configuration) for it in configuration.mappings]
    assert shares == [25, 75, None, None]


def test_what_differs_is_said_by_field() -> None:
    before = mapping("m", weight=1, rule=Rule(words=("gas",))).model_dump(mode="json")
    after = mapping("m", weight=2, primary=True).model_dump(mode="json")
    assert changes_of(before, after) == [
        ("primary", "no", "yes"),
        ("weight", "1", "2"),
        ("rule: words", "gas", ""),
    ]
    assert changes_of(before, before) == []
    assert ("mapping id", "", "m") in changes_of(None, after)


def test_roles_are_in_order() -> None:
    assert [role.covers(Role.OPERATOR) for role in Role] == [False, True, True]


async def test_a_password_is_known_by_its_hash_alone() -> None:
    passwords = Passwords()
    kept = await passwords.hashed("correct horse é")
    assert "correct" not in kept
    assert kept != await passwords.hashed("correct horse é")  # a salt each
    assert await passwords.matches("correct horse é", kept)
    assert not await passwords.matches("correct horse e", kept)
    assert not await passwords.matches("", None)
