# mypy: untyped_calls_exclude=chainlit
"""What a conversation needs of the page it stands on, in Chainlit's terms.

What was said before is put on the page with the event by which Chainlit shows a thread again. Its
data layer is left out: it would keep a second copy of each conversation, under threads that are
not the customer's, behind routes of its own. All it would be read for is in our one memory, and
`replace` shows that: after a reload, a lost network or a restart the page is what memory holds,
whatever stood there before, so nothing is lost or shown twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid4, uuid5

import chainlit as cl
from chainlit.context import local_steps
from chainlit.session import WebsocketSession, ws_sessions_id

from contracts.messages import Choice, Step
from ui.cards import Widget
from ui.chat.render import Bubble

ANSWER = "answer"  # the name of our buttons' action
SAY = "say"  # the name of a card's: its words are said as if they had been typed
EARLIER = "earlier"  # the name of the one that shows more of what was said before
RATE, COMMENT = "rate", "comment"  # the names of our thumbs' actions, and of a note to one
ASSISTANT = "Assistant"  # the author, whose avatar is a file of that name
CUSTOMER = "You"
LOOK_AGAIN_S = 0.25


class _Buttons:
    """Chainlit's actions that are on the page: it would keep them when their message is gone."""

    def __init__(self) -> None:
        self._shown: dict[str, cl.Action] = {}

    async def add(self, action: cl.Action, message_id: str) -> None:
        self._shown[action.id] = action
        await action.send(for_id=message_id)

    async def remove(self, action: cl.Action) -> None:
        if self._shown.pop(action.id, None) is not None:
            await action.remove()

    async def clear(self) -> None:
        for action in list(self._shown.values()):
            await self.remove(action)


class Written:
    """A message on the page: being streamed, then finished, with buttons or without."""

    def __init__(self, buttons: _Buttons, message_id: str = "") -> None:
        self._id = message_id or str(uuid4())
        self._message = cl.Message(content="", author=ASSISTANT, id=self._id)
        self._buttons = buttons
        self._answers: list[cl.Action] = []
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

    async def buttons(self, question_id: str, options: Sequence[Choice]) -> None:
        self._answers = [
            cl.Action(
                id=f"{ANSWER}-{uuid4().hex}",  # the page's style knows our buttons by it
                name=ANSWER,
                label=option.label,
                payload={"question": question_id, "option": option.id},
            )
            for option in options
        ]
        for action in self._answers:
            await self._buttons.add(action, self._id)

    async def drop_buttons(self) -> None:
        for action in self._answers:
            await self._buttons.remove(action)
        self._answers = []

    async def thumbs(self, turn_key: str, up: str, down: str, pressed: int | None = None) -> None:
        """Let the answer be rated; `up` and `down` say what each thumb means, `pressed` which
        was pressed before."""
        self._pressed = pressed
        for value, label in ((1, up), (-1, down)):
            thumb = cl.Action(
                id=f"{RATE}-{uuid4().hex}",
                name=RATE,
                label=label,
                icon="thumbs-up" if value > 0 else "thumbs-down",
                payload={"turn": turn_key, "value": value},
            )
            self._thumbs[value] = thumb
            if value != pressed:
                await self._buttons.add(thumb, self._id)

    async def thumb(self, value: int) -> None:
        """Leave the other thumb only, for who changes their mind."""
        await self._buttons.remove(self._thumbs[value])
        if self._pressed is not None:
            await self._buttons.add(self._thumbs[self._pressed], self._id)
        self._pressed = value


class Page:
    """A page, for as long as its socket's session lives. Made inside a Chainlit handler."""

    def __init__(self) -> None:
        self._session = cast(WebsocketSession, cl.context.session)
        self._steps: dict[str, cl.Step] = {}
        self._buttons = _Buttons()
        self._salt = uuid4().hex  # a page that outlives its session keeps that one's actions

    def begin(self) -> Written:
        """A message to be streamed into."""
        self._steps = {}
        return Written(self._buttons)

    async def write(self, text: str, widgets: Iterable[Widget] = ()) -> Written:
        """A whole message."""
        written = Written(self._buttons)
        await written.finish(text, widgets)
        return written

    async def replace(self, bubbles: Sequence[Bubble]) -> dict[str, Written]:
        """Let these be all that stands on the page; what can be added to each, by its key."""
        await self._buttons.clear()
        thread = {
            "id": self._session.thread_id,
            "steps": [self._step(it) for it in bubbles],
            "elements": [element for it in bubbles for element in self._elements(it)],
        }
        await cl.context.emitter.emit("resume_thread", thread)
        return {it.key: Written(self._buttons, self._id(it.key)) for it in bubbles}

    async def append(self, bubble: Bubble) -> Written:
        """Put one below what stands there; one that stands there already is written anew."""
        await cl.context.emitter.send_step(self._step(bubble))
        for element in self._elements(bubble):
            await cl.context.emitter.emit("element", element)
        return Written(self._buttons, self._id(bubble.key))

    async def confirm(self) -> None:
        """Put what this run began with on the page, if it isn't there: a message that is sent while
        the page is put together anew is wiped off it, and its answer would find no place."""
        run, emitter = cl.context.current_run, cl.context.emitter
        if run is None:
            return
        known = cl.chat_context.get()
        for message in known:
            if message.id == run.parent_id:
                await emitter.send_step(message.to_dict())
        await emitter.send_step(run.to_dict())
        for message in known:
            if message.parent_id == run.id:
                await emitter.send_step(message.to_dict())

    async def echo(self, text: str) -> None:
        """What the customer said by a button, as if typed."""
        await cl.Message(content=text, type="user_message", author=CUSTOMER).send()

    async def toast(self, text: str) -> None:
        await cl.context.emitter.send_toast(text, "info")

    async def give_back(self, text: str) -> None:
        """Put what could not be sent into the input again, if nothing new is typed there."""
        await cl.context.emitter.emit("window_message", {"throughline": "unsent", "text": text})

    async def step(self, part: Step) -> None:
        """A tool at work: shown when it begins, ended when it is done."""
        known = self._steps.get(part.tool)
        if known is None:
            run = cl.context.current_run
            known = cl.Step(
                name=part.label, type="tool", parent_id=run.id if run else None, show_input=False
            )
            known.metadata = {"avatarName": ASSISTANT}  # else one is asked for by the label
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
            if ws_sessions_id.get(self._session.id) is not self._session:
                return False
            await asyncio.sleep(LOOK_AGAIN_S)
        return True

    def step_out(self) -> None:
        """What the task that calls this writes is no part of the run it was started in."""
        local_steps.set([])

    def _is_connected(self) -> bool:
        from chainlit.server import sio

        return bool(sio.manager.is_connected(self._session.socket_id, "/"))

    def _id(self, key: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"{self._salt}/{key}"))

    def _step(self, bubble: Bubble) -> Any:
        """A message as Chainlit sends it."""
        at = bubble.at.isoformat()
        return {
            "id": self._id(bubble.key),
            "threadId": self._session.thread_id,
            "parentId": None,
            "type": "user_message" if bubble.by_customer else "assistant_message",
            "name": CUSTOMER if bubble.by_customer else ASSISTANT,
            "input": "",
            "output": bubble.text,
            "createdAt": at,
            "start": at,
            "end": at,
            "streaming": False,
            "metadata": {},
        }

    def _elements(self, bubble: Bubble) -> list[dict[str, Any]]:
        """Its widgets as Chainlit sends them, but for files of its own: the props say it all."""
        return [
            {
                "id": self._id(f"{bubble.key}/{number}"),
                "forId": self._id(bubble.key),
                "threadId": self._session.thread_id,
                "type": "custom",
                "name": widget.name,
                "props": widget.props,
                "display": "inline",
            }
            for number, widget in enumerate(bubble.widgets)
        ]
