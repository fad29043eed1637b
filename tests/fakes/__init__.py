"""In-memory ports for unit tests of the tools. Real stores are for the conformance suites."""

from __future__ import annotations

from tests.fakes.world import World, make_world, scenario_of

__all__ = ["World", "make_world", "scenario_of"]
