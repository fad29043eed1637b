"""What a customer does on the phone, as messages and events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from contracts.messages import Channel
from emulator import events
from emulator.api import Button, Message, OurNumber, Phone, Press, Row, Said
from emulator.carrier import Carrier
from emulator.errors import bad_request, not_found
from emulator.eventgrid import EventGrid
from emulator.postman import Postman
from emulator.state import WINDOW, State, Stored

_STOP = frozenset({"stop", "stopall", "unsubscribe"})
_START = frozenset({"start", "unstop"})
_AUDIO, _IMAGE, _VIDEO = "audio/", "image/", "video/"


class Speaking:
    def __init__(
        self, state: State, grid: EventGrid, carrier: Carrier, postman: Postman, *, takes_mail: bool
    ) -> None:
        self._state = state
        self._grid = grid
        self._carrier = carrier
        self._postman = postman
        self._takes_mail = takes_mail

    def say(self, phone: Phone, said: Said) -> Message:
        """Send it to the utility. Raises Refused where it can't be sent."""
        _one_thing(said)
        ours = self._state.ours(said.channel, said.ours)
        if ours is None:
            raise not_found("ChannelNotFound", f"there is no {said.channel} number {said.ours}")
        if said.channel is Channel.WHATSAPP:
            return self._by_whatsapp(phone, said, ours)
        if said.channel is Channel.SMS:
            return self._by_sms(phone, said, ours)
        return self._by_email(phone, said, ours)

    def set_window(self, phone: Phone, *, is_open: bool) -> None:
        for ours in self._state.numbers.values():
            if ours.channel is Channel.WHATSAPP:
                ago = timedelta(0) if is_open else WINDOW
                self._state.hear(phone.number, ours.registration_id, ago=ago)

    def _by_whatsapp(self, phone: Phone, said: Said, ours: OurNumber) -> Message:
        self._state.hear(phone.number, ours.registration_id)
        self._state.tell_phone(phone.number)
        if said.reaction:
            return self._react(phone, said, ours)
        message, kind, content = self._whatsapp(phone, said, ours)
        self._state.put(message)
        self._grid.publish(events.received(message, kind, content, ours.number))
        return message

    def _whatsapp(
        self, phone: Phone, said: Said, ours: OurNumber
    ) -> tuple[Message, str, dict[str, Any]]:
        """The message, its kind on the wire, and what that adds."""
        if said.press:
            return self._press(phone, said.press, ours)
        if said.file:
            return self._file(phone, said, ours)
        if said.location:
            pin = said.location.model_dump(exclude_defaults=True)
            message = self._new(phone, ours, "location", said, location=said.location)
            return message, "location", {"content": "", "location": pin}
        if said.unsupported:
            message = self._new(phone, ours, "unsupported", said, text="")
            return message, said.unsupported, {"content": ""}
        return self._new(phone, ours, "text", said), "text", {}

    def _new(
        self, phone: Phone, ours: OurNumber, kind: str, said: Said | None, **more: Any
    ) -> Message:
        fields = {
            "text": said.text if said else "",
            "quoted": said.quoted if said else "",
            **more,
        }
        return Message.model_validate(
            {
                "id": str(uuid4()),
                "phone": phone.number,
                "channel": ours.channel,
                "ours": ours.registration_id,
                "direction": "in",
                "kind": kind,
                "status": "delivered" if ours.channel is Channel.EMAIL else "sent",
                "at": self._state.clock.now(),
                **fields,
            }
        )

    def _press(
        self, phone: Phone, press: Press, ours: OurNumber
    ) -> tuple[Message, str, dict[str, Any]]:
        asked = self._state.message(press.message_id)
        if asked is None or asked.phone != phone.number:
            raise not_found("MessageNotFound", f"there is no message {press.message_id}")
        choices: list[Button | Row] = [*asked.buttons]
        choices += [row for section in asked.sections for row in section.rows]
        choice = next((it for it in choices if it.id == press.id), None)
        if choice is None or asked.link:
            raise bad_request(f"message {press.message_id} has no button {press.id}")
        self._state.change(asked.id, chosen=choice.id)
        message = self._new(phone, ours, "text", None, text=choice.title, quoted=asked.id)
        template = asked.kind == "template"
        kind = "button" if template else "interactive"
        return message, kind, events.pressed(choice, template=template)

    def _file(
        self, phone: Phone, said: Said, ours: OurNumber
    ) -> tuple[Message, str, dict[str, Any]]:
        stored = self._state.file(said.file or "")
        if stored is None:
            raise not_found("FileNotFound", f"there is no file {said.file}")
        kind = _kind_of(stored.file.content_type)
        message = self._new(phone, ours, kind, said, file=stored.file)
        name = stored.file.name if kind == "document" else ""
        content = events.media(stored.file.id, stored.file.content_type, name, said.text)
        return message, kind, content

    def _react(self, phone: Phone, said: Said, ours: OurNumber) -> Message:
        """The message that was reacted to, with its reaction."""
        assert said.reaction is not None  # noqa: S101 - asked before
        reaction = said.reaction
        target = self._state.message(reaction.message_id)
        if target is None or target.phone != phone.number:
            raise not_found("MessageNotFound", f"there is no message {reaction.message_id}")
        self._carrier.react(target.id, "customer", reaction.emoji)
        message = self._new(phone, ours, "text", None)
        content = {
            "content": "",
            "reaction": {"messageId": target.id, "emoji": reaction.emoji},
        }
        self._grid.publish(events.received(message, "reaction", content, ours.number))
        return self._state.message(target.id) or target

    def _by_sms(self, phone: Phone, said: Said, ours: OurNumber) -> Message:
        if not said.text:
            raise bad_request("an SMS is text")
        word = said.text.strip().lower()
        if word in _STOP | _START:
            self._state.change_phone(phone.number, stopped=word in _STOP)
        message = self._state.put(self._new(phone, ours, "text", said, quoted=""))
        self._grid.publish(events.sms_received(message, ours.number))
        return message

    def _by_email(self, phone: Phone, said: Said, ours: OurNumber) -> Message:
        if not phone.email:
            raise bad_request("this phone has no e-mail address")
        if not said.text and not said.file:
            raise bad_request("an e-mail is text, with a file perhaps")
        stored = self._state.file(said.file) if said.file else None
        if said.file and stored is None:
            raise not_found("FileNotFound", f"there is no file {said.file}")
        files = (stored.file,) if stored else ()
        more = {"subject": said.subject, "files": files}
        message = self._state.put(self._new(phone, ours, "email", said, **more))
        if self._takes_mail:
            attached = (stored,) if stored else ()
            self._carrier.start(self._posted(message, phone.email, ours.number, attached))
        return message

    async def _posted(
        self, message: Message, sender: str, to: str, files: tuple[Stored, ...]
    ) -> None:
        if not await self._postman.post(message, sender, to, files):
            reason = "the utility's mail server did not take it"
            self._state.change(message.id, status="failed", reason=reason)


def _one_thing(said: Said) -> None:
    """Raises Refused unless it is one thing, of a kind that the channel has."""
    special = (said.press, said.location, said.reaction, said.unsupported)
    things = sum(1 for it in (*special, said.file) if it)
    if things > 1 or (things == 0 and not said.text.strip()):
        raise bad_request("say one thing: text, press, location, file, reaction or unsupported")
    if said.channel is not Channel.WHATSAPP and any(special):
        raise bad_request(f"only WhatsApp has that, and this is {said.channel}")


def _kind_of(content_type: str) -> str:
    for start, kind in ((_AUDIO, "audio"), (_IMAGE, "image"), (_VIDEO, "video")):
        if content_type.startswith(start):
            return "sticker" if content_type == "image/webp" else kind
    return "document"
