"""Whether the agents are sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from channels.numbers.problem import MAX_NAME, MAX_TEXT, Problem, bad_id, bad_text, shown
from contracts.records import AgentEntry, Configuration
from contracts.scenario import Scenario

FOUNDRY_HOST = ".services.ai.azure.com"
MAX_TAGS = 20
MAX_TAG = 40
MAX_ENDPOINT = 500
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ASSISTANT = re.compile(r"asst_[A-Za-z0-9_-]+")


def problems(configuration: Configuration, scenario: Scenario) -> Iterator[Problem]:
    for agent in configuration.agents:
        yield from bad_id("agent", agent.agent_id)
        yield from _texts(agent)
        yield from _served(agent, scenario)


def is_foundry(agent: AgentEntry) -> bool:
    """Whether Azure AI Foundry serves it, by where it is or how it is called."""
    host = _host(agent.endpoint)
    return host.endswith(FOUNDRY_HOST) or agent.agent_id.lower().startswith("asst")


def _texts(agent: AgentEntry) -> Iterator[Problem]:
    named = agent.agent_id
    yield from bad_text("agent", named, "name", agent.name, most=MAX_NAME, needed=True)
    flat = " ".join(agent.description.split())
    yield from bad_text("agent", named, "description", flat, most=MAX_TEXT)
    for tag in agent.tags[:MAX_TAGS]:
        yield from bad_text("agent", named, "tags", tag, most=MAX_TAG, needed=True)
    if len(agent.tags) > MAX_TAGS:
        yield _wrong(
            agent, "tags", f"The agent {shown(named)} has too many tags: {MAX_TAGS} at most."
        )


def _served(agent: AgentEntry, scenario: Scenario) -> Iterator[Problem]:
    """Each is one of our own, or somewhere else; never both."""
    named = shown(agent.agent_id)
    if bool(agent.own) == bool(agent.endpoint):
        both = "has both" if agent.own else "has neither"
        yield _wrong(
            agent,
            "own",
            f"The agent {named} {both} an agent of the scenario and an endpoint: give exactly one.",
        )
        return
    if agent.own and agent.own not in scenario.agents:
        known = ", ".join(sorted(scenario.agents))
        yield _wrong(
            agent,
            "own",
            f'The scenario has no agent "{shown(agent.own)}": use one of {known}, or give an '
            "endpoint instead.",
        )
    if agent.endpoint:
        yield from _endpoint(agent)
    yield from _foundry(agent)


def _endpoint(agent: AgentEntry) -> Iterator[Problem]:
    named, host = shown(agent.agent_id), _host(agent.endpoint)
    parts = _split(agent.endpoint)
    if len(agent.endpoint) > MAX_ENDPOINT or not agent.endpoint.isprintable():
        yield _wrong(
            agent,
            "endpoint",
            f"The endpoint of the agent {named} is no address: one line of up to {MAX_ENDPOINT} "
            "characters.",
        )
    elif host in _LOOPBACK and parts == "http":
        yield Problem(
            kind="agent",
            id=agent.agent_id,
            field="endpoint",
            message=(
                f"The endpoint of the agent {named} is this machine, without encryption: good for "
                "trying it out; give an https:// address before customers are served."
            ),
            severity="warning",
        )
    elif parts != "https" or not host or "@" in agent.endpoint:
        yield _wrong(
            agent,
            "endpoint",
            f"The endpoint of the agent {named} has to be an address that begins with https:// "
            "and holds no user name or password.",
        )


def _foundry(agent: AgentEntry) -> Iterator[Problem]:
    named = shown(agent.agent_id)
    if not is_foundry(agent):
        return
    if not _ASSISTANT.fullmatch(agent.agent_id):
        yield _wrong(
            agent,
            "agent_id",
            f'"{named}" is no id of an agent of Azure AI Foundry: these begin with asst_; copy it '
            "from the agent's page there.",
        )
    elif agent.own:
        yield _wrong(
            agent,
            "agent_id",
            f"The id {named} is one of Azure AI Foundry: give the endpoint of its project, or "
            "another id to an agent of ours.",
        )


def _wrong(agent: AgentEntry, field: str, message: str) -> Problem:
    return Problem(kind="agent", id=agent.agent_id, field=field, message=message)


def _split(address: str) -> str:
    try:
        return urlsplit(address).scheme
    except ValueError:  # half an IPv6 address
        return ""


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
