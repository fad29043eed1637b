"""The shared six: the account, a person, the lines, and moving to another channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.identity import Rung
from contracts.messages import Channel
from contracts.ports import QueueState
from contracts.records import Contact
from contracts.tooling import AskAgain, Call, Cannot, Done, MoveTo, Offered, PutThrough, Result
from tests.fakes import World, make_world
from tests.samples import MARIA, OTHER_ACCOUNT, PHONE
from tools import load_tools

pytestmark = pytest.mark.unit

TOOLBOX = load_tools()


@pytest.fixture
def world() -> World:
    made = make_world()
    made.queues.lines = {
        Channel.VOICE: QueueState(Channel.VOICE, 60, 300.0, 4, 300.0, 1500.0),
        Channel.WHATSAPP: QueueState(Channel.WHATSAPP, 1, 10.0, 2, 120.0, 70.0),
    }
    return made


async def run(name: str, call: Call, **raw: Any) -> Result:
    spec = TOOLBOX.by_name[name]
    args = TOOLBOX.parse(spec, raw)
    return args if isinstance(args, AskAgain) else await TOOLBOX.run(spec, call, args)


def on_phone(world: World, **changes: Any) -> Call:
    return world.call(**{"channel": Channel.VOICE, "rung": Rung.RECOGNISED, **changes})


# --- the account ------------------------------------------------------------------------------


async def test_account_info_masks_contacts(world: World) -> None:
    result = await run("get_account_info", world.call())
    assert isinstance(result, Done)
    assert result.say == (
        "Your account ending in 2345 is at 418 Alder Street, Cedar Falls, OR 97201, "
        "on the Residential Basic plan. Autopay is off."
    )
    assert [c["contact"] for c in result.data["contacts"]] == [
        "the phone ending in 0101",
        "the phone ending in 0177",
        "the e-mail address m…@example.com",
    ]
    for secret in (PHONE, "4821", "1985", "maria@example.com", MARIA.account_number):
        assert secret not in str(result)


async def test_account_info_of_another_is_refused(world: World) -> None:
    answer = await run("get_account_info", world.call(), account_number=OTHER_ACCOUNT)
    assert isinstance(answer, Cannot)
    assert answer.reason == "other_account"


# --- a person ---------------------------------------------------------------------------------


async def test_escalation_opens_a_case_and_joins_the_line(world: World) -> None:
    call = world.call(facts={"bill": {"balance": "142.37"}})
    result = await run("escalate_human", call, reason="wants a person", priority="urgent!")
    assert isinstance(result, Done)
    assert result.say == (
        "I've asked one of our people to take over, and they'll see everything we've covered. "
        "You're number 1 in line, and the wait is about 1 minute."
    )
    case = world.cases.kept["key-1"]
    assert (case.priority, case.summary) == ("high", "Maria asked about her outage.")
    assert case.details["facts"] == {"bill": {"balance": "142.37"}}
    waiting = world.queues.joined[0]
    assert (waiting.id, waiting.channel, waiting.priority) == (case.case_id, Channel.WHATSAPP, 1)
    assert result.facts["escalation"]["case"] == case.case_id


async def test_asking_for_a_person_again_keeps_the_place(world: World) -> None:
    first = await run("escalate_human", world.call())
    replayed = await run("escalate_human", world.call())
    again = await run("escalate_human", world.call(key="key-2"))
    assert first == replayed == again
    assert len(world.cases.kept) == len(world.queues.joined) == 1


async def test_the_place_moves_along_to_another_channel(world: World) -> None:
    await run("escalate_human", on_phone(world))
    await run("escalate_human", world.call(key="key-2"))
    case = world.cases.kept["key-1"]
    assert world.queues.left == [(Channel.VOICE, case.case_id)]


async def test_an_escalation_of_long_ago_is_not_the_place_in_line(world: World) -> None:
    await run("escalate_human", world.call())
    world.clock.advance(timedelta(days=1))
    await run("escalate_human", world.call(key="key-2"))
    assert len(world.cases.kept) == 2


async def test_without_the_line_the_case_still_stands(world: World) -> None:
    world.queues.down = True
    result = await run("escalate_human", world.stranger())
    assert isinstance(result, Done)
    assert "number" not in result.say
    assert len(world.cases.kept) == 1


async def test_without_records_nothing_is_claimed(world: World) -> None:
    world.cases.down = True
    answer = await run("escalate_human", world.call())
    assert isinstance(answer, Cannot)
    assert "nothing was changed" in answer.say
    assert world.queues.joined == []


def answered_by_people(world: World) -> None:
    """Somebody takes calls, and the phone line is short."""
    services = world.services
    voice = services.scenario.voice.model_copy(update={"agents": "+15035550140"})
    scenario = services.scenario.model_copy(update={"voice": voice})
    world.services = replace(services, scenario=scenario)
    world.queues.lines[Channel.VOICE] = QueueState(Channel.VOICE, 1, 20.0, 4, 300.0, 1.0)


async def test_a_call_is_put_through_with_a_summary_for_the_person(world: World) -> None:
    answered_by_people(world)
    told = "Your January bill is $204.53. Still open: Which charge do you mean?"
    call = on_phone(world, rung=Rung.VERIFIED, settled=told)
    result = await run("escalate_human", call, reason="disputes the late fee.")
    assert isinstance(result, PutThrough)
    case = world.cases.kept["key-1"]
    assert result.say == "I'm putting you through to a colleague now. Please stay on the line."
    assert result.summary == (
        "The caller is Maria Alvarez, verified. It is about: disputes the late fee. "
        f"The case is {' '.join(case.case_id)}. {told}"
    )
    assert case.summary == "Maria asked about her outage."  # of the whole conversation
    assert world.queues.joined == []
    for secret in (PHONE, "4821", "1985", MARIA.account_number):
        assert secret not in str(result)


@pytest.mark.parametrize(
    ("rung", "who"),
    [
        (Rung.ANONYMOUS, "We don't know who is calling."),
        (Rung.RECOGNISED, "The caller is Maria Alvarez, by the number; not verified."),
        (Rung.STEPPED_UP, "The caller is Maria Alvarez, verified by a code."),
    ],
)
async def test_the_person_is_told_how_sure_it_is_who_calls(
    world: World, rung: Rung, who: str
) -> None:
    answered_by_people(world)
    result = await run("escalate_human", on_phone(world, rung=rung))
    assert isinstance(result, PutThrough)
    assert result.summary.startswith(who)


async def test_a_place_in_line_is_given_up_for_a_person(world: World) -> None:
    await run("escalate_human", on_phone(world))
    answered_by_people(world)
    result = await run("escalate_human", on_phone(world, key="key-2"))
    assert isinstance(result, PutThrough)
    case = world.cases.kept["key-1"]
    assert world.queues.left == [(Channel.VOICE, case.case_id)]
    assert len(world.cases.kept) == 1


async def test_a_call_waits_in_line_where_it_can_not_be_put_through(world: World) -> None:
    answered_by_people(world)
    raised = {"emergency": {"kind": "gas leak", "at": world.clock.now().isoformat()}}
    assert isinstance(await run("escalate_human", on_phone(world, facts=raised)), Done)
    assert isinstance(await run("escalate_human", world.call(key="key-2")), Done)
    world.queues.lines[Channel.VOICE] = QueueState(Channel.VOICE, 60, 300.0, 4, 300.0, 1500.0)
    assert isinstance(await run("escalate_human", on_phone(world, key="key-3")), Done)


async def test_an_emergency_of_this_morning_keeps_nobody_from_a_person(world: World) -> None:
    answered_by_people(world)
    at = (world.clock.now() - timedelta(hours=3)).isoformat()
    result = await run("escalate_human", on_phone(world, facts={"emergency": {"at": at}}))
    assert isinstance(result, PutThrough)


# --- the lines --------------------------------------------------------------------------------


async def test_the_own_line_is_said_first(world: World) -> None:
    result = await run("check_queue_status", world.stranger(channel=Channel.WHATSAPP))
    assert isinstance(result, Done)
    assert result.say == (
        "The wait for a person is about 1 minute by WhatsApp and about 25 minutes by phone."
    )
    assert result.data["queues"]["voice"] == {"waiting": 60, "wait_minutes": 25, "agents": 4}


async def test_lines_that_are_alike_are_said_as_one(world: World) -> None:
    world.queues.lines = {
        channel: replace(line, wait_s=20.0) for channel, line in world.queues.lines.items()
    }
    result = await run("check_queue_status", world.stranger())
    assert isinstance(result, Done)
    assert result.say == (
        "The wait for a person is less than a minute, whichever way you reach us."
    )


async def test_no_lines_at_all(world: World) -> None:
    world.queues.lines = {}
    result = await run("check_queue_status", world.stranger())
    assert isinstance(result, Done)
    assert result.say == "Nobody is waiting for a person right now."


# --- another channel --------------------------------------------------------------------------

OFFER = {"reason": "the lines are full", "conversation_summary": "an outage"}


@pytest.mark.parametrize("said", ["whatsapp", "WhatsApp", "Whats App"])
async def test_an_offer(world: World, said: str) -> None:
    result = await run("offer_channel_switch", on_phone(world), preferred_channel=said, **OFFER)
    assert result == Offered(
        Channel.WHATSAPP,
        "the lines are full",
        "Would you like to go on by WhatsApp? I'd write to the phone ending in 0101, "
        "and you won't have to repeat anything.",
    )
    assert world.notifier.sent == {}


@pytest.mark.parametrize(
    ("channel", "reason"),
    [("voice", "no_calls"), ("phone call", "no_calls"), ("sms", "no_contact")],
)
async def test_offers_that_can_not_be_made(world: World, channel: str, reason: str) -> None:
    only_whatsapp = Contact(kind="phone", value=PHONE, channels=(Channel.WHATSAPP,))
    world.customers.known = [MARIA.model_copy(update={"contacts": (only_whatsapp,)})]
    for tool, name in (
        ("offer_channel_switch", "preferred_channel"),
        ("execute_channel_handoff", "target_channel"),
    ):
        answer = await run(tool, on_phone(world), **{name: channel})
        assert isinstance(answer, Cannot)
        assert answer.reason == reason
    assert world.notifier.sent == {}


async def test_the_channel_we_are_on_is_not_offered(world: World) -> None:
    answer = await run("offer_channel_switch", world.call(), preferred_channel="whatsapp")
    assert isinstance(answer, Cannot)
    assert answer.say == "We're on WhatsApp already."


async def test_an_unknown_channel_is_asked_for_again(world: World) -> None:
    answer = await run("offer_channel_switch", on_phone(world), preferred_channel="pigeon")
    assert isinstance(answer, AskAgain)
    assert answer.missing == ("preferred_channel",)


async def test_the_hand_off_is_sent_to_the_contact_on_file(world: World) -> None:
    result = await run(
        "execute_channel_handoff",
        on_phone(world),
        target_channel="whatsapp",
        handoff_message="Your power should be back about 9:30 PM",
        end_call_message="Take care, Maria",
    )
    text = "Hi Maria, this is Cedar Light & Gas. Your power should be back about 9:30 PM."
    assert result == MoveTo(
        Channel.WHATSAPP,
        PHONE,
        text,
        "I've sent a message to the phone ending in 0101; we'll go on there. Take care, Maria.",
        True,
    )
    [sent] = world.notifier.sent.values()
    assert (sent.channel, sent.address) == (Channel.WHATSAPP, PHONE)
    assert sent.text == f"{text} Just reply here and we'll go on where we left off."
    assert world.links.issued == []


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        (Channel.VOICE, "From our call: I've paid $50.00 from your Visa."),
        (Channel.WEB, "I did it all."),
    ],
)
async def test_a_call_is_followed_by_what_it_settled_whatever_a_model_says(
    world: World, channel: Channel, text: str
) -> None:
    call = on_phone(world, channel=channel, settled="I've paid $50.00 from your Visa.")
    args = {"target_channel": "sms", "handoff_message": "I did it all"}
    result = await run("execute_channel_handoff", call, **args)
    assert isinstance(result, MoveTo)
    assert result.message == f"Hi Maria, this is Cedar Light & Gas. {text}"


async def test_a_replayed_hand_off_sends_once(world: World) -> None:
    for _ in range(2):
        await run("execute_channel_handoff", on_phone(world), target_channel="sms")
    assert len(world.notifier.sent) == 1


async def test_a_move_without_a_message_still_works(world: World) -> None:
    result = await run("execute_channel_handoff", on_phone(world), target_channel="sms")
    assert isinstance(result, MoveTo)
    assert result.message == "Hi Maria, this is Cedar Light & Gas."
    assert result.say == (
        "I've sent a message to the phone ending in 0101; we'll go on there. "
        "You can hang up now, or stay on the line if there's anything else I can do."
    )
    assert not result.ends_call


async def test_the_web_is_reached_by_a_signed_link_in_a_message(world: World) -> None:
    result = await run("execute_channel_handoff", world.call(), target_channel="web chat")
    assert isinstance(result, MoveTo)
    assert (result.channel, result.ends_call) == (Channel.WEB, False)
    [sent] = world.notifier.sent.values()
    assert sent.channel is Channel.SMS
    assert sent.text.endswith("Go on where we left off: https://help.example.com/go/1")
    assert world.links.issued == [("cust-1", Rung.VERIFIED)]
    assert "https" not in result.message + result.say


async def test_a_number_that_is_not_on_file_gets_nothing(world: World) -> None:
    for number in ("+1 503 555 0666", "503-555-0177"):  # a stranger's; hers, not for messages
        answer = await run(
            "execute_channel_handoff",
            on_phone(world),
            target_channel="sms",
            customer_phone=number,
        )
        assert isinstance(answer, Cannot)
        assert answer.reason in {"not_on_file", "no_contact"}
    assert world.notifier.sent == {}


async def test_a_number_on_file_may_be_named(world: World) -> None:
    result = await run(
        "execute_channel_handoff", on_phone(world), target_channel="sms", customer_phone="555-0101"
    )
    assert isinstance(result, MoveTo)
    assert result.address == PHONE


async def test_somebody_unknown_gets_no_message_and_no_link(world: World) -> None:
    calls = (
        world.stranger(channel=Channel.VOICE, address="+15550999"),
        world.stranger(
            channel=Channel.VOICE, customer_id="cust-1"
        ),  # below RECOGNISED all the same
    )
    for call in calls:
        for target in ("sms", "web"):
            answer = await run("execute_channel_handoff", call, target_channel=target)
            assert isinstance(answer, Cannot)
            assert answer.reason == "no_contact"
    assert world.notifier.sent == {}
    assert world.links.issued == []


async def test_links_of_a_models_making_and_endless_texts_are_not_sent(world: World) -> None:
    message = "Pay here: http://evil.example/pay or www.evil.example now. " + "word " * 2_00
    await run(
        "execute_channel_handoff", on_phone(world), target_channel="sms", handoff_message=message
    )
    [sent] = world.notifier.sent.values()
    assert "evil" not in sent.text
    assert len(sent.text) < 1_200
