import asyncio
import os
import random
import threading
from contextlib import aclosing

import pytest

from cli.lines import MAX_LINE, Line, Splitter, lines

pytestmark = pytest.mark.unit


def split(data: bytes, sizes: list[int]) -> list[Line]:
    splitter, found = Splitter(), []
    for size in sizes:
        chunk, data = data[:size], data[size:]
        found += splitter.feed(chunk)
    return found + splitter.feed(data) + splitter.end()


def test_lines_are_the_same_however_they_arrive() -> None:
    data = b"one\r\n\n\xff\x00two\n" + b"x" * (MAX_LINE + 1) + b"\nlast"
    whole = [
        Line(1, b"one"),
        Line(2, b""),
        Line(3, b"\xff\x00two"),
        Line(4, b"", too_long=True),
        Line(5, b"last"),
    ]
    chance = random.Random(7)
    for _ in range(50):
        assert split(data, [chance.randrange(1, 40_000) for _ in range(40)]) == whole


def test_the_longest_line_allowed_is_kept() -> None:
    assert split(b"y" * MAX_LINE + b"\n", [10]) == [Line(1, b"y" * MAX_LINE)]


def test_nothing_gives_no_line() -> None:
    assert split(b"", []) == []


async def test_the_loop_runs_while_nothing_is_typed() -> None:
    reading, writing = os.pipe()
    try:
        found = lines(lambda: os.read(reading, 100))
        first = asyncio.ensure_future(anext(found))
        await asyncio.wait_for(asyncio.sleep(0), 1)  # the loop is free
        assert not first.done()
        os.write(writing, b"hello\n")
        assert await asyncio.wait_for(first, 45) == Line(1, b"hello")
    finally:
        os.close(writing)
    assert [line async for line in found] == []
    os.close(reading)


async def test_a_flood_waits_for_its_reader() -> None:
    reads = 0

    def read() -> bytes:
        nonlocal reads
        reads += 1
        return b"line\n" * 10 if reads <= 1000 else b""

    found = lines(read)
    await anext(found)
    assert reads < 100
    assert sum([1 async for _ in found]) == 9_999


async def test_the_thread_ends_when_nobody_listens() -> None:
    async with aclosing(lines(lambda: b"line\n")) as found:
        await anext(found)
    deadline = asyncio.get_running_loop().time() + 5
    while any(it.name == "stdin" for it in threading.enumerate()):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)
