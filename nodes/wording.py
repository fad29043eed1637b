"""What the graph itself says, where no model has a say in it."""

from __future__ import annotations

from contracts.messages import Channel
from contracts.scenario import Brand

EMPTY = "I didn't catch that. Could you say it again in a few words?"
TOO_LONG = (
    "That is more than I can take in at once. Could you tell me the main point in a few sentences?"
)
NO_MODEL = (
    "I'm sorry, I'm having trouble answering right now. Nothing was changed. Please try again in a "
    "minute, or say \u201ctalk to a person\u201d."
)
STUCK = (
    "I'm sorry, I couldn't settle that in one go. Would you like me to bring in a person, or shall "
    "we take it one step at a time?"
)
CHANNEL_NAMES = {
    Channel.VOICE: "phone",
    Channel.WHATSAPP: "WhatsApp",
    Channel.SMS: "text message",
    Channel.WEB: "web chat",
}


def ask_to_verify(*, can_send_code: bool) -> str:
    """Ask for what the knowledge check needs."""
    code = " Or say \u201csend me a code\u201d, and I'll send one to your phone on file."
    return (
        "Before I can do that I need to make sure it's you. Please tell me your account number and "
        "one of these: the ZIP code, your date of birth, or the last four digits of the Social "
        "Security number on file." + (code if can_send_code else "")
    )


def ask_for_code(sent_to: str) -> str:
    return (
        f"To keep your account safe I've sent a six-digit code to {sent_to}. "
        "Please tell me the code; it's good for five minutes."
    )


def no_contact_for_code(brand: Brand) -> str:
    return (
        "That needs a one-time code, and there is no phone or e-mail on file that I could send it "
        f"to. One of my colleagues can help: please call {brand.phone}."
    )


def ask_for_factor(account_number: str, channel: Channel) -> str:
    heard = " ".join(account_number) if channel is Channel.VOICE else account_number
    return (
        f"Thank you, I have account number {heard}. And now one of these: the ZIP code, your date "
        "of birth, or the last four digits of the Social Security number on file."
    )


ASK_FOR_ACCOUNT = "Thank you. I also need your account number: ten digits, at the top of the bill."


def locked_out(minutes: int, brand: Brand) -> str:
    return (
        f"For your security I can't check again for {minutes} minutes. I can still help with "
        f"general questions and emergencies, or you can call {brand.phone}."
    )


TOO_MANY_CODES = (
    "I've sent several codes already and can't send another one right now. Please try again in "
    "fifteen minutes, or tell me your account number and your ZIP code."
)
WRONG_CODE = "That isn't the code, or it has lapsed. Say \u201csend me a code\u201d for a new one."


def thanks_verified(first_name: str) -> str:
    name = f", {first_name}" if first_name else ""
    return f"Thank you{name}, that checks out."


REFUSED = "All right, I won't do that. Nothing was changed. What else can I do for you?"
STAYING = "No problem, we'll carry on right here. What else can I do for you?"
LAPSED = (
    "That was waiting for your yes too long and has lapsed, so nothing was done. Just ask again if "
    "you still want it."
)


def offer_to_move(to: Channel, wait_s: float) -> str:
    wait = f"about {max(1, round(wait_s / 60))} minutes" if wait_s >= 90 else "longer than usual"
    return (
        f"Our phone lines are very busy, and the wait for a person is {wait}. We can go on by "
        f"{CHANNEL_NAMES[to]} from right where we are; you won't have to repeat anything. "
        "Would you like that?"
    )
