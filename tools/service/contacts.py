"""How the customer is reached, and who else may speak for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import phonenumbers

from contracts.identity import Rung
from contracts.language import ENGLISH, marked, speaking, t
from contracts.messages import Card, Channel
from contracts.records import AuthorizedUser, Contact, Customer
from contracts.tooling import AskAgain, Call, Cannot, Confirmation, Done, Effect
from tools import speech
from tools.common import known_customer, today
from tools.toolkit import tool

_LABEL = {"phone": marked("Phone number"), "email": marked("E-mail address")}
_ADDED = {
    "phone": marked("add the phone number {contact}"),
    "email": marked("add the e-mail address {contact}"),
}
_CHANGED = {
    "phone": marked("your phone number is now {contact}"),
    "email": marked("your e-mail address is now {contact}"),
}
_NOTE = {
    "phone": marked(
        "Hi {name}, this is {brand}. The phone number on your account was changed. If that wasn't "
        "you, call us at {phone}."
    ),
    "email": marked(
        "Hi {name}, this is {brand}. The e-mail address on your account was changed. If that "
        "wasn't you, call us at {phone}."
    ),
}
NO_CUSTOMER = Cannot(
    "no_account",
    marked("I can't find an account for you here."),
    marked("I can get you a person."),
)

_LONGEST_EMAIL = 254
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
_WRITTEN = (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)
# What somebody is to a customer; kept in the language it was said in.
_RELATIONS = (
    marked("husband"),
    marked("wife"),
    marked("partner"),
    marked("spouse"),
    marked("son"),
    marked("daughter"),
    marked("mother"),
    marked("mom"),
    marked("father"),
    marked("dad"),
    marked("brother"),
    marked("sister"),
    marked("roommate"),
    marked("friend"),
    marked("caregiver"),
    marked("tenant"),
    marked("landlord"),
)
_KIN = (
    rf"{'|'.join(_RELATIONS)}|espos[oa]|marido|mujer|pareja|hij[oa]|madre|mamá|padre|papá|"
    r"herman[oa]|amig[oa]|cuidadora?|inquilin[oa]|caser[oa]"
)
_LEAD_IN = re.compile(
    rf"^(?:please |add |it'?s |(?:his|her|their|the|my) |is |named |called |(?:{_KIN})\b,? ?"
    r"|name(?: is|:)? |por favor,? |(?:agregue|añada|agregar) |(?:a )?(?:mi|su) |se llama "
    r"|(?:el )?nombre es )+",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,4}")
_AUTHORIZED = marked("authorized")
_LONGEST_NAME = 80
_LONGEST_RELATION = 30


async def read_back_contact(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    """The new contacts in full, so that a slip is heard; the old ones masked."""
    customer = await known_customer(call)
    if customer is None:
        return NO_CUSTOMER
    wanted = _wanted(call, args.phone, args.email)
    if isinstance(wanted, AskAgain):
        return wanted
    changes = [c for c in wanted if c.value not in {k.value for k in customer.contacts}]
    if not changes:
        told = speech.listed([speech.masked(contact) for contact in wanted])
        say = t("That's what we have on file already: {contacts}.", contacts=told)
        return Cannot("same", say)
    planned = speech.listed([_planned(customer, contact) for contact in changes])
    sentences = [t("I'll {changes}.", changes=planned), _note_said(customer, changes)]
    say = " ".join(sentence for sentence in [*sentences, t("Is that right?")] if sentence)
    return Confirmation({contact.kind: contact.value for contact in changes}, say)


def _planned(customer: Customer, contact: Contact) -> str:
    """ "add the phone number (503) 555-0188"."""
    old = _replaced(customer, contact)
    if old is None:
        return t(_ADDED[contact.kind], contact=_shown(contact))
    return t("replace {old} by {new}", old=speech.masked(old), new=_shown(contact))


def _note_said(customer: Customer, changes: Sequence[Contact]) -> str:
    """A sentence on who is told of the changes; empty where nobody can be."""
    notes = {speech.masked(to) for c in changes if (to := _told_at(customer, c))}
    if not notes:
        return ""
    return t("I'll send a note about it to {contacts}.", contacts=speech.listed(sorted(notes)))


@tool(
    effect=Effect.WRITE,
    rung=Rung.STEPPED_UP,
    grants=("service",),
    step=marked("Updating your contact details"),
    confirm=read_back_contact,
    secret=("phone", "email"),
)
async def update_contact_info(
    call: Call, phone: str = "", email: str = ""
) -> Done | AskAgain | Cannot:
    """Change the phone number or the e-mail address we reach the customer by. The customer is asked
    for a yes first, and told of the change where they were reached before.

    Args:
        phone: The new phone number, if it changes.
        email: The new e-mail address, if it changes.
    """
    customer = await known_customer(call)
    if customer is None:
        return NO_CUSTOMER
    wanted = _wanted(call, phone, email)
    if isinstance(wanted, AskAgain):
        return wanted
    for contact in wanted:
        customer = await _set(call, customer, contact)
    told = speech.listed([t(_CHANGED[c.kind], contact=_shown(c)) for c in wanted])
    with speaking(ENGLISH):  # what a model reads has no language
        data: dict[str, Any] = {c.kind: speech.masked(c) for c in wanted}
    rows = tuple((t(_LABEL[c.kind]), speech.masked(c)) for c in wanted)
    card = Card(card="contacts", title=t("Your contact details"), rows=rows, data=data)
    return Done(data, t("Done: {changes}.", changes=told), (card,))


async def read_back_user(call: Call, args: Any) -> Confirmation | AskAgain | Cannot:
    customer = await known_customer(call)
    if customer is None:
        return NO_CUSTOMER
    name = _person(args.name)
    if isinstance(name, AskAgain):
        return name
    if _same(name, customer.name):
        say = t("You're the account holder, so you don't need to be added.")
        return Cannot("is_holder", say)
    if any(_same(name, user.name) for user in customer.authorized_users):
        say = t("{name} may speak for your account already.", name=name)
        return Cannot("authorized_already", say)
    relationship = _relation(args.relationship)
    say = t(
        "I'll let {name} speak for your account: ask about bills and change your service. "
        "Shall I go ahead?",
        name=name,
    )
    if relationship:
        say = t(
            "I'll let {name}, your {relationship}, speak for your account: ask about bills and "
            "change your service. Shall I go ahead?",
            name=name,
            relationship=t(relationship),
        )
    return Confirmation({"name": name, "relationship": relationship}, say)


@tool(
    effect=Effect.WRITE,
    rung=Rung.STEPPED_UP,
    grants=("service",),
    step=marked("Adding them to your account"),
    confirm=read_back_user,
)
async def add_authorized_user(
    call: Call, name: str, relationship: str = ""
) -> Done | AskAgain | Cannot:
    """Let somebody else speak for the customer's account. The customer is asked for a yes first.

    Args:
        name: First and last name of the other person.
        relationship: What they are to the customer: "husband", "daughter", "roommate".
    """
    person = _person(name)
    if isinstance(person, AskAgain):
        return person
    since = today(call)
    user = AuthorizedUser(name=person, relationship=_relation(relationship), since=since)
    customer = await call.services.records.customers.authorize(call.customer_id, user)
    names = [u.name for u in customer.authorized_users]
    data = {"added": person, "authorized": names}
    card = Card(
        card="contacts",
        title=t("Who may speak for your account"),
        rows=tuple((u.name, t(u.relationship or _AUTHORIZED)) for u in customer.authorized_users),
        data=data,
    )
    say = t("{name} may speak for your account from now on.", name=person)
    return Done(data, say, (card,))


def read_email(text: str) -> str | None:
    """An e-mail address, written or said ("maria at example dot com"), in lower case."""
    said = re.sub(r"\s+(?:dot|punto)\s+", ".", text.strip().lower())
    said = re.sub(r"\s+(?:at|arroba)\s+", "@", said)
    found = re.search(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+", said)
    address = found.group().rstrip(".!?") if found else ""
    local = address.partition("@")[0]
    whole = _EMAIL.fullmatch(address) and len(address) <= _LONGEST_EMAIL and len(local) <= 64
    return address if whole else None


def read_phone(text: str, region: str) -> str | None:
    """A valid US number as E.164."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number) and number.country_code == 1
    if not valid or phonenumbers.region_code_for_number(number) != region or number.extension:
        return None
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written


def _wanted(call: Call, phone: str, email: str) -> tuple[Contact, ...] | AskAgain:
    if not phone and not email:
        say = t("What shall I change: your phone number or your e-mail address? And to what?")
        return AskAgain(("phone", "email"), say)
    wanted: list[Contact] = []
    if phone:
        number = read_phone(phone, call.services.scenario.brand.region)
        if number is None:
            say = t("That doesn't look like a US phone number. What's the number, area code first?")
            return AskAgain(("phone",), say)
        wanted.append(Contact(kind="phone", value=number, primary=True))
    if email:
        address = read_email(email)
        if address is None:
            say = t("That doesn't look like an e-mail address. Could you spell it for me?")
            return AskAgain(("email",), say)
        wanted.append(Contact(kind="email", value=address, primary=True))
    return tuple(wanted)


async def _set(call: Call, customer: Customer, contact: Contact) -> Customer:
    """Change a contact, and tell where the customer was reached before: if it was somebody else,
    they learn of it. The note goes first, as a crash in between must not lose it."""
    if contact.value in {known.value for known in customer.contacts}:
        return customer
    old, to = _replaced(customer, contact), _told_at(customer, contact)
    if to is not None:
        await call.services.notifier.send(
            key=f"{call.key}:{contact.kind}:changed",
            customer_id=customer.customer_id,
            channel=next(channel for channel in _WRITTEN if channel in to.channels),
            address=to.value,
            text=_note(call, customer, contact),
            purpose="contact changed",
        )
    agreed = old.channels if old else (Channel.VOICE,) if contact.kind == "phone" else ()
    return await call.services.records.customers.set_contact(
        customer.customer_id, contact.model_copy(update={"channels": agreed})
    )


def _note(call: Call, customer: Customer, contact: Contact) -> str:
    """Told in the holder's language: whoever speaks now may be somebody else."""
    brand = call.services.scenario.brand
    with speaking(customer.language):
        return t(_NOTE[contact.kind], name=customer.first_name, brand=brand.name, phone=brand.phone)


def _replaced(customer: Customer, contact: Contact) -> Contact | None:
    """The contact whose place a new one takes: the primary of its kind, or the only one."""
    same_kind = [c for c in customer.contacts if c.kind == contact.kind]
    primary = next((c for c in same_kind if c.primary), None)
    return primary or (same_kind[0] if len(same_kind) == 1 else None)


def _told_at(customer: Customer, contact: Contact) -> Contact | None:
    """Where a note of a change goes: to the contact that is replaced, if it can be written to, else
    to a phone on file that can."""
    old = _replaced(customer, contact)
    reached = [c for c in customer.contacts if any(w in c.channels for w in _WRITTEN)]
    return next(iter(sorted(reached, key=lambda c: (c != old, not c.primary))), None)


def _shown(contact: Contact) -> str:
    if contact.kind == "email":
        return contact.value
    number = phonenumbers.parse(contact.value, None)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return str(written)


def _person(text: str) -> str | AskAgain:
    """First and last name, without the words around it."""
    name = _LEAD_IN.sub("", " ".join(text.split())).strip(" .,!")
    name = name.title() if name.islower() else name
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        say = t("What's the first and last name of the person to add?")
        return AskAgain(("name",), say)
    return name


def _relation(text: str) -> str:
    """What somebody is to the customer, if it was said in a word or two."""
    said = " ".join(text.lower().split())
    found = re.search(rf"\b({_KIN})\b", said)
    return found.group() if found else said if len(said) <= _LONGEST_RELATION else ""


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


TOOLS = (update_contact_info, add_authorized_user)
