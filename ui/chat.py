# mypy: untyped_calls_exclude=chainlit
"""The chat's handlers: Chainlit's target file, loaded by path and mounted at /chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import chainlit as cl
from chainlit.config import config
from fastapi import Request, Response
from starlette.datastructures import Headers

from ui.conversation import Conversation
from ui.page import ANSWER, ASSISTANT, COMMENT, RATE, SAY, Page
from ui.pages import sign_out
from ui.state import Site, served

ENDED = "Your session has ended. Please [sign in again](/signin)."

# Chainlit would look for a database of its own in the environment.
config.code.data_layer = lambda: None


@cl.header_auth_callback
async def authenticate(headers: Headers) -> cl.User | None:
    """A visitor is let in by the cookie of our own sign-in."""
    sessions = served.site.sessions
    session_id = sessions.read(headers.get("cookie", ""))
    if session_id is None:
        return None
    return cl.User(identifier=sessions.tag(session_id), display_name="You")


@cl.on_logout
async def leave(request: Request, response: Response) -> None:
    await sign_out(served.site, request, response)


@cl.on_chat_start
async def start() -> None:
    site, address = served.site, _address()
    if address is None:
        await _say_ended()
        return
    conversation = Conversation(site.app, address, Page())
    site.chats[cl.context.session.id] = conversation
    await conversation.open()


@cl.on_message
async def message(message: cl.Message) -> None:
    if conversation := _conversation():
        await conversation.say(message.content)
    else:
        await _say_ended()


@cl.action_callback(ANSWER)
async def answer(action: cl.Action) -> None:
    """A button: the same as if its words had been typed."""
    question, option = (str(action.payload.get(key)) for key in ("question", "option"))
    await _in_a_run(lambda conversation: conversation.press(question, option))


@cl.action_callback(SAY)
async def say(action: cl.Action) -> None:
    """A button of a card: `payload.words` are said."""
    words = str(action.payload.get("words", "")).strip()
    if words:
        await _in_a_run(lambda conversation: conversation.say_for(words))


@cl.action_callback(RATE)
async def rate(action: cl.Action) -> None:
    """A thumb. It is no message: nothing is answered to it."""
    if conversation := _conversation():
        value = action.payload.get("value")
        await conversation.rate(str(action.payload.get("turn")), 1 if value == 1 else -1)
    else:
        await _say_ended()


@cl.action_callback(COMMENT)
async def comment(action: cl.Action) -> None:
    """What was wrong, from the form under a thumb down."""
    if conversation := _conversation():
        payload = action.payload
        await conversation.comment(str(payload.get("turn")), str(payload.get("text")))
    else:
        await _say_ended()


@cl.on_chat_end
async def end() -> None:
    """The socket is gone: for a moment, or with its page."""
    site, session_id = served.site, cl.context.session.id
    if conversation := site.chats.get(session_id):
        site.keep(_see_off(site, session_id, conversation))


async def _see_off(site: Site, session_id: str, conversation: Conversation) -> None:
    if await conversation.left():
        site.chats.pop(session_id, None)
        await conversation.close()


async def _in_a_run(act: Callable[[Conversation], Awaitable[None]]) -> None:
    """What a button starts is a run of its own, as a typed message is."""
    conversation, emitter = _conversation(), cl.context.emitter
    if conversation is None:
        await _say_ended()
        return
    await emitter.task_start()
    try:
        async with cl.Step(name="on_message", type="run"):
            await act(conversation)
    finally:
        await emitter.task_end()


async def _say_ended() -> None:
    await cl.Message(content=ENDED, author=ASSISTANT).send()


def _conversation() -> Conversation | None:
    return served.site.chats.get(cl.context.session.id)


def _address() -> str | None:
    """The web session in the socket's cookie, if Chainlit's user is of that same session."""
    session, sessions = cl.context.session, served.site.sessions
    session_id = sessions.read((session.environ or {}).get("HTTP_COOKIE", ""))
    if session_id is None or session.user is None:
        return None
    return session_id if session.user.identifier == sessions.tag(session_id) else None
