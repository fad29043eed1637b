"""ContextPreservation on conversations written by hand: what is carried, what is asked again."""

from __future__ import annotations

import pytest

from evals.asked import in_words
from evals.metrics.context import ContextPreservation
from nodes.state import RUNG
from tests.evidence import JAMES, PEOPLE, Ran, Talk, faults, ran

pytestmark = pytest.mark.unit

BILL = {"balance": "204.53", "due": "2026-01-24"}
OUTAGE = {"id": "O-48213", "status": "repairing", "crew": "Crew 7"}


def found(talk: Talk) -> tuple[str, ...]:
    return faults(ContextPreservation, talk)


def handed_over() -> Talk:
    """The bill is known, then the usage agent gets the floor."""
    talk = Talk(agent="concierge", case={"carried": ["customer.account_number", "collected.bill"]})
    talk.turn("what do I owe", "You owe $204.53.")
    talk.collected["bill"] = {**BILL, "say": "You owe $204.53.", RUNG: 2}
    talk.turn("is that right?", "It is.")
    return talk


# --- carried: good ---------------------------------------------------------------------------


def test_facts_handed_over_whole_are_right() -> None:
    talk = handed_over()
    talk.turn(
        "and my usage?",
        "You used 585 kilowatt hours.",
        ran("handoff_usage_agent", by="concierge"),
        agents=["concierge", "usage"],
    )
    assert found(talk) == ()


def test_a_tool_may_change_what_it_found() -> None:
    talk = handed_over()
    talk.collected["bill"] = {"balance": "102.26", RUNG: 2}
    talk.turn(
        "yes",
        "I've paid $102.27.",
        ran("process_payment"),
        briefs=[{"collected": {"bill": {"balance": "102.26"}}}],
    )
    assert found(talk) == ()


def test_who_fell_a_rung_is_told_less() -> None:
    talk = handed_over()
    talk.rung = "recognised"
    talk.turn("hello again", "Hello Maria.")
    assert found(talk) == ()


def test_a_visitor_who_proves_to_be_maria_is_one_person() -> None:
    talk = Talk(rung="anonymous", who="anon-1", agent="concierge")
    talk.turn("hi", "Hello.")
    talk.who, talk.rung = "C-100001", "verified"
    talk.turn("account 4012345678, zip 97201", "Thank you, Maria.")
    talk.turn("my balance", "You owe $204.53.")
    assert found(talk) == ()


def test_what_a_case_carries_is_not_wanted_before_it_is_known() -> None:
    talk = Talk(agent="concierge", case={"carried": ["collected.outage.id", "handoff.reason"]})
    talk.turn("hello", "Hello.")
    talk.channel = "sms"
    talk.turn("my power is out", "There's an outage.")
    assert found(talk) == ()


# --- carried: bad ----------------------------------------------------------------------------


def test_everything_dropped_at_the_hand_off() -> None:
    talk = handed_over()
    talk.turn(
        "and my usage?",
        "Who am I speaking with?",
        ran("handoff_usage_agent", by="concierge"),
        agents=["concierge", "usage"],
        briefs=[{}, {"customer": {}, "collected": {}}],
    )
    wrong = found(talk)
    assert "turn 3: usage is not told the customer's account_number" in wrong
    assert "turn 3: usage is not told about bill" in wrong
    assert "turn 3: usage is not given customer.account_number" in wrong


def test_one_key_of_one_topic_dropped() -> None:
    talk = handed_over()
    talk.turn(
        "and my usage?",
        "You used 585.",
        ran("handoff_usage_agent", by="concierge"),
        agents=["concierge", "usage"],
        briefs=[{}, {"collected": {"bill": {"balance": "204.53"}}}],
    )
    assert found(talk) == ("turn 3: usage is not told bill.due",)


def test_one_fact_of_the_customer_dropped() -> None:
    talk = handed_over()
    known = dict(talk.turns[-1].calls[-1].brief["customer"])
    del known["service_address"]
    talk.turn("and?", "Yes.", briefs=[{"customer": known}])
    assert found(talk) == ("turn 3: concierge is not told the customer's service_address",)


def test_a_stale_value_is_not_what_the_thread_holds() -> None:
    talk = handed_over()
    talk.collected["bill"] = {"balance": "102.26", "due": "2026-01-24", RUNG: 2}
    talk.turn("yes", "Paid.", ran("process_payment"))
    talk.turn("what's left?", "You owe $204.53.", briefs=[{"collected": {"bill": BILL}}])
    assert "turn 4: concierge is told another bill.balance" in found(talk)


def test_the_account_of_who_spoke_before_on_this_number() -> None:
    talk = Talk()
    talk.turn("what do I owe", "You owe $204.53.")
    old = talk.turns[0].calls[0].brief["customer"]
    talk.who = JAMES
    talk.turn("this is James, account 4023456789", "Thank you.", briefs=[{"customer": old}])
    assert "turn 2: billing is told somebody else's account_number" in found(talk)


def test_a_case_says_what_has_to_arrive_after_a_switch() -> None:
    talk = Talk(agent="outage", rung="recognised", case={"carried": ["collected.outage.id"]})
    talk.collected["outage"] = {**OUTAGE, RUNG: 1}
    talk.turn("my power is out", "Crew 7 is on site.", ran("check_outage_status"))
    talk.channel = "sms"
    talk.turn("any news?", "No.", briefs=[{"collected": {"outage": {"status": "repairing"}}}])
    assert "turn 2: outage is not given collected.outage.id" in found(talk)


def waiting() -> Talk:
    talk = Talk()
    talk.pending = {"tool": "process_payment", "args": {"amount": "40.00"}, "read_back": "Pay?"}
    talk.turn("pay 40", "Shall I?", ran("process_payment", "confirm", args={"amount": "40.00"}))
    return talk


@pytest.mark.parametrize(
    ("said", "run", "after"),
    [
        ("yes", ran("process_payment", args={"amount": "40.00"}), ""),
        ("no, leave it", None, ""),
        ("what was that?", None, "2h"),
    ],
)
def test_what_waits_for_a_yes_ends_rightly(said: str, run: Ran | None, after: str) -> None:
    talk = waiting()
    talk.pending = None
    talk.turn(said, "All right.", *([run] if run else []), step={"after": after})
    assert found(talk) == ()


@pytest.mark.parametrize("said", ["yes", "when is it due?"])
def test_what_waits_for_a_yes_is_forgotten(said: str) -> None:
    talk = waiting()
    talk.pending = None
    talk.channel = "sms"
    talk.turn(said, "How can I help?")
    assert found(talk) == ("turn 2: forgot that process_payment waits for a yes",)


# --- asked again, by structure: good ---------------------------------------------------------


def test_proof_is_asked_for_once() -> None:
    talk = Talk(rung="recognised")
    talk.turn("what do I owe", "Your account number, please?", asked=("account_number", "proof"))
    talk.rung = "verified"
    talk.turn("4012345678, 97201", "You owe $204.53.")
    assert found(talk) == ()


def test_unusable_input_is_asked_for_again() -> None:
    talk = Talk(agent="service")
    talk.turn(
        "stop it on the thirty-second",
        "Which day would you like?",
        ran("stop_service", "ask_again", missing=("stop_date",), args={"stop_date": "the 32nd"}),
    )
    talk.turn(
        "the forty-first",
        "I need a day that exists. Which day would you like?",
        ran("stop_service", "ask_again", missing=("stop_date",), args={"stop_date": "the 41st"}),
    )
    assert found(talk) == ()


def test_a_new_request_asks_anew() -> None:
    talk = Talk()
    paid = {"amount": "40.00", "payment_method": "visa"}
    talk.pending = {"tool": "process_payment", "args": paid, "read_back": "Pay?"}
    talk.turn("pay 40 by visa", "Shall I?", ran("process_payment", "confirm", args=paid))
    talk.pending = None
    talk.turn("yes", "I've paid $40.00.", ran("process_payment", args=paid))
    missing = ran("process_payment", "ask_again", missing=("amount",))
    talk.turn("make another payment", "How much would you like to pay?", missing)
    assert found(talk) == ()


def test_who_refused_may_be_asked_how_much_instead() -> None:
    talk = Talk()
    args = {"amount": "40.00"}
    talk.pending = {"tool": "process_payment", "args": args, "read_back": "Pay?"}
    talk.turn("pay 40", "Shall I?", ran("process_payment", "confirm", args=args))
    talk.pending = None
    talk.turn("no", "All right.")
    missing = ran("process_payment", "ask_again", missing=("amount",))
    talk.turn("pay something else", "How much would you like to pay?", missing)
    assert found(talk) == ()


def test_proof_lapses_with_time() -> None:
    talk = Talk()
    talk.turn("what do I owe", "You owe $204.53.")
    talk.rung = "recognised"
    talk.turn(
        "and now?",
        "Please tell me your account number.",
        asked=("account_number", "proof"),
        step={"after": "2h"},
    )
    assert found(talk) == ()


def test_another_person_proves_themselves() -> None:
    talk = Talk()
    talk.turn("what do I owe", "You owe $204.53.")
    talk.who, talk.by, talk.rung = JAMES, "James", "recognised"
    talk.turn("and me?", "Your account number, please?", asked=("account_number", "proof"))
    assert found(talk) == ()


# --- asked again, by structure: bad ----------------------------------------------------------


def test_proof_asked_for_twice() -> None:
    talk = Talk()
    talk.turn("what do I owe", "You owe $204.53.")
    talk.channel = "voice"
    talk.turn("and when?", "Your account number, please?", asked=("account_number", "proof"))
    assert "turn 2: asked to prove who it is once more (proof)" in found(talk)


def test_an_amount_asked_for_after_it_was_given() -> None:
    talk = Talk()
    first = ran(
        "process_payment", "ask_again", missing=("payment_method",), args={"amount": "40.00"}
    )
    talk.turn("pay 40", "From which card?", first)
    again = ran(
        "process_payment", "ask_again", missing=("amount",), args={"payment_method": "visa"}
    )
    talk.turn("the visa", "And how much would you like to pay?", again)
    assert found(talk) == ("turn 2: asked for amount again",)


def test_a_day_asked_for_after_a_question_in_between() -> None:
    talk = Talk(agent="service")
    given = {"preferred_date": "2026-01-22"}
    talk.pending = {"tool": "schedule_meter_read", "args": given, "read_back": "Book?"}
    talk.turn(
        "read my meter on January 22", "Shall I?", ran("schedule_meter_read", "confirm", args=given)
    )
    talk.turn("does it cost anything?", "No.")
    talk.turn(
        "go on then",
        "Which day?",
        ran("schedule_meter_read", "ask_again", missing=("preferred_date",)),
    )
    assert "turn 3: asked for preferred_date again" in found(talk)


def test_never_asked_holds_for_the_tools_own_name_of_it() -> None:
    talk = Talk(agent="outage", rung="recognised", case={"never_asked": ["address"]})
    talk.turn(
        "my power is out",
        "Which address is it?",
        ran("check_outage_status", "ask_again", missing=("service_address",)),
    )
    assert found(talk) == ("turn 1: asked for service_address, which it may not",)


def test_a_stranger_in_an_emergency_may_not_be_asked_at_all() -> None:
    talk = Talk(who="anon-1", by="", rung="anonymous", case={"never_asked": ["proof"]})
    talk.turn("I smell gas", "Please leave. What's your date of birth?", asked=("proof",))
    assert found(talk) == ("turn 1: asked for proof, which it may not",)


# --- asked again, in words -------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        "Sure, and which account is this for?",
        "Could you confirm your account for me?",
        "What was the account number again?",
        "Please give me your customer number first.",
        "¿Y de qué cuenta hablamos?",
        "¿Me repite su número de cuenta, por favor?",
        "Necesito que me indique la cuenta.",
        "¿Cuál es su fecha de nacimiento?",
        "And when were you born?",
        "What's your full name?",
        "Who am I speaking with?",
        "¿Con quién hablo?",
        "Can you tell me your service address?",
        "¿Me confirma su dirección?",
    ],
)
def test_a_model_asks_in_its_own_words_for_what_it_was_told(reply: str) -> None:
    talk = Talk()
    talk.turn("my bill please", reply)
    assert len(found(talk)) == 1


@pytest.mark.parametrize(
    "reply",
    [
        "How much would you like to pay?",
        "What was the amount again?",
        "¿Cuánto desea pagar?",
        "Con gusto. ¿Qué cantidad?",
    ],
)
def test_a_model_asks_in_its_own_words_for_an_amount_that_waits(reply: str) -> None:
    talk = Talk()
    talk.pending = {"tool": "process_payment", "args": {"amount": "40.00"}, "read_back": "Pay?"}
    talk.turn("is that the visa?", reply)
    assert found(talk) == ("turn 1: asked in words for amount, which is known",)


@pytest.mark.parametrize(
    "reply",
    [
        "Which account should I pay from, checking or savings?",
        "Your account ending in 5678 is on the Residential Flat plan.",
        "What's the new address you're moving to?",
        "Is that the card with the last four digits 4242?",
        "Please tell me the street, the city and the ZIP code of the place.",
        "¿De qué cuenta bancaria, la corriente o la de ahorros?",
        "Shall I go ahead?",
        "Is there anything else you need?",
        "Once you're safe, please call us.",
    ],
)
def test_what_only_sounds_like_a_re_ask_is_none(reply: str) -> None:
    talk = Talk()
    talk.turn("go on", reply)
    assert found(talk) == ()


def test_words_name_the_slot_once_a_sentence() -> None:
    assert list(in_words("Please tell me your account number and the ZIP code on file.")) == [
        "account_number",
        "proof",
    ]
    assert list(in_words("Your account number is 4012345678.")) == []


def test_the_score_is_the_share_that_was_right() -> None:
    talk = handed_over()
    talk.turn("and?", "Which account is this for?")
    metric = ContextPreservation().judge(talk.evidence())
    assert len(metric.faults) == 1
    assert metric.looked_at > 4
    assert metric.score == 1 - 1 / metric.looked_at


def test_the_people_of_these_tests_are_two() -> None:
    assert len({facts["account"] for facts in PEOPLE.values()}) == 2
