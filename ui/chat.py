"""The chat's handlers: Chainlit's target file, loaded by path and mounted at /chat."""

from __future__ import annotations

import chainlit as cl
from chainlit.config import config
from fastapi import Request, Response
from starlette.datastructures import Headers

from ui.conversation import Conversation
from ui.page import ANSWER, Page
from ui.state import Site, served

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
        await cl.Message(content="Your session has ended. Please [sign in again](/signin).").send()
        return
    conversation = Conversation(site.app, address, Page())
    site.chats[cl.context.session.id] = conversation
    await conversation.open()


@cl.on_message
async def message(message: cl.Message) -> None:
    if conversation := _conversation():
        await conversation.say(message.content)


@cl.action_callback(ANSWER)
async def answer(action: cl.Action) -> None:
    """A button: the same as if its words had been typed."""
    conversation = _conversation()
    if conversation is None:
        return
    emitter = cl.context.emitter
    await emitter.task_start()
    try:
        async with cl.Step(name="on_message", type="run"):
            await conversation.press(
                str(action.payload.get("question")), str(action.payload.get("option"))
            )
    finally:
        await emitter.task_end()
