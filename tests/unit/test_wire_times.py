"""Clocks that are set back, and dates that are none, in what others tell us."""

from __future__ import annotations

from datetime import timedelta

import pytest
from joserfc.jwk import KeySet, RSAKey

from channels.acs.clients import LONGEST_S, AcsClients
from contracts.clock import PinnedClock
from contracts.settings import Settings
from gateway.wire.tokens import ANEW_AFTER_S, KEYS_KEPT_S, Keys
from tests.conftest import START

pytestmark = pytest.mark.unit


async def test_keys_are_fetched_anew_in_their_time_and_where_the_clock_was_set_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, fetched = PinnedClock(START), list[int]()
    keys = Keys("https://issuer.example/keys", clock)
    own = KeySet([RSAKey.generate_key(2048)])

    async def fetch() -> KeySet:
        fetched.append(1)
        return own

    monkeypatch.setattr(keys, "_fetch", fetch)
    for passes, count in ((0.0, 1), (ANEW_AFTER_S, 1), (KEYS_KEPT_S, 2), (-7200.0, 3), (1.0, 3)):
        clock.advance(timedelta(seconds=passes))
        assert await keys._get(older_than_s=KEYS_KEPT_S) is own
        assert len(fetched) == count


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("7", 7.0),
        ("Thu, 15 Jan 2026 18:00:30 GMT", 30.0),
        ("Thu, 15 Jan 2026 17:00:00 GMT", 0.0),
        ("99999999", LONGEST_S),
        ("Thu, 15 Jan 2026 18:00:30 -0000", None),  # a time of nowhere
        ("soon", None),
        ("", None),
    ],
)
def test_when_to_come_again_is_read_or_left(said: str, wait_s: float | None) -> None:
    settings = Settings(acs_endpoint="https://example.communication.azure.com")
    assert AcsClients(settings, PinnedClock(START))._wait_s(said) == wait_s
