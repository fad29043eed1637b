"""What the graph itself says, where no model has a say in it, in the language spoken."""

from __future__ import annotations

from contracts.language import marked, t
from contracts.messages import Channel
from contracts.scenario import Brand
from tools import speech

# Told with `t`.
EMPTY = marked("I didn't catch that. Could you say it again in a few words?")
TOO_LONG = marked(
    "That is more than I can take in at once. Could you tell me the main point in a few sentences?"
)
NO_MODEL = marked(
    "I'm sorry, I'm having trouble answering right now. Nothing was changed. Please try again in a "
    "minute, or say \u201ctalk to a person\u201d."
)
NOBODY_FREE = marked(
    "I'm sorry, nobody is free to take your call right now. I've put you in line, and one of us "
    "will call you back. Is there anything else I can do for you meanwhile?"
)
STUCK = marked(
    "I'm sorry, I couldn't settle that in one go. Would you like me to bring in a person, or shall "
    "we take it one step at a time?"
)
ASK_FOR_ACCOUNT = marked(
    "Thank you. I also need your account number: ten digits, at the top of the bill."
)
TOO_MANY_CODES = marked(
    "I've sent several codes already and can't send another one right now. Please try again in "
    "fifteen minutes, or tell me your account number and your ZIP code."
)
WRONG_CODE = marked(
    "That isn't the code, or it has lapsed. Say \u201csend me a code\u201d for a new one."
)
REFUSED = marked("All right, I won't do that. Nothing was changed. What else can I do for you?")
STAYING = marked("No problem, we'll carry on right here. What else can I do for you?")
SPOKEN = marked("Of course, we can speak English. How can I help you?")
WELCOME = marked("You're welcome.")
TAKE_YOUR_TIME = marked("Take your time.")
LAPSED = marked(
    "That was waiting for your yes too long and has lapsed, so nothing was done. Just ask again if "
    "you still want it."
)


def ask_to_verify(*, can_send_code: bool) -> str:
    """Ask for what the knowledge check needs."""
    if can_send_code:
        return t(
            "Before I can do that I need to make sure it's you. Please tell me your account number "
            "and one of these: the ZIP code, your date of birth, or the last four digits of the "
            "Social Security number on file. Or say \u201csend me a code\u201d, and I'll send one "
            "to your phone on file."
        )
    return t(
        "Before I can do that I need to make sure it's you. Please tell me your account number and "
        "one of these: the ZIP code, your date of birth, or the last four digits of the Social "
        "Security number on file."
    )


def ask_for_code(sent_to: str) -> str:
    return t(
        "To keep your account safe I've sent a six-digit code to {phone}. "
        "Please tell me the code; it's good for five minutes.",
        phone=sent_to,
    )


def still_needed(*, sent_to: str | None = None, account_number: str | None = None) -> str:
    """What a check under way waits for, asked for once more.

    sent_to: the contact a code went to, masked. account_number: the one that was given.
    """
    if sent_to:
        return t(
            "I still need the six-digit code that I sent to {phone}. If it didn't arrive, say "
            "\u201csend me a code\u201d for a new one.",
            phone=contact_said(sent_to),
        )
    if account_number:
        return t("I still need one more thing to be sure it's you: say, your ZIP code.")
    return t("I still need your account number and, say, your ZIP code.")


def contact_said(sent_to: str) -> str:
    """A masked contact in the language spoken now, whichever it was masked in."""
    digits = sent_to[-4:]
    return t("the phone ending in {digits}", digits=digits) if digits.isdecimal() else sent_to


def no_contact_for_code(brand: Brand) -> str:
    return t(
        "That needs a one-time code, and there is no phone or e-mail on file that I could send it "
        "to. One of my colleagues can help: please call {phone}.",
        phone=brand.phone,
    )


def ask_for_factor(account_number: str, channel: Channel) -> str:
    return t(
        "Thank you, I have account number {number}. And now one of these: the ZIP code, your date "
        "of birth, or the last four digits of the Social Security number on file.",
        number=" ".join(account_number) if channel is Channel.VOICE else account_number,
    )


def locked_out(minutes: int, brand: Brand) -> str:
    return t(
        "For your security I can't check again for {minutes} minutes. I can still help with "
        "general questions and emergencies, or you can call {phone}.",
        minutes=minutes,
        phone=brand.phone,
    )


def thanks_verified(first_name: str) -> str:
    if first_name:
        return t("Thank you, {name}, that checks out.", name=first_name)
    return t("Thank you, that checks out.")


def offer_to_move(to: Channel, wait_s: float) -> str:
    channel = speech.channel_words(to) if to is not Channel.VOICE else t("phone")
    if wait_s < 90:
        return t(
            "Our phone lines are very busy, and the wait for a person is longer than usual. We can "
            "go on by {channel} from right where we are; you won't have to repeat anything. "
            "Would you like that?",
            channel=channel,
        )
    return t(
        "Our phone lines are very busy, and the wait for a person is about {count} minutes. We can "
        "go on by {channel} from right where we are; you won't have to repeat anything. "
        "Would you like that?",
        channel=channel,
        count=round(wait_s / 60),
    )
