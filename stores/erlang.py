"""How long one who joins a line now will wait for a human agent."""

from __future__ import annotations

from contracts.messages import Channel
from contracts.ports import QueueState

LONGEST_S = 4 * 3600.0  # what "nobody is staffed" counts as; no estimate is longer
DEFAULT_HANDLE_S = 300.0  # of a channel nobody described


def blocking(load: float, agents: int) -> float:
    """Erlang B: the share of calls that find all agents busy, were there no line.

    `load` is in erlangs (arrivals x handling time). By its recursion, which neither overflows
    nor cancels.
    """
    share = 1.0
    for n in range(1, agents + 1):
        share = load * share / (n + load * share)
    return share


def waiting_probability(load: float, agents: int) -> float:
    """Erlang C: the probability that a caller has to wait; 1 when the line can only grow."""
    if load >= agents:
        return 1.0
    share = blocking(load, agents)
    return share / (1 - load / agents * (1 - share))


def mean_wait_s(load: float, agents: int, handle_s: float) -> float:
    """Mean time in line in the steady state, in seconds; infinite when the line can only grow."""
    if load >= agents:
        return float("inf")
    return waiting_probability(load, agents) * handle_s / (agents - load)


def estimated_wait_s(
    *, depth: int, arrivals_per_hour: float, agents: int, handle_s: float
) -> float:
    """Seconds that one who joins now waits; always finite.

    A line proves that all agents are busy: they free up every handle_s/agents seconds, and all
    who are ahead go first. With no line the steady state of Erlang C answers; where there is
    none (more work than agents), the joiner is the first of a line.
    """
    if agents <= 0:
        return LONGEST_S
    load = arrivals_per_hour / 3600 * handle_s
    if depth > 0 or load >= agents:
        return min((depth + 1) * handle_s / agents, LONGEST_S)
    return min(mean_wait_s(load, agents, handle_s), LONGEST_S)


def queue_state(
    channel: Channel, *, depth: int, arrivals_per_hour: float, agents: int, handle_s: float
) -> QueueState:
    """A line with its estimated wait."""
    return QueueState(
        channel=channel,
        depth=depth,
        arrivals_per_hour=arrivals_per_hour,
        agents=agents,
        handle_s=handle_s,
        wait_s=estimated_wait_s(
            depth=depth, arrivals_per_hour=arrivals_per_hour, agents=agents, handle_s=handle_s
        ),
    )
