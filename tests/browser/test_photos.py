"""Photos in the chat: attached, answered, still there after a reload; and what is refused."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import FilePayload, expect

from contracts.records.attachments import MAX_BYTES
from tests.photos import heic, pdf, photo
from tests.tab import Tab

pytestmark = pytest.mark.browser

KEPT = re.compile(r"I've kept your (?:photo|file)s?\b.*C-\w{6}")
TYPED = "how much do I owe?"


def named(name: str, data: bytes, mime: str = "image/jpeg") -> FilePayload:
    return {"name": name, "mimeType": mime, "buffer": data}


async def attach(tab: Tab, *files: FilePayload) -> None:
    await tab.page.locator("input[type=file]").first.set_input_files(list(files))


async def send(tab: Tab) -> None:
    button = tab.page.locator("#chat-submit")
    await expect(button).to_be_enabled()
    await button.click()


async def test_a_photo_is_kept_and_still_there_after_a_reload(tab: Tab) -> None:
    await tab.customer("Maria")
    await attach(tab, named("meter.heic", heic(), ""), named("bill.pdf", pdf(), "application/pdf"))
    await attach(tab, named("dial.png", photo("PNG"), "image/png"))
    await tab.page.locator("#chat-input").fill("here is my meter")
    await tab.shot("photo-attached")
    await send(tab)
    await expect(tab.page.get_by_text(KEPT)).to_be_visible()
    await tab.shot("photo-live")
    await tab.page.reload()
    await expect(tab.page.get_by_text(KEPT)).to_be_visible()
    image = tab.page.get_by_alt_text("Photo you sent: dial.jpg")
    await expect(image).to_be_visible()
    await expect(image).to_have_js_property("naturalWidth", 480)
    # As far right as the words it came with.
    words = await tab.page.get_by_text("here is my meter", exact=True).bounding_box()
    shown = await tab.page.locator(".tl-files").bounding_box()
    await tab.shot("photo-reload")
    assert words
    assert shown
    assert abs(words["x"] + words["width"] - shown["x"] - shown["width"]) < 30
    async with tab.page.expect_download() as saving:
        await tab.page.get_by_role("link", name="File you sent: bill.pdf").click()
    assert (await saving.value).suggested_filename == "bill.pdf"


async def test_a_photo_alone_can_be_sent(tab: Tab) -> None:
    await tab.customer("Wei")
    await tab.page.set_viewport_size({"width": 390, "height": 800})
    await attach(tab, named("meter.jpg", photo()))
    await send(tab)
    await expect(tab.page.get_by_text(KEPT)).to_be_visible()
    await tab.shot("photo-phone")


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (named("notes.txt", b"hello", "text/plain"), "I can only take photos"),
        (named("not-a-photo.jpg", b"MZ a program"), "I can only take photos"),
        (named("huge.jpg", bytes(MAX_BYTES + 1)), "it's too large, a file can have 10 MB"),
        (named("torn.jpg", photo()[:400]), "I can't open it"),
    ],
    ids=["text", "program", "huge", "torn"],
)
async def test_what_is_refused_is_said_and_the_words_stay(
    tab: Tab, file: FilePayload, why: str
) -> None:
    await tab.customer("Maria")
    await tab.page.locator("#chat-input").fill(TYPED)
    await attach(tab, file)
    await expect(tab.page.get_by_text(re.compile(rf"{file['name']}: {why}"))).to_be_visible()
    await tab.shot("photo-refused")
    await expect(tab.page.locator("#chat-input")).to_have_text(TYPED)
    await send(tab)
    await expect(tab.page.get_by_text(re.compile(r"Your .* bill is \$")).last).to_be_visible()
    # The browser notes the refusal itself.
    tab.errors = [it for it in tab.errors if "status of 41" not in it]


async def test_a_guest_is_asked_who_they_are(tab: Tab) -> None:
    await tab.guest()
    await attach(tab, named("meter.jpg", photo()))
    await send(tab)
    await expect(tab.page.get_by_text("To keep your photo I need to")).to_be_visible()
    await tab.page.reload()
    await expect(tab.page.get_by_text("meter.jpg")).to_be_visible()
