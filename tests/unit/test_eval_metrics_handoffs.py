"""HandoffSuccess and SwitchLatency on conversations written by hand."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from evals.metrics.handoffs import HandoffSuccess, SwitchLatency
from tests.evidence import Talk, faults, ran

pytestmark = pytest.mark.unit

BEFORE = "I have been so worried about my bill this month"
NOTE = HumanMessage("Hand-off from concierge: an outage", id="handoff:1")


def found(talk: Talk) -> tuple[str, ...]:
    return faults(HandoffSuccess, talk)


def to_outage(**turn: object) -> Talk:
    """A worried word to the concierge, then an outage."""
    talk = Talk(agent="concierge")
    talk.turn(BEFORE, "I understand; let's look at it together.")
    given = {"shown": [NOTE], "agents": ["concierge", "outage"], **turn}
    talk.turn(
        "hold on, the power went out",
        "Crew 7 is on site.",
        ran("handoff_outage_agent", by="concierge"),
        ran("check_outage_status", by="outage"),
        **given,  # type: ignore[arg-type]
    )
    return talk


# --- good ------------------------------------------------------------------------------------


def test_a_hand_off_that_arrives_and_shows_nothing_before_it() -> None:
    talk = to_outage()
    talk.turn("any news?", "Not yet.", shown=[NOTE, HumanMessage("any news?", id="said-3")])
    assert found(talk) == ()


def test_an_announced_agent_may_see_all() -> None:
    talk = Talk(agent="concierge")
    talk.turn(BEFORE, "I understand.")
    talk.turn(
        "pay it",
        "How much?",
        ran("handoff_billing_agent", by="concierge"),
        agents=["concierge", "billing"],
        expect={"agent": "billing"},
    )
    assert found(talk) == ()


def test_there_and_back_with_work_done_is_no_ping_pong() -> None:
    talk = Talk(agent="usage")
    talk.turn(
        "what do I owe, and how much did I use?",
        "You owe $204.53 and used 585 kilowatt hours.",
        ran("handoff_billing_agent", by="usage"),
        ran("get_current_bill", by="billing"),
        ran("handoff_usage_agent", by="billing"),
        ran("get_usage_history", by="usage"),
        agents=["usage", "billing", "usage"],
    )
    assert found(talk) == ()


def test_a_discrete_agent_sees_what_was_said_to_it() -> None:
    talk = Talk(agent="outage", rung="recognised")
    talk.turn("my power has gone out again", "I'm sorry. Crew 7 is on site.")
    talk.turn("is the power back on by tonight?", "It should be.")
    talk.turn("is the power back on by tonight?", "It should be.")
    assert found(talk) == ()


def test_the_graph_itself_may_give_the_floor() -> None:
    talk = Talk(agent="outage", rung="anonymous", who="anon-1")
    talk.turn(
        "I smell gas in the kitchen", "Please leave now.", ran("report_gas_leak"), agents=[""]
    )
    talk.turn("we are all outside now", "Good. Stay there.")
    assert found(talk) == ()


# --- bad -------------------------------------------------------------------------------------


def test_another_agent_speaks() -> None:
    talk = Talk(agent="service")
    talk.turn("what do I owe", "I move houses.", expect={"agent": "billing"})
    assert found(talk) == ("turn 1: service speaks, not billing",)


def test_the_target_never_speaks() -> None:
    talk = Talk(agent="concierge")
    talk.turn(
        "pay my bill",
        "Hello, service here.",
        ran("handoff_billing_agent", by="concierge"),
        agents=["concierge", "service"],
    )
    assert found(talk) == ("turn 1: billing was handed the floor and said nothing",)


def test_ping_pong() -> None:
    talk = Talk(agent="concierge")
    talk.turn(
        "pay my bill",
        "How can I help?",
        ran("handoff_billing_agent", by="concierge"),
        ran("handoff_concierge", by="billing"),
        agents=["concierge", "billing", "concierge"],
    )
    assert found(talk) == ("turn 1: handed round: concierge -> billing -> concierge",)


def test_round_and_round() -> None:
    talk = Talk(agent="concierge")
    talk.turn(
        "pay my bill",
        "How can I help?",
        ran("handoff_billing_agent", by="concierge"),
        ran("get_current_bill", by="billing"),
        ran("handoff_service_agent", by="billing"),
        ran("handoff_billing_agent", by="service"),
        agents=["concierge", "billing", "service", "billing"],
    )
    assert "handed round" in found(talk)[0]


def test_a_hand_off_that_broke() -> None:
    talk = Talk(agent="concierge")
    talk.turn("pay", "Sorry.", ran("handoff_billing_agent", "failed", by="concierge"))
    assert found(talk) == ("turn 1: handoff_billing_agent failed",)


def leaks() -> dict[str, dict[str, object]]:
    return {
        "messages with their ids": {
            "shown": [HumanMessage(BEFORE, id="said-1"), AIMessage("I see.", id="replied-1"), NOTE]
        },
        "copies under new ids": {"shown": [HumanMessage(BEFORE, id="new"), NOTE]},
        "quoted within another": {"shown": [NOTE, AIMessage(f"They said: {BEFORE}", id="x")]},
        "without any id": {"shown": [HumanMessage(BEFORE)]},
        "in the summary": {"briefs": [{}, {"summary": "Worried about a bill."}]},
        "elsewhere in the brief": {"briefs": [{}, {"offer": {"reason": BEFORE}}]},
    }


@pytest.mark.parametrize("way", leaks())
def test_a_discrete_agent_that_sees_what_was_said_before(way: str) -> None:
    talk = to_outage(**leaks()[way])
    assert found(talk) == ("turn 2: outage was shown what was said before",)


def test_an_agent_that_comes_back_sees_nothing_of_the_time_between() -> None:
    talk = to_outage()
    talk.agent = "billing"
    talk.turn("and my bill, is it paid already?", "It is.", agents=["billing"])
    talk.turn(
        "the power is still out you know",
        "I know.",
        agents=["outage"],
        shown=[HumanMessage("and my bill, is it paid already?", id="said-3"), NOTE],
    )
    assert found(talk) == ("turn 4: outage was shown what was said before",)


# --- the time of a switch --------------------------------------------------------------------


def switched(*times: float) -> Talk:
    talk = Talk()
    talk.turn("hello there", "Hello.", ms=5000)
    for at, ms in enumerate(times):
        talk.channel = ("voice", "sms")[at % 2]
        talk.turn("and now?", "Still here.", ms=ms)
    return talk


@pytest.mark.parametrize("times", [(), (10.0,), (999.9, 0.1), (500.0, 600.0, 700.0)])
def test_quick_switches(times: tuple[float, ...]) -> None:
    assert faults(SwitchLatency, switched(*times)) == ()


def test_a_slow_turn_that_is_no_switch() -> None:
    talk = switched(10)
    talk.turn("and now?", "Still here.", ms=4000)
    assert faults(SwitchLatency, talk) == ()


@pytest.mark.parametrize(("times", "slow"), [((1000.0,), 1), ((10.0, 1500.0), 1), ((2e3, 3e3), 2)])
def test_slow_switches(times: tuple[float, ...], slow: int) -> None:
    assert len(faults(SwitchLatency, switched(*times))) == slow


def test_the_score_of_slow_switches() -> None:
    assert SwitchLatency().judge(switched(10, 2000).evidence()).score == 0.5
    assert SwitchLatency().judge(Talk().evidence()).score == 1.0
