"""ToolCorrectness, PolicyAdherence and PromisesKept, on what was done."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.messages import Channel, Handoff
from evals.metrics.policy import PolicyAdherence
from evals.metrics.promises import PromisesKept
from evals.metrics.tools import ToolCorrectness
from tests.evidence import Talk, faults, ran, sent

pytestmark = pytest.mark.unit

PAY = {"amount": "102.27", "payment_method": "card-4242"}
ASKED = "I'll pay $102.27 from your Visa ending in 4242. Shall I go ahead?"


# --- ToolCorrectness -------------------------------------------------------------------------


def once(*runs: Any, expect: dict[str, Any], pending: dict[str, Any] | None = None) -> Talk:
    talk = Talk(pending=pending)
    talk.turn("please", "Done.", *runs, expect=expect)
    return talk


PAID = ran("process_payment", args=PAY)


@pytest.mark.parametrize(
    ("runs", "expect"),
    [
        ((), {}),
        ((ran("handoff_billing_agent"), PAID), {"tools": ["process_payment"]}),
        ((ran("get_current_bill"), PAID), {"tools": ["get_current_bill", "process_payment"]}),
        ((PAID,), {"any_of": ["setup_autopay", "process_payment"]}),
        ((PAID,), {"args": {"process_payment": {"amount": 102.27}}}),
        ((PAID,), {"args": {"process_payment": {"amount": "$102.270"}}}),
        (
            (ran("process_payment", args={"amount": "204.53"}),),
            {"args": {"process_payment": {"amount": "{balance}"}}},
        ),
        (
            (ran("add_authorized_user", args={"name": "Ana  DÍAZ"}),),
            {"args": {"add_authorized_user": {"name": "ana díaz"}}},
        ),
        (
            (ran("start_new_service", args={"service_types": ["electric", "gas"]}),),
            {"args": {"start_new_service": {"service_types": ["electric", "gas"]}}},
        ),
        ((ran("get_current_bill", "failed"),), {"status": {"get_current_bill": "failed"}}),
        ((ran("get_current_bill"), ran("get_current_bill", args={"account_number": "2"})), {}),
        ((), {"not_tools": ["process_payment"], "pending": "", "offer": ""}),
    ],
)
def test_tools_as_they_should_be(runs: tuple[Any, ...], expect: dict[str, Any]) -> None:
    assert faults(ToolCorrectness, once(*runs, expect=expect)) == ()


@pytest.mark.parametrize(
    ("runs", "expect", "fault"),
    [
        ((), {"tools": ["process_payment"]}, "ran none, not process_payment"),
        (
            (PAID, ran("get_current_bill")),
            {"tools": ["get_current_bill", "process_payment"]},
            "not get_current_bill, process_payment",
        ),
        ((PAID,), {"any_of": ["setup_autopay"]}, "none of setup_autopay"),
        ((PAID,), {"not_tools": ["process_payment"]}, "ran process_payment"),
        ((PAID,), {"status": {"process_payment": "confirm"}}, "was done, not confirm"),
        ((), {"status": {"process_payment": "done"}}, "was not run, not done"),
        ((PAID,), {"args": {"process_payment": {"amount": "102.26"}}}, "'102.26'"),
        ((PAID,), {"args": {"process_payment": {"amount": "{balance}"}}}, "'204.53'"),
        (
            (ran("get_bill_history", args={"months": True}),),
            {"args": {"get_bill_history": {"months": 1}}},
            "True",
        ),
        (
            (ran("start_new_service", args={"service_types": ["gas"]}),),
            {"args": {"start_new_service": {"service_types": ["gas", "electric"]}}},
            "['gas']",
        ),
        ((), {"args": {"process_payment": {"amount": "1"}}}, "amount=None"),
        ((), {"pending": "process_payment"}, "pending is -, not process_payment"),
        ((), {"offer": "whatsapp"}, "offered is -, not whatsapp"),
        ((ran("get_current_bill", "failed"),), {}, "get_current_bill failed"),
        ((PAID, PAID), {}, "done 2 times over"),
    ],
)
def test_tools_as_they_should_not_be(
    runs: tuple[Any, ...], expect: dict[str, Any], fault: str
) -> None:
    [found] = faults(ToolCorrectness, once(*runs, expect=expect))
    assert found.startswith("turn 1: ")
    assert fault in found


def test_a_conversation_that_broke_off_is_at_fault() -> None:
    evidence = Talk().evidence(error="turn 1: LookupError: there is no button 'yes'")
    assert faults(ToolCorrectness, evidence) == ("turn 1: LookupError: there is no button 'yes'",)


# --- PolicyAdherence -------------------------------------------------------------------------


def read_back(args: dict[str, Any] | None = None) -> Talk:
    """A payment is read back and waits."""
    talk = Talk()
    given = args or PAY
    talk.pending = {"tool": "process_payment", "args": given, "read_back": ASKED}
    confirm = ran("process_payment", "confirm", args=given, by="billing")
    talk.turn("pay half by visa", ASKED, confirm)
    return talk


def test_a_yes_to_just_this() -> None:
    talk = read_back()
    talk.pending = None
    talk.turn("yes please", "I've paid $102.27.", PAID)
    assert faults(PolicyAdherence, talk) == ()


def test_a_button_is_a_yes() -> None:
    talk = read_back()
    talk.pending = None
    talk.turn("", "I've paid $102.27.", PAID, step={"presses": "yes"})
    assert faults(PolicyAdherence, talk) == ()


def test_other_talk_then_a_new_read_back_then_a_yes() -> None:
    talk = read_back()
    talk.turn("when is it due?", "On January 24. " + ASKED)
    talk.turn("ok", ASKED, ran("process_payment", "confirm", args=PAY))
    talk.pending = None
    talk.turn("yes", "I've paid.", PAID)
    assert faults(PolicyAdherence, talk) == ()


def test_a_yes_may_wait_for_a_check() -> None:
    talk = read_back()
    talk.pending, talk.verification = None, {"rung": 3, "code_sent_to": "the phone"}
    talk.turn("yes", "I've sent a six-digit code.")
    talk.verification, talk.rung = None, "stepped up"
    talk.turn("123456", "I've paid $102.27.", PAID, masked="[verification detail]")
    assert faults(PolicyAdherence, talk) == ()


def test_an_emergency_needs_nobody() -> None:
    words = "Please leave now. From a safe place, call 911."
    talk = Talk(rung="anonymous", who="anon-1")
    talk.turn("I smell gas", words, ran("report_gas_leak", say=words), agents=[""])
    talk.turn("still smells", "Where is it?", ran("report_gas_leak", "ask_again"), agents=[""])
    assert faults(PolicyAdherence, talk) == ()


def bad_deeds() -> dict[str, tuple[Talk, str]]:
    found: dict[str, tuple[Talk, str]] = {}

    talk = Talk()
    talk.turn("pay half", "I've paid.", PAID)
    found["without any read-back"] = talk, "without a yes"

    talk = Talk()
    confirm = ran("process_payment", "confirm", args=PAY)
    talk.turn("pay half, yes, do it", "I've paid.", confirm, PAID)
    found["in the turn of the read-back"] = talk, "without a yes"

    talk = read_back()
    talk.pending = None
    talk.turn("yes", "I've paid.", ran("process_payment", args={**PAY, "amount": "204.53"}))
    found["another amount than read back"] = talk, "without a yes"

    talk = read_back()
    talk.pending = None
    talk.turn("no, leave it", "I've paid.", PAID)
    found["after a no"] = talk, "without a yes"

    talk = read_back()
    talk.pending = None
    talk.turn("hmm, when is it due?", "I've paid.", PAID)
    found["after a question"] = talk, "without a yes"

    talk = read_back()
    talk.pending = None
    talk.turn("no", "All right.")
    talk.turn("yes", "I've paid.", PAID)
    found["a yes after it was refused"] = talk, "without a yes"

    talk = read_back()
    talk.pending = None
    talk.turn("yes", "I've paid.", PAID, PAID)
    found["twice for one yes"] = talk, "without a yes"

    talk = read_back()
    talk.who = "C-100002"
    talk.pending = None
    talk.turn("yes", "I've paid.", PAID)
    found["somebody else's yes"] = talk, "without a yes"

    talk = Talk(rung="recognised")
    talk.turn("my bill", "You owe $204.53.", ran("get_current_bill"))
    found["on too low a rung"] = talk, "ran for somebody who is recognised"

    talk = Talk(agent="usage")
    talk.turn("my bill", "You owe $204.53.", ran("get_bill_breakdown", by="usage"))
    found["by an agent it is not granted to"] = talk, "get_bill_breakdown is not for usage"

    talk = Talk()
    talk.turn("my bill", "Here.", ran("read_minds"))
    found["a tool there is not"] = talk, "there is no tool read_minds"

    talk = Talk(rung="anonymous", who="anon-1")
    talk.turn("gas!", "Who are you?", ran("report_gas_leak", "cannot"), agents=[""])
    found["an emergency held up"] = talk, "was held up (cannot)"

    talk = Talk(rung="anonymous", who="anon-1")
    alarm = ran("report_gas_leak", say="Please leave now.")
    talk.turn("gas!", "Please leave now.", alarm, asked=("proof",), agents=[""])
    found["an emergency that asks who it is"] = talk, "asked who it is before an emergency"

    talk = Talk(rung="anonymous", who="anon-1")
    talk.turn("gas!", "We'll have a look at it soon.", alarm, agents=[""])
    found["an emergency's words softened"] = talk, "the safety words were changed"
    return found


@pytest.mark.parametrize("way", bad_deeds())
def test_deeds_against_the_policy(way: str) -> None:
    talk, fault = bad_deeds()[way]
    [found] = faults(PolicyAdherence, talk)
    assert fault in found


# --- PromisesKept ----------------------------------------------------------------------------

CODE_SENT = "To keep your account safe I've sent a six-digit code to the phone ending in 0101."
CHECK = {"rung": 3, "code_sent_to": "the phone ending in 0101"}
MOVE = Handoff(to=Channel.WHATSAPP, message="About the outage")


def kept_promises() -> dict[str, Talk]:
    found = {}
    talk = Talk(verification=CHECK)
    talk.turn("change my phone", CODE_SENT, out=(sent("Your one-time code is 123456."),))
    talk.turn("what code?", "The one on your phone.")
    found["a code, and its reminder"] = talk

    talk = Talk()
    talk.turn(
        "yes please",
        "I've sent a message to the phone ending in 0101.",
        parts=(MOVE,),
        out=(sent("Hi"),),
    )
    found["a move"] = talk

    talk = Talk()
    talk.turn("pay", "I've paid $40.00.", PAID)
    talk.turn("did it go through?", "Yes, I've paid $40.00 today.")
    found["a deed, told twice"] = talk

    talk = Talk(language="es")
    talk.turn("pague", "Ya pagué los $40.00.", PAID)
    found["a deed in Spanish"] = talk

    talk = Talk()
    talk.turn("hm", "We've sent a crew. I can send you a message when it changes.")
    found["a crew, and an offer"] = talk
    return found


@pytest.mark.parametrize("way", kept_promises())
def test_promises_that_are_kept(way: str) -> None:
    assert faults(PromisesKept, kept_promises()[way]) == ()


def broken_promises() -> dict[str, tuple[Talk, str]]:
    found = {}
    talk = Talk(verification=CHECK)
    talk.turn("change my phone", "Please tell me the code; it's good for five minutes.")
    found["a code that never went out"] = talk, "no code went out"

    talk = Talk(verification=CHECK)
    talk.turn("change my phone", "Please tell me the code.", out=(sent("Hello there."),))
    found["a message without the code"] = talk, "no code went out"

    talk = Talk()
    talk.turn("yes please", "We'll go on there.", parts=(MOVE,))
    found["a move that nobody hears of"] = talk, "nothing was sent to whatsapp"

    talk = Talk()
    talk.turn("details?", "I've just sent you a text message with them.")
    found["a message of a model's fancy"] = talk, "nothing went out"

    talk = Talk(language="es")
    talk.turn("¿detalles?", "Le he enviado un mensaje con todo.")
    found["the same in Spanish"] = talk, "nothing went out"

    talk = Talk()
    talk.turn("pay 40", "I've paid $40.00 for you.", ran("get_current_bill"))
    found["a payment that only read"] = talk, "nothing was done"

    talk = Talk(language="es")
    talk.turn(
        "una cita", "He programado una cita para usted.", ran("schedule_appointment", "confirm")
    )
    found["an appointment not agreed to yet"] = talk, "nothing was done"
    return found


@pytest.mark.parametrize("way", broken_promises())
def test_promises_that_are_broken(way: str) -> None:
    talk, fault = broken_promises()[way]
    [found] = faults(PromisesKept, talk)
    assert fault in found
