# mypy: untyped_calls_exclude=chainlit
"""What a conversation needs of the page it stands on, in Chainlit's terms."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import uuid4

import chainlit as cl
from chainlit.context import local_steps
from chainlit.session import WebsocketSession, ws_sessions_id

from contracts.messages import Choice, Step
from ui.cards import Widget

ANSWER = "answer"  # the name of our buttons' action
SAY = "say"  # the name of a card's: its words are said as if they had been typed
RATE, COMMENT = "rate", "comment"  # the names of our thumbs' actions, and of a note to one
ASSISTANT = "Assistant"  # the author, whose avatar is a file of that name
LOOK_AGAIN_S = 0.5


class Written:
    """A message on the page: being streamed, then finished, with buttons or without."""

    def __init__(self) -> None:
        self._message = cl.Message(content="", author=ASSISTANT)
        self._sent = False
        self._thumbs: dict[int, cl.Action] = {}
        self._pressed: int | None = None

    async def stream(self, text: str) -> None:
        await self._message.stream_token(text)

    async def finish(self, text: str, widgets: Iterable[Widget] = ()) -> None:
        """Put the whole text in the place of what was streamed, and the widgets under it."""
        self._message.content = text
        elements: list[Any] = [
            cl.CustomElement(name=it.name, props=it.props, display="inline") for it in widgets
        ]
        self._message.elements = elements
        await self._message.send()
        self._sent = True

    async def buttons(self, question_id: str, options: Sequence[Choice]) -> None:
        actions = [
            cl.Action(
                id=f"{ANSWER}-{uuid4().hex}",  # the page's style knows our buttons by it
                name=ANSWER,
                label=option.label,
                payload={"question": question_id, "option": option.id},
            )
            for option in options
        ]
        self._message.actions = actions
        for action in actions:
            await action.send(for_id=self._message.id)

    async def drop_buttons(self) -> None:
        for action in self._message.actions:
            await action.remove()
        self._message.actions = []

    async def thumbs(self, turn_key: str, up: str, down: str) -> None:
        """Let the answer be rated; `up` and `down` say what each thumb means."""
        for value, label in ((1, up), (-1, down)):
            thumb = cl.Action(
                id=f"{RATE}-{uuid4().hex}",
                name=RATE,
                label=label,
                icon="thumbs-up" if value > 0 else "thumbs-down",
                payload={"turn": turn_key, "value": value},
            )
            self._thumbs[value] = thumb
            await thumb.send(for_id=self._message.id)

    async def thumb(self, value: int) -> None:
        """Leave the other thumb only, for who changes their mind."""
        await self._thumbs[value].remove()
        if self._pressed is not None:
            await self._thumbs[self._pressed].send(for_id=self._message.id)
        self._pressed = value


class Page:
    """A page, for as long as its socket's session lives. Made inside a Chainlit handler."""

    def __init__(self) -> None:
        self._session = cast(WebsocketSession, cl.context.session)
        self._steps: dict[str, cl.Step] = {}

    def begin(self) -> Written:
        """A message to be streamed into."""
        self._steps = {}
        return Written()

    async def write(self, text: str, widgets: Iterable[Widget] = ()) -> Written:
        """A whole message."""
        written = Written()
        await written.finish(text, widgets)
        return written

    async def echo(self, text: str) -> None:
        """What the customer said by a button, as if typed."""
        await cl.Message(content=text, type="user_message", author="You").send()

    async def toast(self, text: str) -> None:
        await cl.context.emitter.send_toast(text, "info")

    async def step(self, part: Step) -> None:
        """A tool at work: shown when it begins, ended when it is done."""
        known = self._steps.get(part.tool)
        if known is None:
            run = cl.context.current_run
            known = cl.Step(
                name=part.label, type="tool", parent_id=run.id if run else None, show_input=False
            )
            known.start = cl.utils.utc_now()
            await known.send()
            self._steps[part.tool] = known
        if part.status != "running":
            known.end = cl.utils.utc_now()
            await known.update()
            del self._steps[part.tool]

    async def back(self) -> bool:
        """Wait until the page is connected; False if its session is over instead."""
        while not self._is_connected():
            if self._session.id not in ws_sessions_id:
                return False
            await asyncio.sleep(LOOK_AGAIN_S)
        return True

    def step_out(self) -> None:
        """What the task that calls this writes is no part of the run it was started in."""
        local_steps.set([])

    def _is_connected(self) -> bool:
        from chainlit.server import sio

        return bool(sio.manager.is_connected(self._session.socket_id, "/"))
