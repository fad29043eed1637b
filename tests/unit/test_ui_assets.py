"""The files that pages load: what a browser is given, and for how long it may keep it."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from ui.assets import ASK_AGAIN, FOR_GOOD, Assets

pytestmark = pytest.mark.unit

SCRIPT = "export const answer = 42;\n" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    (files / "icons").mkdir(parents=True)
    (files / "page.js").write_text(SCRIPT, "utf-8")
    (files / "small.css").write_text("a { color: red }", "utf-8")
    (files / "photo.png").write_bytes(bytes(5000))
    return files


def client(folder: Path, *, hashed: bool = False) -> httpx.AsyncClient:
    assets = Assets(folder, packed=folder.parent / "packed", hashed=hashed)
    transport = httpx.ASGITransport(Starlette(routes=[Mount("/static", assets)]))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


async def test_a_script_is_compressed_once(folder: Path) -> None:
    async with client(folder) as browser:
        first = await browser.get("/static/page.js")
        [packed] = (folder.parent / "packed").iterdir()
        made = packed.stat().st_mtime_ns
        again = await browser.get("/static/page.js")

    assert first.headers["content-encoding"] == "gzip"
    assert "/javascript" in first.headers["content-type"]  # text or application, by the table
    assert first.headers["vary"] == "Accept-Encoding"
    assert first.text == again.text == SCRIPT
    assert gzip.decompress(packed.read_bytes()).decode() == SCRIPT
    assert packed.stat().st_mtime_ns == made


async def test_a_changed_script_is_compressed_again(folder: Path) -> None:
    async with client(folder) as browser:
        before = await browser.get("/static/page.js")
        (folder / "page.js").write_text(SCRIPT + "// more\n", "utf-8")
        after = await browser.get("/static/page.js")

    assert after.text.endswith("// more\n")
    assert after.headers["etag"] != before.headers["etag"]


async def test_who_takes_no_gzip_gets_it_plain(folder: Path) -> None:
    async with client(folder) as browser:
        answer = await browser.get("/static/page.js", headers={"accept-encoding": "identity"})

    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.text == SCRIPT


@pytest.mark.parametrize("name", ["small.css", "photo.png"])
async def test_what_would_gain_nothing_is_left_as_it_is(name: str, folder: Path) -> None:
    async with client(folder) as browser:
        answer = await browser.get(f"/static/{name}")

    assert "content-encoding" not in answer.headers
    assert answer.content == (folder / name).read_bytes()
    assert answer.headers["cache-control"] == ASK_AGAIN


async def test_a_browser_that_has_it_is_told_so(folder: Path) -> None:
    async with client(folder) as browser:
        first = await browser.get("/static/page.js")
        again = await browser.get(
            "/static/page.js", headers={"if-none-match": first.headers["etag"]}
        )

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["cache-control"] == ASK_AGAIN


async def test_hashed_names_are_kept_for_good(folder: Path) -> None:
    async with client(folder, hashed=True) as browser:
        answer = await browser.get("/static/page.js")

    assert answer.headers["cache-control"] == FOR_GOOD


@pytest.mark.parametrize("path", ["nothing.js", "icons", "../packed", "%2e%2e/page.js", ""])
async def test_only_files_of_the_folder_are_given(path: str, folder: Path) -> None:
    async with client(folder) as browser:
        answer = await browser.get(f"/static/{path}")

    assert answer.status_code == 404
