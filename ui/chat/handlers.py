# mypy: untyped_calls_exclude=chainlit
"""The chat's handlers: Chainlit's target file, loaded by path and mounted at /chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import chainlit as cl
from chainlit.config import config
from fastapi import Request, Response
from starlette.datastructures import Headers

from contracts.language import t
from ui.chat.conversation import Conversation
from ui.chat.page import ANSWER, ASSISTANT, COMMENT, EARLIER, RATE, SAY, Page
from ui.chat.uploads import attached
from ui.limits import waiting_said
from ui.pages.entry import sign_out
from ui.state import Site, served

BEGUN = "begun"  # a socket's session had its conversation

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
    if conversation := await _conversation():
        await conversation.open()
    else:
        await _say_ended()


@cl.on_message
async def message(message: cl.Message) -> None:
    conversation = await _conversation()
    if conversation and await _is_too_fast(conversation, message.content):
        return
    if conversation:
        keys = [str(it.chainlit_key) for it in message.elements]
        await conversation.say(message.content, attached(cl.context.session, keys))
    else:
        await _say_ended(message.content)


@cl.action_callback(ANSWER)
async def answer(action: cl.Action) -> None:
    """A button: the same as if its words had been typed."""
    question, option = (str(action.payload.get(key)) for key in ("question", "option"))
    await _in_a_run(lambda conversation: conversation.press(question, option))


@cl.action_callback(SAY)
async def say(action: cl.Action) -> None:
    """A button of a card: `payload.words` are said."""
    words = action.payload.get("words")
    if isinstance(words, str):
        await _in_a_run(lambda conversation: conversation.say_for(words))


@cl.action_callback(EARLIER)
async def earlier(_action: cl.Action) -> None:
    """More of what was said before."""
    if conversation := await _conversation():
        await conversation.show_earlier()
    else:
        await _say_ended()


@cl.action_callback(RATE)
async def rate(action: cl.Action) -> None:
    """A thumb. It is no message: nothing is answered to it."""
    if conversation := await _conversation():
        value = action.payload.get("value")
        await conversation.rate(str(action.payload.get("turn")), 1 if value == 1 else -1)
    else:
        await _say_ended()


@cl.action_callback(COMMENT)
async def comment(action: cl.Action) -> None:
    """What was wrong, from the form under a thumb down."""
    if conversation := await _conversation():
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
        if site.chats.get(session_id) is conversation:
            site.chats.pop(session_id)
        await conversation.close()
    else:  # what came meanwhile was sent to nobody
        await conversation.show()


async def _in_a_run(act: Callable[[Conversation], Awaitable[None]]) -> None:
    """What a button starts is a run of its own, as a typed message is. One that is pressed while
    an answer is under way leaves that one's run as it is."""
    conversation, emitter = await _conversation(), cl.context.emitter
    if conversation is None:
        await _say_ended()
        return
    if not await conversation.is_ready():
        await conversation.wait()
        return
    if await _is_too_fast(conversation):
        return
    await emitter.task_start()
    try:
        async with cl.Step(name="on_message", type="run"):
            await act(conversation)
    finally:
        await emitter.task_end()


async def _is_too_fast(conversation: Conversation, typed: str = "") -> bool:
    """Whether a session says more than it may; it is told so, and what was typed comes back."""
    wait_s = await served.site.limiter.message_wait_s(conversation.address)
    if not wait_s:
        return False
    text = t(
        "That was a lot in a short time. Please wait {wait}, then send it again. In an emergency "
        "call 911 or {phone}.",
        wait=waiting_said(wait_s),
        phone=served.site.app.scenario.brand.emergency_phone,
    )
    await cl.Message(content=text, author=ASSISTANT).send()
    if typed:
        await Page().give_back(typed)
    return True


async def _say_ended(typed: str = "") -> None:
    """Whatever was typed comes back into the input."""
    text = t("Your session has ended. Please [sign in again](/signin).")
    await cl.Message(content=text, author=ASSISTANT).send()
    if typed:
        await Page().give_back(typed)


async def _conversation() -> Conversation | None:
    """The page's; None once its web session is over. One is begun for a page that reaches us
    before it says that it is there: it outlived the server, and sent what it held."""
    site, session = served.site, cl.context.session
    conversation, address = site.chats.get(session.id), _address()
    if conversation is not None and conversation.address == address:
        return conversation
    if conversation is not None:
        site.chats.pop(session.id)
        await conversation.close()
    if address is None or cl.user_session.get(BEGUN):
        return None
    cl.user_session.set(BEGUN, True)
    conversation = site.chats[session.id] = Conversation(site.app, address, Page())
    return conversation


def _address() -> str | None:
    """The web session in the socket's cookie, if Chainlit's user is of that same session."""
    session, sessions = cl.context.session, served.site.sessions
    session_id = sessions.read((session.environ or {}).get("HTTP_COOKIE", ""))
    if session_id is None or session.user is None:
        return None
    return session_id if session.user.identifier == sessions.tag(session_id) else None
