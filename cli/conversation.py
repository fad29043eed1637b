"""Talking to the utility from a terminal: typed lines are what the customer says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rich.console import Console
from rich.text import Text as Styled

from channels.addresses import channel_named, normalise
from cli.lines import Line
from cli.render import Screen
from contracts.errors import BadInput, ThroughlineError
from contracts.messages import Channel, Choices, Inbound

if TYPE_CHECKING:
    from app.build import App

HELP = """\
/switch whatsapp      go on in another channel (voice, whatsapp, sms, web, email)
/switch web you@x.us  the same, with another address
/link URL             open a hand-off link: the web chat, signed in
/keys 1234#           press keys on the phone
/quit                 end (so do Ctrl-C and Ctrl-D)"""


class Conversation:
    """One customer at one terminal. `echo` repeats what was typed, for input that is piped."""

    def __init__(
        self, app: App, console: Console, channel: Channel, sender: str, *, echo: bool
    ) -> None:
        self._app, self._console, self._echo = app, console, echo
        self._channel, self._sender = channel, sender
        self._address = self._normal(channel, sender)
        self._choices: Choices | None = None
        self._over = False

    async def run(self, lines: AsyncIterator[Line]) -> None:
        """Until the end of the input, or /quit."""
        self._note(f"You are {self._address} on {self._channel}. /help lists what else you can do.")
        self._prompt()
        async for line in lines:
            await self._take(line)
            if self._over:
                return
            self._prompt()

    async def _take(self, line: Line) -> None:
        try:
            if line.too_long:
                raise BadInput("that is too long: send a shorter message")
            text = line.data.decode("utf-8", "replace").strip()
            if self._echo:
                self._console.print(Styled(text))
            await self._command(text) if text.startswith("/") else await self._say(text)
        except ThroughlineError as error:
            self._console.print(Styled(str(error), "red"))

    async def _command(self, text: str) -> None:
        name, *words = text.split()
        if name in ("/quit", "/exit"):
            self._over = True
        elif name == "/switch" and 1 <= len(words) <= 2:
            self._switch(*words)
        elif name == "/link" and len(words) == 1:
            await self._open_link(words[0])
        elif name == "/keys" and len(words) == 1:
            await self._turn(dtmf=words[0])
        else:
            self._note(HELP)

    def _switch(self, name: str, sender: str = "") -> None:
        channel = channel_named(name)
        self._now_on(channel, self._normal(channel, sender or self._sender))
        self._sender = sender or self._sender

    def _now_on(self, channel: Channel, address: str) -> None:
        self._channel, self._address, self._choices = channel, address, None
        self._note(f"Now on {channel} as {address}.")

    async def _open_link(self, url: str) -> None:
        """As the web does: the link's customer is who this new session belongs to."""
        who = await self._app.services.links.redeem(url.rpartition("/")[2])
        session = f"terminal-{uuid4().hex}"
        await self._app.directory.raise_to(Channel.WEB, session, who.customer_id, who.rung)
        self._now_on(Channel.WEB, session)

    async def _say(self, text: str) -> None:
        chosen = self._chosen(text)
        if chosen:
            await self._turn(choice=chosen)
        elif text:
            await self._turn(text=text)

    def _chosen(self, text: str) -> str | None:
        """The id of the option whose number was typed."""
        options = self._choices.options if self._choices else ()
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
        return options[number - 1].id if 1 <= number <= len(options) else None

    async def _turn(self, **said: Any) -> None:
        screen = Screen(self._console)
        async for part in self._app.gateway.receive(self._inbound(said)):
            screen.show(part)
        self._choices = screen.choices

    def _inbound(self, said: dict[str, str]) -> Inbound:
        at = self._app.clock.now()
        try:
            return Inbound(channel=self._channel, address=self._address, at=at, **said)
        except ValueError:
            raise BadInput("that can't be sent: keys are digits, * and #") from None

    def _normal(self, channel: Channel, sender: str) -> str:
        return normalise(channel, sender, self._app.scenario.brand.region)

    def _note(self, text: str) -> None:
        self._console.print(Styled(text, "dim"))

    def _prompt(self) -> None:
        self._console.print(Styled(f"\n{self._channel} › ", "bold green"), end="")
