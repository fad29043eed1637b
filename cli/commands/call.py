"""`throughline call`: a caller who is played to a running server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.order import given
from cli.shell import Shell, console, run
from contracts.errors import BadInput

if TYPE_CHECKING:
    from cli.phone import Utterance

KEYS = "0123456789*#"


def command(
    ctx: typer.Context,
    sender: Annotated[str, typer.Option("--from", help="The number that calls.")] = "",
    wav: Annotated[
        list[Path] | None, typer.Option(help="A recording to play; each is one thing said.")
    ] = None,
    say: Annotated[list[str] | None, typer.Option(help="Words to say, spoken here.")] = None,
    dtmf: Annotated[
        list[str] | None, typer.Option(help="Keys to press, such as 1 or 4821#.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of --say: en or es.")] = "en",
    out: Annotated[
        Path | None, typer.Option(help="Where what was answered is written, as WAV.")
    ] = None,
    url: Annotated[str, typer.Option(help="The server; the one of the settings otherwise.")] = "",
) -> None:
    """Call a running server as a customer, and read what is said.

    The caller waits for the greeting, does one thing after the other (--wav, --say and --dtmf, in
    the order given, each as often as you like), each once the reply to the one before is over, and
    rings off.
    """
    if not sender:
        raise BadInput("--from is missing: try --from +15550101 (throughline customers has more)")
    if language not in ("en", "es"):
        raise BadInput("--language has to be en or es")
    if wrong := set("".join(dtmf or ())) - set(KEYS):
        raise BadInput(f"--dtmf takes {' '.join(KEYS)}, not {' '.join(sorted(wrong))}")
    shell: Shell = ctx.obj
    base_url = (url or shell.settings().base_url).rstrip("/")
    if not base_url.startswith(("http://", "https://")):
        raise BadInput("--url has to begin with http:// or https://")
    run(_call(base_url, sender, given(ctx, wav=wav, say=say, dtmf=dtmf), language, out))


async def _call(
    base_url: str, sender: str, done: Sequence[tuple[str, Any]], language: str, out: Path | None
) -> None:
    from cli.phone import play
    from cli.transcript import Transcript
    from cli.waves import check_writable, write_wav

    script = await _script(done, language)
    if out is not None:
        check_writable(out)  # told before the call
    transcript = Transcript(console())
    call = await play(base_url, sender, script, transcript.show)
    if out is not None:
        write_wav(out, bytes(call.heard))
    transcript.ended(call.outcome, str(out or ""))


async def _script(done: Sequence[tuple[str, Any]], language: str) -> list[Utterance]:
    """What the caller does, in its order."""
    import asyncio

    from cli.phone import Utterance
    from cli.waves import read_wav

    recorded = {path: await asyncio.to_thread(read_wav, path) for of, path in done if of == "wav"}
    words = [text for of, text in done if of == "say" and text.strip()]
    spoken = iter(await _spoken(words, language) if words else ())
    script = []
    for of, what in done:
        if of == "wav":
            script.append(Utterance(recorded[what]))
        elif of == "say" and what.strip():
            script.append(Utterance(next(spoken)))
        elif of == "dtmf" and what:
            script.append(Utterance(digits=what))
    if not script:
        raise BadInput('nothing is said: give --say "My power is out", --wav FILE or --dtmf 1')
    return script


async def _spoken(say: Sequence[str], language: str) -> list[bytes]:
    """Each as the embedded voice says it, at 16 kHz. Raises SpeechUnavailable."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from voice.engines.local.mouth import Mouth
    from voice.spoken.reading import read_out

    with ThreadPoolExecutor(1) as worker:
        mouth = Mouth(worker)
        await asyncio.get_running_loop().run_in_executor(worker, mouth.load)
        return [await read_out(mouth, text, language) for text in say]
