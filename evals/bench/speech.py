"""How well and how soon the embedded engines hear and speak.

Callers are other voices than ours (evals/voices.py), over a phone line, among others who talk.
Sound is fed at the pace of a call, 20 ms at a time, for the latencies; at once for the errors.
Run: python -m evals.bench.speech
"""

from __future__ import annotations

import asyncio
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from contracts.settings import Settings
from contracts.speech import FRAME_S, RATE, Conversing, Heard, Recognition
from evals.bench.hearing import errors
from evals.bench.machine import Machine
from evals.figures import percentile
from evals.voices import frames, noisy, silence, telephone, utterance
from voice.engines.local import LocalEngines

ENGLISH = (
    "My lights went out about ten minutes ago.",
    "I would like to pay my bill, please.",
    "What is my account balance?",
    "There is a power line down in the street.",
    "I smell gas in the basement.",
    "Can I set up a payment arrangement?",
    "I am moving to a new address on the first of March.",
    "My meter reading is four five two seven.",
    "Why is my bill so high this month?",
    "I want to start service at twelve Maple Street.",
    "Do you have a technician who can come on Tuesday?",
    "When will the power be back on in Beaverton?",
    "Please send me a text message with the link.",
    "My account number is seven three one nine.",
    "I'd like to report an outage.",
    "Can I change my appointment to the afternoon?",
    "Is there a fee if I pay with a credit card?",
    "The streetlight on our corner has been dark for a week.",
    "I need to talk to a person.",
    "How much did I use last month compared with last year?",
)
SPANISH = (
    "Se fue la luz en mi casa hace diez minutos.",
    "Quiero pagar mi factura, por favor.",
    "¿Cuál es mi saldo?",
    "Huele a gas en el sótano.",
    "¿Puedo hablar con una persona?",
    "Me mudo a una nueva dirección el primero de marzo.",
    "¿Por qué es tan alta mi factura este mes?",
    "Necesito cambiar mi cita para la tarde.",
)
LINES: dict[str, Callable[[bytes], bytes]] = {
    "clean": lambda pcm: pcm,
    "phone": telephone,
    "phone, others 20 dB below": lambda pcm: noisy(telephone(pcm), 20, seed=1),
    "phone, others 10 dB below": lambda pcm: noisy(telephone(pcm), 10, seed=2),
}
CALLERS = {"en": ("joe", "amy", "liz"), "es": ("ana",)}
REPLIES = {
    "en": "Your balance is one hundred twenty dollars and fifty cents, and it's due on Friday.",
    "es": "Su saldo es de ciento veinte dólares con cincuenta centavos, y vence el viernes.",
}
AT_PACE = 8  # sentences of each language that are fed as they would be spoken


@dataclass
class Errors:
    wrong: int = 0
    words: int = 0
    sound_s: float = 0.0
    took_s: float = 0.0  # of processor cores, so that others at work don't count


@dataclass
class Delays:
    """Seconds, one of each for every sentence."""

    partial: list[float] = field(default_factory=list)  # the first, after speech began
    final: list[float] = field(default_factory=list)  # after the pause was told
    sound: list[float] = field(default_factory=list)  # the first, after the words were given


async def main() -> None:
    console, machine = Console(), Machine()
    engines = LocalEngines(Settings().data_dir)
    began = time.perf_counter()
    await engines.start()
    console.print(f"loaded and warm in {time.perf_counter() - began:.1f} s", highlight=False)
    try:
        console.print(await _errors(engines), await _delays(engines))
    finally:
        await engines.close()
    console.print(str(machine), highlight=False)


async def _errors(engines: LocalEngines) -> Table:
    table = Table("language", "line", "sentences", "words wrong", "core time / sound")
    for language, sentences in (("en", ENGLISH), ("es", SPANISH)):
        for line, over in LINES.items():
            said = [(text, who) for text in sentences for who in CALLERS[language]]
            found = await _heard(engines, language, over, said)
            table.add_row(
                language,
                line,
                str(len(said)),
                f"{100 * found.wrong / found.words:.1f} %",
                f"{found.took_s / found.sound_s:.2f}",
            )
    return table


async def _heard(
    engines: LocalEngines,
    language: str,
    over: Callable[[bytes], bytes],
    said: Iterable[tuple[str, str]],
) -> Errors:
    found = Errors()
    async with engines.open(languages=[language]) as call:
        for text, who in said:
            pcm = over(silence(0.3) + utterance(text, voice=who, language=language) + silence(0.3))
            found.sound_s += len(pcm) / 2 / RATE
            began = time.process_time()
            for frame in frames(pcm):
                call.ear.feed(frame)
            call.ear.pause()
            heard = await _final(call.ear)
            found.took_s += time.process_time() - began
            wrong, words = errors(text, heard.text)
            found.wrong, found.words = found.wrong + wrong, found.words + words
    return found


async def _delays(engines: LocalEngines) -> Table:
    table = Table("language", "what", "median", "95 of 100")
    for language, sentences in (("en", ENGLISH), ("es", SPANISH)):
        found = Delays()
        async with engines.open(languages=["en", "es"]) as call:
            await _at_pace(call, sentences[0], language, Delays())  # it learns the language
            for text in sentences[:AT_PACE]:
                await _at_pace(call, text, language, found)
        for what, seconds in (
            ("first partial result, after speech began", found.partial),
            ("final result, after 0.3 s of silence", found.final),
            ("first sound of a reply", found.sound),
        ):
            row = (statistics.median(seconds), percentile(seconds, 0.95))
            table.add_row(language, what, *(f"{1000 * value:.0f} ms" for value in row))
    return table


async def _at_pace(call: Conversing, text: str, language: str, found: Delays) -> None:
    pcm = telephone(utterance(text, voice=CALLERS[language][0], language=language))
    results: list[tuple[float, Heard]] = []
    reading = asyncio.create_task(_until_final(call.ear, results))
    began = time.perf_counter()
    for number, frame in enumerate(frames(pcm + silence(0.3))):
        await asyncio.sleep(max(0.0, began + number * FRAME_S - time.perf_counter()))
        call.ear.feed(frame)
    paused = time.perf_counter()
    call.ear.pause()
    await reading
    found.final.append(results[-1][0] - paused)
    if not results[0][1].final:
        found.partial.append(results[0][0] - began)
    asked = time.perf_counter()
    await anext(aiter(call.mouth.speak(REPLIES[language], language=language)))
    found.sound.append(time.perf_counter() - asked)


async def _until_final(ear: Recognition, results: list[tuple[float, Heard]]) -> None:
    async for heard in ear:
        results.append((time.perf_counter(), heard))
        if heard.final:
            return


async def _final(ear: Recognition) -> Heard:
    return await anext(heard async for heard in ear if heard.final)


if __name__ == "__main__":
    ArgumentParser(description=__doc__).parse_args()
    asyncio.run(main())
