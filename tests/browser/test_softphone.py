"""The softphone in a browser: a whole call by a microphone that plays a file, and what the page
shows and does with a line that a test plays."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, WebSocketRoute, async_playwright, expect

from cli.waves import write_wav
from contracts.speech import SILENCE
from tests import voices
from tests.scripted_speech import tone
from tests.site import RunningSite, eventually
from tests.tab import DESKTOP, PHONE, Tab, open_tab_in
from voice import media

pytestmark = pytest.mark.browser

QUESTION = "My power is out. When will it be back?"
GREETING_S = 9.0  # the question comes after it, and before we would ask who is there
WITHIN_MS = 45_000  # for engines that share two cores with a browser

# A microphone that hums, where a browser under test has none; and one that fails.
_HUM = """
navigator.mediaDevices.getUserMedia = async () => {
  const sound = new AudioContext();
  const hum = sound.createOscillator();
  const end = sound.createMediaStreamDestination();
  hum.connect(end);
  hum.start();
  return end.stream;
};
"""
_FAILS = """
navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("no", "%s");
};
"""
# One that the browser asks for leave to use, until the test gives it.
_ASKS = """
navigator.mediaDevices.getUserMedia = () =>
  new Promise((resolve) => {
    window.allow = () => {
      const { stream } = new AudioContext().createMediaStreamDestination();
      window.track = stream.getAudioTracks()[0];
      resolve(stream);
    };
  });
"""
# A tone of 1 kHz and one of 10 kHz, from 48,000 samples a second to 16,000, and the first back:
# how loud each is.
_RESAMPLED = """
async () => {
  const { Resampler } = await import("/static/phone/resample.js");
  const tone = (hertz, rate) =>
    Float32Array.from({ length: rate }, (_, at) => Math.sin((2 * Math.PI * hertz * at) / rate));
  const through = (samples, from, to) => {
    const resampler = new Resampler(from, to);
    const made = [];
    for (let at = 0; at < samples.length; at += 128)
      made.push(...resampler.push(samples.subarray(at, at + 128)));
    const inner = made.slice(1_000, -1_000);
    return [made.length, Math.sqrt(inner.reduce((sum, it) => sum + it * it, 0) / inner.length)];
  };
  return {
    kept: through(tone(1_000, 48_000), 48_000, 16_000),
    odd: through(tone(1_000, 44_100), 44_100, 16_000),
    above: through(tone(10_000, 48_000), 48_000, 16_000),
    back: through(tone(1_000, 16_000), 16_000, 44_100),
  };
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talker(
    chromium_path: str, chromium_args: list[str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Browser]:
    """A browser whose microphone plays the question, once."""
    wav = tmp_path_factory.mktemp("microphone") / "question.wav"
    asked = voices.utterance(QUESTION)
    write_wav(wav, voices.silence(GREETING_S) + asked + voices.silence(60))
    args = [
        *chromium_args,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={wav}%noloop",
    ]
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium_path, args=args)
        yield running
        await running.close()


async def figures(page: Page) -> dict[str, float]:
    """What the speaker's thread counted: frames that came, seconds that were audible, ..."""
    shown = await page.evaluate("({...document.getElementById('figures').dataset})")
    return {name: float(value) for name, value in shown.items()}


async def test_a_whole_call(talker: Browser, site: RunningSite) -> None:
    await site.app.voice.warm()
    async with open_tab_in(talker, site, viewport=DESKTOP) as tab:
        page = tab.page
        await page.goto(f"{site.base_url}/phone")
        await tab.axe()
        await tab.shot("softphone-idle")
        await page.get_by_role("radio", name=re.compile("Maria Alvarez")).check()
        await page.get_by_role("button", name="Call", exact=True).click()

        said = page.get_by_role("log")
        await expect(said).to_contain_text("Hello Maria", timeout=WITHIN_MS)
        mine = said.locator('[data-by="customer"]')
        await expect(mine).to_contain_text(re.compile("power", re.IGNORECASE), timeout=WITHIN_MS)
        await expect(said).to_contain_text("418 Alder Street", timeout=WITHIN_MS)
        await expect(page.locator("#agent")).to_have_text("Outages and safety", timeout=WITHIN_MS)
        await expect(page.locator("#standing")).to_have_text("On the call")
        total = page.locator('[data-stage="total"] dd')
        await expect(total).to_have_text(re.compile(r"^\d+ ms$"), timeout=WITHIN_MS)
        counted = await figures(page)
        assert counted["frames"] > 150
        assert counted["loud"] > 3.0
        await tab.axe()
        await tab.shot("softphone-call")

        await page.get_by_role("button", name="Hang up").click()
        await expect(page.get_by_role("button", name="Call", exact=True)).to_be_focused()
        await expect(said).to_contain_text("The call has ended.")
        tab.assert_well()
    maria = await site.customer("Maria")

    async def ended() -> bool:
        calls = await site.app.records.calls.of(maria.customer_id, 1)
        return bool(calls) and calls[0].outcome == "completed"

    assert await eventually(ended)


@dataclass
class PlayedLine:
    """The server's end of a line, played by a test."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    route: WebSocketRoute | None = None

    def taken(self, route: WebSocketRoute) -> None:
        self.route = route
        route.on_message(lambda text: self.heard.append(json.loads(text)))

    def says(self, kind: str, **part: Any) -> None:
        self.sends(json.dumps({"Kind": kind, kind: part}))

    def sends(self, text: str) -> None:
        assert self.route is not None
        self.route.send(text)

    def said(self, by: str, text: str, *, final: bool = True) -> None:
        self.says("Transcript", by=by, text=text, final=final)

    async def first(self, kind: str) -> dict[str, Any]:
        """The first message of a kind that comes."""

        async def found() -> dict[str, Any] | None:
            return next((it for it in self.heard if it["kind"] == kind), None)

        message = await eventually(found)
        assert message is not None
        return message


async def called(tab: Tab, *, microphone: str = _HUM) -> PlayedLine:
    """A call that is open, on a line that the test plays."""
    line = PlayedLine()
    await tab.page.route_web_socket(re.compile("/phone/media"), line.taken)
    await tab.page.add_init_script(microphone)
    await tab.page.goto(f"{tab.site.base_url}/phone")
    await tab.page.get_by_role("button", name="Call", exact=True).click()
    await expect(tab.page.locator("#standing")).to_have_text("On the call")
    return line


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")])
async def test_what_is_said_is_shown(open_tab: Any, viewport: tuple[int, int], scheme: str) -> None:
    tab = await open_tab(viewport=viewport, color_scheme=scheme)
    line = await called(tab)
    page = tab.page
    turns = page.locator(".turn")
    line.says("Agent", name="Customer care")
    line.said("us", "Hello Maria.")
    line.said("us", "How can I help?")
    await expect(turns.nth(0).locator(".turn-text")).to_have_text("Hello Maria. How can I help?")
    line.said("customer", "my power", final=False)
    await expect(page.locator(".partly")).to_have_text("my power")
    await tab.axe()
    await tab.shot(f"softphone-partly-{viewport[0]}-{scheme}")
    line.said("customer", "My power is out.")
    await expect(page.locator(".partly")).to_be_hidden()
    line.says("Step", label="Looking up outages")
    line.said("us", "It is known.")
    line.said("customer", "thank", final=False)  # answered before it was final
    line.said("us", "You're welcome.")
    line.said("customer", "Thanks.")
    await expect(turns).to_have_count(5)
    await expect(turns.nth(1).locator(".turn-text")).to_have_text("My power is out.")
    await expect(turns.nth(3).locator(".turn-text")).to_have_text("Thanks.")
    line.says("Latency", stages={"endpoint": 700.4, "turn": 90, "total": 912.6, "other": 1})
    await expect(page.locator('[data-stage="total"] dd')).to_have_text("913 ms")
    await page.get_by_role("button", name="Keypad").click()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await tab.axe()
    await tab.shot(f"softphone-{viewport[0]}-{scheme}", full_page=True)
    line.says("Ended", outcome="transferred")
    await expect(page.get_by_role("log")).to_contain_text("A person of our team has taken the call")
    await expect(page.get_by_role("button", name="Call", exact=True)).to_be_focused()


async def test_it_speaks_spanish(open_tab: Any) -> None:
    tab = await open_tab(viewport=PHONE, locale="es-MX")
    await tab.page.goto(f"{tab.site.base_url}/phone")
    await expect(tab.page.get_by_role("heading", name="Llámenos")).to_be_visible()
    await tab.axe()
    await tab.shot("softphone-es")


async def test_the_microphone_goes_out_in_frames(tab: Tab) -> None:
    line = await called(tab)
    assert media.read(json.dumps(await line.first("AudioMetadata"))) == media.Metadata(16_000, 1)

    async def loud() -> bool:
        frames = [media.read(json.dumps(it)) for it in line.heard if it["kind"] == "AudioData"]
        assert all(isinstance(it, media.Frame) for it in frames)
        return any(isinstance(it, media.Frame) and it.pcm != SILENCE for it in frames)

    await eventually(loud)
    await tab.page.get_by_role("button", name="Mute").click()
    unmute = tab.page.get_by_role("button", name="Unmute")
    await expect(unmute).to_have_attribute("aria-pressed", "true")

    async def muted() -> bool:
        last = media.read(json.dumps(line.heard[-1]))
        return isinstance(last, media.Frame) and last.pcm == SILENCE

    await eventually(muted)
    await unmute.click()
    await expect(tab.page.get_by_role("button", name="Mute")).to_be_visible()


async def test_what_is_stopped_is_not_heard(tab: Tab) -> None:
    line = await called(tab)
    for _ in range(250):  # five seconds
        line.sends(media.audio(tone(440.0, 0.5)))
    await expect(tab.page.locator("#figures")).to_have_attribute(
        "data-loud", re.compile(r"^(0\.[3-9]|[1-4])")
    )
    line.sends(media.stop())
    await expect(tab.page.locator("#figures")).to_have_attribute("data-stops", "1")
    stopped = await figures(tab.page)
    line.says("Ended", outcome="completed")  # what waited would be heard out before it
    await expect(tab.page.get_by_role("button", name="Call", exact=True)).to_be_visible()
    over = await figures(tab.page)
    assert over["frames"] == 250
    assert over["loud"] - stopped["loud"] < 0.25
    assert over["loud"] < 4.5


async def test_keys_go_out_by_hand_and_by_keyboard(tab: Tab) -> None:
    line = await called(tab)
    await tab.page.get_by_role("button", name="Keypad").click()
    await tab.page.get_by_role("button", name="5", exact=True).click()
    await tab.page.keyboard.press("#")
    await expect(tab.page.locator("#pressed")).to_have_text("5#")

    async def both() -> bool:
        return [it["dtmfData"]["data"] for it in line.heard if it["kind"] == "DtmfData"] == [
            "5",
            "#",
        ]

    assert await eventually(both)


async def test_a_person_takes_the_call_on_the_page(tab: Tab) -> None:
    line = await called(tab)
    line.says("Transfer", ringing=True, summary="Maria's power is out.", language="en")
    rings = tab.page.get_by_role("alertdialog", name="A person's phone rings")
    await expect(rings).to_contain_text("Maria's power is out.")
    await expect(tab.page.get_by_role("button", name="Accept")).to_be_focused()
    await tab.axe()
    await tab.shot("softphone-rings")
    await tab.page.get_by_role("button", name="Decline").click()
    assert (await line.first("Transfer"))["transfer"] == {"accepted": False}
    line.says("Transfer", ringing=False)
    await expect(rings).to_be_hidden()
    await expect(tab.page.get_by_role("button", name="Hang up")).to_be_focused()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotAllowedError", "may not use the microphone"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "Close other programs"),
    ],
)
async def test_without_a_microphone_it_says_what_to_do(tab: Tab, error: str, said: str) -> None:
    await tab.page.add_init_script(_FAILS % error)
    await tab.page.goto(f"{tab.site.base_url}/phone")
    await tab.page.get_by_role("button", name="Call", exact=True).click()
    await expect(tab.page.get_by_role("alert")).to_contain_text(said)
    await expect(tab.page.get_by_role("button", name="Call", exact=True)).to_be_focused()
    await tab.axe()


async def test_hung_up_before_the_microphone_was_allowed_nothing_listens(tab: Tab) -> None:
    await tab.page.add_init_script(_ASKS)
    await tab.page.goto(f"{tab.site.base_url}/phone")
    await tab.page.get_by_role("button", name="Call", exact=True).click()
    await tab.page.get_by_role("button", name="Hang up").click()
    await tab.page.evaluate("window.allow()")
    await tab.page.wait_for_function("window.track.readyState === 'ended'")
    await expect(tab.page.get_by_role("button", name="Call", exact=True)).to_be_visible()


async def test_a_line_that_breaks_is_told(tab: Tab) -> None:
    line = await called(tab)
    assert line.route is not None
    await line.route.close(code=1011)
    await expect(tab.page.get_by_role("log")).to_contain_text("The connection was lost")
    await expect(tab.page.get_by_role("button", name="Call", exact=True)).to_be_visible()


async def test_a_number_of_ones_own_can_call(tab: Tab) -> None:
    await tab.page.add_init_script(_HUM)
    await tab.page.goto(f"{tab.site.base_url}/phone")
    await tab.page.get_by_role("radio", name=re.compile("Another number")).check()
    call = tab.page.get_by_role("button", name="Call", exact=True)
    await call.click()
    await expect(tab.page.get_by_role("alert")).to_contain_text("country code")
    await tab.page.get_by_label("Phone number").fill("+15035550142")
    line = PlayedLine()
    await tab.page.route_web_socket(re.compile("/phone/media"), line.taken)
    await call.click()
    await expect(tab.page.locator("#party-number")).to_have_text("+15035550142")
    await line.first("AudioMetadata")


async def test_other_rates_come_through(tab: Tab) -> None:
    await tab.page.goto(f"{tab.site.base_url}/phone")
    made = await tab.page.evaluate(_RESAMPLED)
    for name, length in (("kept", 16_000), ("odd", 16_000), ("back", 44_100)):
        assert made[name][0] == pytest.approx(length, rel=0.01)
        assert made[name][1] == pytest.approx(0.7071, abs=0.01)
    assert made["above"][1] < 0.002  # what 16 kHz can't hold is gone, not folded


async def test_it_is_found_from_every_page(tab: Tab) -> None:
    await tab.page.goto(f"{tab.site.base_url}/signin")
    await tab.page.get_by_role("link", name="Call", exact=True).click()
    await expect(tab.page.get_by_role("heading", name="Call us")).to_be_visible()
