# mypy: untyped_calls_exclude=chainlit
"""Files of the chat: who may attach them, what is refused, and whom they are given back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from app.build import App
from contracts.identity import Rung
from contracts.messages import Channel, Media
from contracts.records.attachments import MAX_BYTES, MAX_WAITING
from gateway.files import THUMBNAIL_SIDE
from tests.pages import browser, customer_of, link_of, press, session_of
from tests.photos import heic, pdf, photo, photo_with_place
from ui.chat.uploads import MOST_ATTACHED, Upload, attached, forget_files, take
from ui.sessions import WebSessions

if TYPE_CHECKING:  # the product imports it, with a folder of its own
    from chainlit.session import WebsocketSession

pytestmark = pytest.mark.e2e

CHAT = "chat-1"


async def enter(app: App, client: httpx.AsyncClient, name: str, rung: Rung = Rung.VERIFIED) -> str:
    """Sign in as a demo customer by a link; the web session's id."""
    link = await link_of(app, name, rung)
    await press(client, link, link)
    session = session_of(app, client)
    assert session is not None
    return session


def sessions(app: App) -> WebSessions:
    return WebSessions(app.secret, secure=False, clock=app.clock)


@pytest.fixture
def chat() -> Iterator[dict[str, WebsocketSession]]:
    """Chainlit's open chats of a test."""
    opened: dict[str, WebsocketSession] = {}
    yield opened
    for one in opened.values():
        forget_files(one.files_dir.parent.parent)


def open_chat(app: App, session: str, name: str = CHAT) -> WebsocketSession:
    """A chat whose socket is open in that web session."""
    ignore: Any = None
    import chainlit as cl
    from chainlit.session import WebsocketSession

    user = cl.User(identifier=sessions(app).tag(session))
    return WebsocketSession(
        id=name,
        socket_id=f"socket-{name}",
        emit=ignore,
        emit_call=ignore,
        user_env={},
        client_type="webapp",
        user=user,
    )


async def attach(
    client: httpx.AsyncClient, data: bytes, name: str = "a.jpg", chat: str = CHAT
) -> httpx.Response:
    files = {"file": (name, data, "image/jpeg")}
    return await client.post("/chat/project/file", params={"session_id": chat}, files=files)


# --- attaching --------------------------------------------------------------------------------


async def test_what_is_attached_is_drawn_anew_at_once(app: App, client: httpx.AsyncClient) -> None:
    chat = open_chat(app, await enter(app, client, "Maria"))
    for data in (photo_with_place(), heic(), photo("WEBP")):
        answer = await attach(client, data, "IMG_1.HEIC")
        assert answer.status_code == 200
        kept = chat.files[answer.json()["id"]]
        assert (kept["name"], kept["type"]) == ("IMG_1.jpg", "image/jpeg")
        assert b"Maria" not in kept["path"].read_bytes()
        query = {"session_id": CHAT}
        shown = await client.get(f"/chat/project/file/{kept['id']}", params=query)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    await chat.delete()


@pytest.mark.parametrize(
    ("data", "status", "why"),
    [
        (b"MZ this is a program", 415, "I can only take photos (JPEG, PNG, HEIC or WebP) and PDF"),
        (b"<svg onload=alert(1)>", 415, "I can only take photos"),
        (photo()[:300], 415, "I can't open it"),
        (bytes(MAX_BYTES + 1), 413, "it's too large, a file can have 10 MB"),
        (bytes(2 * MAX_BYTES), 413, "it's too large"),
        (b"", 415, "I can only take photos"),
    ],
)
async def test_what_is_refused_is_said_in_plain_words(
    app: App, client: httpx.AsyncClient, data: bytes, status: int, why: str
) -> None:
    chat = open_chat(app, await enter(app, client, "Maria"))
    answer = await attach(client, data)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(why)
    assert chat.files == {}
    await chat.delete()


async def test_it_is_said_in_the_language_of_the_page(app: App, client: httpx.AsyncClient) -> None:
    chat = open_chat(app, await enter(app, client, "Rosa"))
    client.cookies.set("throughline_language", "es")
    assert (await attach(client, b"GIF89a")).json()["detail"].startswith("solo puedo recibir fotos")
    await chat.delete()


async def test_nobody_attaches_to_anothers_chat_or_reads_of_it(
    app: App, web: httpx.ASGITransport, client: httpx.AsyncClient
) -> None:
    chat = open_chat(app, await enter(app, client, "Maria"))
    kept = (await attach(client, photo())).json()["id"]
    async with browser(web) as james:
        assert (await attach(james, photo())).status_code == 401
        await enter(app, james, "James")
        assert (await attach(james, photo())).status_code == 401
        query = {"session_id": CHAT}
        read = await james.get(f"/chat/project/file/{kept}", params=query)
        assert read.status_code == 401
    assert list(chat.files) == [kept]
    assert (await attach(client, photo(), chat="no-such-chat")).status_code == 401
    missing = await client.get("/chat/project/file/nothing", params={"session_id": CHAT})
    assert missing.status_code == 404
    await chat.delete()


async def test_odd_requests_are_no_failures_of_ours(app: App, client: httpx.AsyncClient) -> None:
    chat = open_chat(app, await enter(app, client, "Maria"))
    url, query = "/chat/project/file", {"session_id": CHAT}

    async def drip() -> AsyncIterator[bytes]:
        yield b"x"

    unbounded = await client.post(url, params=query, content=drip())
    words = await client.post(url, params=query, data={"file": "words"})
    torn = await client.post(
        url,
        params=query,
        content=b"--x\r\nnonsense",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    nothing = await client.post(url, params=query)
    assert unbounded.status_code == 411
    assert [it.status_code for it in (words, torn, nothing)] == [400] * 3
    await chat.delete()


async def test_a_chat_holds_so_many_and_forgets_them_when_it_ends(
    app: App, client: httpx.AsyncClient
) -> None:
    chat = open_chat(app, await enter(app, client, "Maria"))
    chat.files.update({f"f{n}": {} for n in range(MOST_ATTACHED - 1)})  # type: ignore[typeddict-item]
    assert (await attach(client, photo())).status_code == 200
    assert (await attach(client, photo())).status_code == 413
    assert any(chat.files_dir.iterdir())
    await chat.delete()
    assert not chat.files_dir.exists()
    chat.files_dir.mkdir()  # as a crash leaves it
    forget_files(chat.files_dir.parent.parent)
    assert not chat.files_dir.exists()


async def test_what_was_attached_is_kept_with_its_message(
    app: App, client: httpx.AsyncClient
) -> None:
    session = await enter(app, client, "Tom")
    chat = open_chat(app, session)
    keys = [(await attach(client, data)).json()["id"] for data in (photo(), pdf())]
    uploads = attached(chat, [*keys, "made-up"])
    media, problems = await take(app, session, "m-1", uploads)
    again, _ = await take(app, session, "m-1", uploads)
    assert problems == []
    assert again == media
    assert [it.content_type for it in media] == ["image/jpeg", "application/pdf"]
    tom = await customer_of(app, "Tom")
    assert {it.attachment_id for it in await app.records.attachments.of(tom.customer_id, 9)} == {
        it.id for it in media
    }
    many = [uploads[0]] * 4
    _, said = await take(app, session, "m-2", many)
    assert said == ["I take 3 files at a time. Please send the rest after these."]
    await chat.delete()


async def test_who_has_sent_too_many_is_told(app: App, client: httpx.AsyncClient) -> None:
    session = await enter(app, client, "Wei")
    for n in range(MAX_WAITING):
        await app.attaching.take(
            Channel.WEB, session, key=f"wei-{n}", name="a.pdf", data=b"%PDF-1.4"
        )
    chat = open_chat(app, session)
    key = (await attach(client, photo(), "one more.png")).json()["id"]
    media, problems = await take(app, session, "m-3", attached(chat, [key]))
    assert media == ()
    assert problems == ["I couldn't keep one more.jpg: you have sent many files already."]
    await chat.delete()


async def test_a_file_that_went_through_no_check_goes_through_it_now(
    app: App, client: httpx.AsyncClient, tmp_path: Any
) -> None:
    session = await enter(app, client, "James")
    path = tmp_path / "x"
    path.write_bytes(b"#!/bin/sh")
    media, problems = await take(app, session, "m-4", [Upload("x.jpg", path, None)])
    assert media == ()
    assert problems[0].startswith("I couldn't keep x.jpg: I can only take photos")


# --- given back -------------------------------------------------------------------------------


async def kept(app: App, session: str, key: str, data: bytes, name: str = "a b.jpg") -> Media:
    return await app.attaching.take(Channel.WEB, session, key=key, name=name, data=data)


async def test_a_photo_is_given_to_whom_it_is(
    app: App, web: httpx.ASGITransport, client: httpx.AsyncClient
) -> None:
    photo_ = await kept(app, await enter(app, client, "Maria"), "back-1", photo())
    url = f"/my/files/{photo_.id}"
    whole, small = await client.get(url), await client.get(url, params={"size": "thumbnail"})
    assert whole.headers["content-type"] == small.headers["content-type"] == "image/jpeg"
    assert whole.headers["content-disposition"].startswith("inline; ")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["cache-control"].startswith("private")
    assert max(Image.open(BytesIO(small.content)).size) == THUMBNAIL_SIDE
    async with browser(web) as other:
        assert (await other.get(url)).status_code == 401
        await press(other, "/signin", "/signin/guest")
        assert (await other.get(url)).status_code == 403
        await enter(app, other, "James")
        assert (await other.get(url)).status_code == 404
    async with browser(web) as recognised:
        await enter(app, recognised, "Maria", Rung.RECOGNISED)
        assert (await recognised.get(url)).status_code == 403
    assert (await client.get("/my/files/att_none")).status_code == 404
    assert (await client.get("/my/files/..%2f..%2fsecret.key")).status_code in (404, 422)
    assert (await client.get(url, params={"size": "huge"})).status_code == 422


async def test_a_pdf_is_only_ever_saved(app: App, client: httpx.AsyncClient) -> None:
    session = await enter(app, client, "Maria")
    file = await kept(app, session, "back-2", pdf(), 'mi "factura" ñ.pdf')
    answer = await client.get(f"/my/files/{file.id}")
    assert answer.content == pdf()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''mi%20factura%20%C3%B1.pdf" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    missing = await client.get(f"/my/files/{file.id}", params={"size": "thumbnail"})
    assert missing.status_code == 404
