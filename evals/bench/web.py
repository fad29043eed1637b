"""What a visitor of the web chat waits for, and what an open chat costs the server.

The same is measured of Chainlit's bare hello-world, in the same browser, one after the other:
the first contentful paint (cold: a fresh profile; warm: the page was there before), which in ours
is the brand's name; when a message can be written; the scripts as they are transferred; and the
memory that 200 open chats add, each with one message said and answered. The first token is that
of the embedded model, which uses the tools and the records. Nothing leaves the machine: what the
bare page would fetch elsewhere is refused at once.
Run: python -m evals.bench.web
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from playwright.async_api import Browser, async_playwright
from rich.console import Console
from rich.table import Table

from evals.bench.pages import first_tokens, guest, paints, script_kb
from evals.bench.served import Server, bare, product
from evals.bench.sockets import Chat
from evals.figures import percentile

LOADS = 9  # of each page
CHATS = 200
WARM_UP = 10  # chats that come first, and bring in what is loaded once
AT_ONCE = 10
SETTLES_S = 2.0
QUESTIONS = (
    "what do I owe?",
    "show me my last payments",
    "what is my rate plan?",
    "when is my bill due?",
    "how much energy did I use last month?",
    "is there an outage at my place?",
)
ROUNDS = 5  # in which all of them are asked
SAID = "is there an outage near me?"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
_TOKEN = re.compile(r'name="form" value="([^"]+)"')

Cookie = Callable[[int], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one server. Times in ms, medians; of the memory, what so many chats added."""

    fcp_cold: float
    fcp_warm: float
    ready: float
    script_kb: float
    mb_of_chats: float


async def run() -> dict[str, float]:
    async with chromium() as browser:
        with tempfile.TemporaryDirectory() as folder:
            async with product(Path(folder)) as server:
                cookies = await guest(browser, server)
                entry = await paints(browser, f"{server.base_url}/signin", LOADS)
                page = await of_page(browser, server, cookies)
                tokens = await first_tokens(browser, server, "Wei Chen", QUESTIONS * ROUNDS)
                ours = Figures(*page, await mb_of(server, guest_cookie(server)))
        with tempfile.TemporaryDirectory() as folder:
            async with bare(Path(folder)) as server:
                theirs = Figures(*await of_page(browser, server), await mb_of(server, no_cookie))
    signin = (statistics.median(entry.cold), statistics.median(entry.warm))
    show(ours, theirs, signin, tokens)
    return line(ours, theirs, signin, tokens)


async def of_page(
    browser: Browser, server: Server, cookies: list[object] | None = None
) -> tuple[float, float, float, float]:
    """The chat's page: first paints, cold and warm, when one can write, the KB of its scripts."""
    url = f"{server.base_url}{server.chat}"
    found = await paints(browser, url, LOADS, cookies or (), "#chat-input")
    times = [statistics.median(it) for it in (found.cold, found.warm, found.ready)]
    return times[0], times[1], times[2], await script_kb(browser, url, cookies or ())


async def mb_of(server: Server, cookie: Cookie) -> float:
    """What so many open chats add to the memory of the server's process."""
    early = await opened(server, cookie, range(WARM_UP))
    await asyncio.sleep(SETTLES_S)
    before = server.resident_mb()
    chats = await opened(server, cookie, range(WARM_UP, WARM_UP + CHATS))
    await asyncio.sleep(SETTLES_S)
    after = server.resident_mb()
    await asyncio.gather(*(chat.close() for chat in early + chats))
    return after - before


async def opened(server: Server, cookie: Cookie, numbers: range) -> list[Chat]:
    """Chats that are open, with a message said and answered in each."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Chat:
        async with free:
            chat = Chat(server, await cookie(number))
            await chat.open()
            await chat.say(SAID)
            return chat

    return list(await asyncio.gather(*map(one, numbers)))


def guest_cookie(server: Server) -> Cookie:
    """Lets each chat in as a guest of its own, from an address of its own."""

    async def cookie(number: int) -> str:
        headers = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250 + 1}"}
        async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
            shown = await client.get("/signin")
            token = _TOKEN.search(shown.text)
            assert token is not None
            answer = await client.post("/signin/guest", data={"form": token.group(1)})
            assert answer.status_code == 303
            return "; ".join(f"{name}={value}" for name, value in client.cookies.items())

    return cookie


async def no_cookie(_number: int) -> str:
    return ""


def line(
    ours: Figures, theirs: Figures, signin: tuple[float, float], tokens: list[float]
) -> dict[str, float]:
    """The figures that are held against their goals, and what they are beside the bare one's."""
    mine, other = asdict(ours), asdict(theirs)
    ratios = {f"ratio_{name}": round(mine[name] / other[name], 3) for name in mine}
    return {
        "fcp_ms": round(ours.fcp_cold, 1),
        "fcp_warm_ms": round(ours.fcp_warm, 1),
        "ready_ms": round(ours.ready, 1),
        "signin_fcp_ms": round(signin[0], 1),
        "first_token_ms": round(percentile(tokens, 0.5), 1),
        "first_token_p95_ms": round(percentile(tokens, 0.95), 1),
        "script_kb": round(ours.script_kb, 1),
        "mb_per_200_chats": round(ours.mb_of_chats, 1),
        **ratios,
    }


def show(ours: Figures, theirs: Figures, signin: tuple[float, float], tokens: list[float]) -> None:
    table = Table(title=f"The chat's page (medians of {LOADS}) and {CHATS} open chats")
    for column in ("", "ours", "Chainlit bare", "ratio"):
        table.add_column(column, justify="right" if column else "left")
    rows = {
        "first paint, cold (ms)": (ours.fcp_cold, theirs.fcp_cold),
        "first paint, warm (ms)": (ours.fcp_warm, theirs.fcp_warm),
        "ready to write, cold (ms)": (ours.ready, theirs.ready),
        "scripts, transferred (KB)": (ours.script_kb, theirs.script_kb),
        f"memory of {CHATS} chats (MB)": (ours.mb_of_chats, theirs.mb_of_chats),
    }
    for name, (mine, other) in rows.items():
        table.add_row(name, f"{mine:.1f}", f"{other:.1f}", f"{mine / other:.2f}")
    out = Console()
    out.print(table)
    out.print(f"Sign-in, first paint: {signin[0]:.0f} ms cold, {signin[1]:.0f} ms warm.")
    out.print(
        f"First token, of {len(tokens)} turns: {percentile(tokens, 0.5):.0f} ms in the median, "
        f"{percentile(tokens, 0.95):.0f} ms at p95."
    )


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's. Raises SystemExit where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("This bench needs a browser: install chromium (Debian: apt install chromium).")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


def main() -> None:
    print(json.dumps(asyncio.run(run())))


if __name__ == "__main__":
    main()
