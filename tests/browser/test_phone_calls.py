"""Calls at the phone's page, in a real browser with a microphone that beeps."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from azure.communication.callautomation import TextSource
from azure.communication.callautomation.aio import CallConnectionClient
from playwright.async_api import Browser, Locator, async_playwright, expect

from contracts.demo import VOICE_NUMBER
from tests.calling import MARIA, NINA, NOBODY, Line, open_line, phone, settled, tone
from tests.phonepage import NARROW, OpenPhone, PhoneTab, phones_in

pytestmark = pytest.mark.browser

MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def beeping(chromium_path: str, chromium_args: list[str]) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium_path, args=[*chromium_args, *MICROPHONE]
        )
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def line() -> AsyncIterator[Line]:
    async with open_line() as line:
        yield line
        await settled(line)


@pytest_asyncio.fixture(loop_scope="session")
async def open_phone(beeping: Browser, line: Line) -> AsyncIterator[OpenPhone]:
    async with phones_in(beeping, line.emulator, line.url) as opened:
        yield opened


def button(dialog: Locator, name: str) -> Locator:
    return dialog.get_by_role("button", name=name, exact=True)


async def test_maria_calls_speaks_presses_keys_and_hangs_up(
    line: Line, open_phone: OpenPhone
) -> None:
    at = await open_phone(MARIA, viewport=NARROW)
    await at.page.get_by_role("button", name="Call Cascade Power & Gas").click()
    dialog = at.page.get_by_role("dialog", name="Cascade Power & Gas")
    await expect(dialog.get_by_role("status")).to_have_text("Calling…")
    connection = await line.answer(0)
    await expect(dialog.get_by_role("status")).to_have_text("Connected")
    await line.utility.until(
        lambda: line.utility.sockets and any(not it["silent"] for it in line.utility.socket.audio)
    )
    await connection.play_media(TextSource(text="Hello, how can I help?"))
    await expect(dialog.get_by_role("log")).to_have_text("Hello, how can I help?")
    await button(dialog, "Keypad").click()
    await button(dialog, "5").click()
    await button(dialog, "pound").click()
    await line.utility.until(lambda: line.utility.socket.keys == "5#")
    await at.tab.axe()
    await button(dialog, "Mute").click()
    await expect(button(dialog, "Mute")).to_have_attribute("aria-pressed", "true")
    await button(dialog, "Hang up").click()
    await line.utility.expect("CallDisconnected")
    await expect(dialog).to_be_hidden()


# Beside the speaker, something that a test can ask.
LISTENING = """() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) {
      window.heard = this.context.createAnalyser();
      connect.call(this, window.heard);
    }
    return connect.call(this, to, ...more);
  };
}"""
UNTIL = """(loud) => new Promise((done) => {
  const samples = new Float32Array(window.heard.fftSize);
  const look = () => {
    window.heard.getFloatTimeDomainData(samples);
    const loudest = Math.max(...samples);
    if (loud ? loudest > 0.2 : loudest === 0) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


async def test_what_the_utility_says_comes_out_of_the_speaker(
    line: Line, open_phone: OpenPhone
) -> None:
    at = await open_phone(MARIA)
    await at.page.evaluate(LISTENING)
    await at.page.get_by_role("button", name="Call Cascade Power & Gas").click()
    dialog = at.page.get_by_role("dialog", name="Cascade Power & Gas")
    await line.answer(0)
    await expect(dialog.get_by_role("status")).to_have_text("Connected")
    await line.utility.expect("MediaStreamingStarted")
    await at.page.evaluate(UNTIL, False)
    await line.utility.socket.send(tone(5.0))
    await at.page.evaluate(UNTIL, True)
    await line.utility.socket.stop()
    await at.page.evaluate(UNTIL, False)
    await button(dialog, "Hang up").click()
    await expect(dialog).to_be_hidden()


async def test_a_phone_rings_and_is_answered(line: Line, open_phone: OpenPhone) -> None:
    at = await open_phone(NINA)
    await line.client.create_call(
        phone(NINA), line.callback, source_caller_id_number=phone(VOICE_NUMBER),
        media_streaming=line.streaming(),
    )  # fmt: skip
    dialog = at.page.get_by_role("dialog", name="Cascade Power & Gas")
    await expect(button(dialog, "Answer")).to_be_focused()
    await button(dialog, "Answer").click()
    connected = await line.utility.expect("CallConnected")
    await expect(dialog.get_by_role("status")).to_have_text("Connected")
    call = line.client.get_call_connection(connected["callConnectionId"])
    await call.hang_up(is_for_everyone=True)
    await expect(dialog.get_by_role("status")).to_have_text("Call ended: the utility rang off")
    await expect(dialog).to_be_hidden()


async def test_a_phone_rings_and_is_declined(line: Line, open_phone: OpenPhone) -> None:
    at = await open_phone(MARIA)
    await line.client.create_call(
        phone(NINA), line.callback, source_caller_id_number=phone(VOICE_NUMBER)
    )
    dialog = at.page.get_by_role("dialog", name="Cascade Power & Gas")
    await expect(dialog.get_by_text("Nina Petrova")).to_be_visible()
    await button(dialog, "Decline").click()
    failed = await line.utility.expect("CreateCallFailed")
    assert failed["resultInformation"]["code"] == 603
    await expect(dialog).to_be_hidden()


async def put_through(line: Line, at: PhoneTab) -> CallConnectionClient:
    """Maria's call, in which it rings at the desk."""
    await at.page.get_by_role("button", name="Call Cascade Power & Gas").click()
    connection = await line.answer(0)
    await expect(at.page.get_by_role("dialog").get_by_role("status")).to_have_text("Connected")
    await connection.add_participant(phone(NOBODY), source_caller_id_number=phone(VOICE_NUMBER))
    return connection


async def test_a_call_is_taken_at_the_agents_desk(line: Line, open_phone: OpenPhone) -> None:
    at = await open_phone(MARIA)
    connection = await put_through(line, at)
    hers = at.page.get_by_role("dialog", name="Cascade Power & Gas")
    async with at.page.expect_popup() as opened:
        await hers.get_by_role("link", name="Open the desk in a new tab").click()
    desk = await opened.value
    rings = desk.get_by_role("dialog", name="Cascade Power & Gas")
    await expect(rings.get_by_role("status")).to_have_text("A call is put through to you")
    await expect(button(rings, "Answer")).to_be_focused()
    await button(rings, "Answer").click()
    await line.utility.expect("AddParticipantSucceeded")
    await expect(rings).to_contain_text("First you hear what it is about")
    await expect(hers).to_contain_text("Somebody at the agents' desk has joined")
    await connection.play_media(TextSource(text="It is Maria."), play_to=[phone(NOBODY)])
    await expect(rings.get_by_role("log")).to_have_text("It is Maria.")
    await expect(hers.get_by_role("log")).to_be_empty()
    await connection.hang_up(is_for_everyone=False)
    await expect(rings).to_contain_text("You have the call: talk with Maria Alvarez.")
    await expect(hers).to_contain_text("You are talking with the agents' desk.")
    await button(rings, "Hang up").click()
    await expect(hers.get_by_role("status")).to_have_text("Call ended: the phone rang off")
    await expect(rings).to_be_hidden()
    await expect(desk.get_by_text("Nobody is being put through")).to_be_visible()


async def test_a_call_is_declined_at_the_desk(line: Line, open_phone: OpenPhone) -> None:
    at = await open_phone(MARIA)
    other = await open_phone(NINA)
    await other.page.get_by_role("link", name="The agents' desk").click()
    await expect(other.page.get_by_text("Nobody is being put through")).to_be_visible()
    await other.tab.axe()
    await put_through(line, at)
    rings = other.page.get_by_role("dialog", name="Cascade Power & Gas")
    await button(rings, "Decline").click()
    failed = await line.utility.expect("AddParticipantFailed")
    assert failed["resultInformation"]["code"] == 603
    await expect(rings).to_be_hidden()
    hers = at.page.get_by_role("dialog", name="Cascade Power & Gas")
    await expect(hers.get_by_text("It rings")).to_be_hidden()
    await button(hers, "Hang up").click()
