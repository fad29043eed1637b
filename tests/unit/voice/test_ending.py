"""How long a pause ends a turn, by what was said and asked; nods, our own echo, dictated digits."""

from __future__ import annotations

import time

import pytest

from contracts.scenario import Voice
from voice.listening.dictation import digits_of, lengths_asked, with_number
from voice.listening.ending import is_backchannel, is_echo, patience

pytestmark = pytest.mark.unit

VOICE = Voice(greeting={}, known={}, pause_s=0.7, thinking_s=1.6, digits_s=2.0)
KINDS = {VOICE.pause_s: "whole", VOICE.thinking_s: "thinking", VOICE.digits_s: "digits"}

HOW = "Hello, this is Cascade Light & Gas. How can I help?"
ACCOUNT = "What's your account number? It has 10 digits, at the top of your bill."
FACTOR = (
    "Thank you, I have account number 4 0 7 8 9 0 1 2 3 4. And now one of these: the ZIP code, "
    "your date of birth, or the last four digits of the Social Security number on file."
)
BOTH = (
    "Before I can do that I need to make sure it's you. Please tell me your account number and one "
    "of these: the ZIP code, your date of birth, or the last four digits of the Social Security "
    "number on file. Or say “send me a code”, and I'll send one to your phone on file."
)
CODE = (
    "To keep your account safe I've sent a six-digit code to the phone ending in 0101. "
    "Please tell me the code; it's good for five minutes."
)
ADDRESS = "Which address are you moving to: house number, street, and ZIP code?"
PHONE = "That doesn't look like a US phone number. What's the number, area code first?"
METER = "What are the digits on your meter, from left to right?"
E_MAIL = "Which e-mail address shall we send your bills to?"
AGREE = "I'll pay $50.00 from your Visa ending in 4242. Shall I go ahead?"
CUENTA = (
    "¿Cuál es su número de cuenta? Tiene 10 dígitos y está en la parte de arriba de su factura."
)
DATOS = (
    "Gracias, tengo el número de cuenta 4 0 7 8 9 0 1 2 3 4. Y ahora uno de estos datos: el código "
    "postal, su fecha de nacimiento o los últimos cuatro dígitos del Seguro Social."
)

SAID = [
    # open questions
    (HOW, "my power is out", "whole"),
    (HOW, "My power is out and...", "thinking"),
    (HOW, "I want to pay fifty", "whole"),
    (HOW, "I'd like to", "thinking"),
    (HOW, "I'd like to know how much it is", "whole"),
    (HOW, "I need", "thinking"),
    (HOW, "Can you", "thinking"),
    (HOW, "um", "thinking"),
    (HOW, "well, you know", "thinking"),
    (HOW, "it's on the", "thinking"),
    (HOW, "I have a question about", "thinking"),
    (HOW, "what is it about", "whole"),
    (HOW, "when is the power coming back on", "whole"),
    (HOW, "please turn it on", "whole"),
    (HOW, "I think so", "whole"),
    (HOW, "my name is", "thinking"),
    (HOW, "Hello.", "thinking"),
    (HOW, "Hi, my lights are out.", "whole"),
    (HOW, "hold on", "whole"),
    (HOW, "my bill,", "thinking"),
    (HOW, "", "thinking"),
    # yes or no
    (AGREE, "yes", "whole"),
    (AGREE, "Yes, please.", "whole"),
    (AGREE, "Mm hmm.", "whole"),
    (AGREE, "uh-uh", "whole"),
    (AGREE, "Hmm.", "thinking"),
    (AGREE, "yes I would", "whole"),
    (AGREE, "yes I'd love to", "whole"),
    (AGREE, "yes but", "thinking"),
    (AGREE, "no, I", "thinking"),
    # numbers
    (ACCOUNT, "my account number is", "thinking"),
    (ACCOUNT, "okay, my account number", "thinking"),
    (ACCOUNT, "four zero seven", "digits"),
    (ACCOUNT, "It's 407-890", "digits"),
    (ACCOUNT, "four zero seven, uh, eight nine", "digits"),
    (ACCOUNT, "four zero seven eight nine oh one two three four", "whole"),
    (ACCOUNT, "forty seventy-eight ninety twelve thirty-four", "whole"),
    (ACCOUNT, "It's 4078901234.", "whole"),
    (ACCOUNT, "I don't have it", "whole"),
    (ACCOUNT, "I don't know what it is", "whole"),
    (BOTH, "nine seven two oh one", "digits"),
    (BOTH, "my zip code is nine seven two oh one", "whole"),
    (BOTH, "my zip code is nine seven two", "digits"),
    (BOTH, "4078901234 and the zip is 97201", "whole"),
    (FACTOR, "nine seven two oh one", "whole"),
    (FACTOR, "four four two one", "digits"),
    (FACTOR, "the last four are 4421", "whole"),
    (FACTOR, "March fourteenth", "digits"),
    (FACTOR, "March fourteenth nineteen eighty-five", "whole"),
    (FACTOR, "August 19, 1941", "whole"),
    (CODE, "one two three", "digits"),
    (CODE, "123456", "whole"),
    (CODE, "I didn't get it", "whole"),
    (PHONE, "five oh three, five five five", "digits"),
    (PHONE, "(503) 555-0147", "whole"),
    (METER, "four eight two one three", "digits"),
    (HOW, "my number is four oh seven eight nine oh", "whole"),
    (HOW, "my account number is four oh seven eight nine oh", "digits"),
    # addresses
    (ADDRESS, "four eighteen Alder Street", "thinking"),
    (ADDRESS, "12 Alder Street, Cedar Falls, 97201", "whole"),
    (ADDRESS, "418", "digits"),
    (ADDRESS, "I don't know yet", "whole"),
    (E_MAIL, "maria at example", "thinking"),
    (E_MAIL, "maria at example dot com", "whole"),
    (E_MAIL, "maria@example.com", "whole"),
]
DICHO = [
    (HOW, "no hay luz en mi casa", "whole"),
    (HOW, "Hola, buenas tardes.", "thinking"),
    (HOW, "quiero pagar mi", "thinking"),
    (HOW, "quisiera", "thinking"),
    (HOW, "lo que quiero", "whole"),
    (HOW, "eh, este", "thinking"),
    (HOW, "o sea", "thinking"),
    (HOW, "no lo sé", "whole"),
    (HOW, "¿cuánto es?", "whole"),
    (HOW, "me llamo", "thinking"),
    (HOW, "mi luz se fue y", "thinking"),
    ("¿Está de acuerdo?", "sí", "whole"),
    ("¿Está de acuerdo?", "claro que sí", "whole"),
    ("¿Está de acuerdo?", "sí, pero", "thinking"),
    (CUENTA, "mi número de cuenta es", "thinking"),
    (CUENTA, "cuatro cero siete", "digits"),
    (CUENTA, "cuarenta, setenta y ocho, noventa, doce, treinta y cuatro", "whole"),
    (CUENTA, "cuatro cero siete ocho nueve cero uno dos tres cuatro", "whole"),
    (DATOS, "nueve siete dos uno", "digits"),
    (DATOS, "nueve siete dos uno nueve", "whole"),
    (DATOS, "el catorce de marzo", "digits"),
    (DATOS, "el catorce de marzo de mil novecientos ochenta y cinco", "whole"),
    ("Dígame el número, la calle y el código postal.", "a 12 Alder Street", "thinking"),
]


@pytest.mark.parametrize(("asked", "heard", "kind"), SAID)
def test_patience(asked: str, heard: str, kind: str) -> None:
    assert KINDS[patience(heard, asked=asked, voice=VOICE, language="en")] == kind


@pytest.mark.parametrize(("asked", "heard", "kind"), DICHO)
def test_patience_in_spanish(asked: str, heard: str, kind: str) -> None:
    assert KINDS[patience(heard, asked=asked, voice=VOICE, language="es")] == kind


@pytest.mark.parametrize(
    ("said", "language", "digits"),
    [
        ("one oh oh two double five", "en", "100255"),
        ("double oh seven", "en", "007"),
        ("my account is 4078901234 and my zip is nine seven two oh one", "en", "97201"),
        ("four zero seven, um, eight nine zero", "en", "407890"),
        ("407-890-1234", "en", "4078901234"),
        ("triple nine one", "en", "9991"),
        ("no digits here", "en", ""),
        ("doble cinco, cero, uno", "es", "5501"),
        ("mi código es cuarenta setenta y ocho", "es", "4078"),
        ("nueve siete eh dos diecinueve", "es", "97219"),
    ],
)
def test_digits_that_were_dictated(said: str, language: str, digits: str) -> None:
    assert digits_of(said, language) == digits


DICTATED = [
    (ACCOUNT, "My account number is 407-890. 1234.", "My account number is 4078901234."),
    (ACCOUNT, "four oh seven. Eight nine, uh, oh one two three four", "4078901234"),
    (ACCOUNT, "It's forty, seventy-eight, ninety, twelve, thirty-four.", "It's 4078901234."),
    (ACCOUNT, "one of them is 407, 890, 1234, I think", "one of them is 4078901234, I think"),
    (ACCOUNT, "for zero seven ate nine zero one to three four", "4078901234"),
    (ACCOUNT, "It's 4078901234.", "It's 4078901234."),
    (ACCOUNT, "It's 407, and I want to pay for it", "It's 407, and I want to pay for it"),
    (BOTH, "4078901234, my zip is nine seven 201", "4078901234, my zip is 97201"),
    (FACTOR, "nine seven to oh one", "97201"),
    (FACTOR, "for four two", "for four two"),
    (FACTOR, "the last four are 44, 21", "the last four are 4421"),
    (FACTOR, "March fourteenth nineteen eighty-five", "March fourteenth nineteen eighty-five"),
    (CODE, "one two three, four five six", "123456"),
    (AGREE, "yes, five five five five five", "yes, five five five five five"),
    (METER, "four eight two one three", "four eight two one three"),
]


@pytest.mark.parametrize(("asked", "heard", "taken"), DICTATED)
def test_the_number_that_was_asked_for_is_written_in_one_piece(
    asked: str, heard: str, taken: str
) -> None:
    assert with_number(heard, asked=asked, language="en") == taken


def test_a_number_before_a_long_talk_holds_up_no_other_call() -> None:
    talk = "well I am calling because of my bill and the thing is " * 50
    began = time.thread_time()
    taken = with_number(
        f"four oh seven eight nine oh one two three four {talk}", asked=ACCOUNT, language="en"
    )
    assert taken.startswith("4078901234 well I am")
    assert time.thread_time() - began < 1.0  # of the event loop


@pytest.mark.parametrize(
    ("asked", "heard", "taken"),
    [
        (
            CUENTA,
            "Mi cuenta es cuarenta, setenta y ocho, noventa, doce, treinta y cuatro.",
            "Mi cuenta es 4078901234.",
        ),
        (DATOS, "el código postal es nueve siete, dos, diecinueve", "el código postal es 97219"),
        (DATOS, "no sé para qué", "no sé para qué"),
    ],
)
def test_a_number_in_spanish_is_written_in_one_piece(asked: str, heard: str, taken: str) -> None:
    assert with_number(heard, asked=asked, language="es") == taken


def test_what_we_know_is_not_asked_for() -> None:
    assert lengths_asked(FACTOR) == {4, 5}
    assert lengths_asked(AGREE) == set()
    assert lengths_asked(CODE) == {6}
    assert lengths_asked(BOTH) == {4, 5, 10}


@pytest.mark.parametrize(
    "nod",
    [
        "mm-hm",
        "Mm hmm.",
        "Mhm.",
        "mmhmm",
        "Uh-huh.",
        "Uh huh",
        "Hmm.",
        "Aha.",
        "M. H. M..",
        "I see",
    ],
)
def test_a_nod(nod: str) -> None:
    assert is_backchannel(nod, "en")


@pytest.mark.parametrize(
    "nod", ["Ajá", "Aha.", "Ajam", "mhm", "sí", "mm", "de acuerdo", "ah, ya veo"]
)
def test_a_nod_in_spanish(nod: str) -> None:
    assert is_backchannel(nod, "es")


@pytest.mark.parametrize(
    "said", ["stop", "yes I want that", "no", "wait", "", "okay but not today", "Uh-uh.", "nuh uh"]
)
def test_no_nod(said: str) -> None:
    assert not is_backchannel(said, "en")


def test_what_would_be_a_nod_answers_a_question() -> None:
    for answer in ("okay", "yes", "uh-huh", "mm-hm", "Mm hmm.", "Mhm", "uh-uh"):
        assert not is_backchannel(answer, "en", asked=AGREE)
    assert not is_backchannel("sí", "es", asked="¿Está de acuerdo?")
    assert is_backchannel("hmm", "en", asked=AGREE)


BILL = "Your January bill is $204.53, and it's due on January 24."


@pytest.mark.parametrize(
    "heard",
    [
        "your january bill is",
        "204 dollars and 53 cents",
        "$204.53 and it's due",
        "it's due on",
        "January 24",
        "due on the January",
        "bill",
    ],
)
def test_our_own_voice(heard: str) -> None:
    assert is_echo(heard, BILL, "en")


@pytest.mark.parametrize(
    "heard",
    ["wait I already paid", "when is it due", "why is it so high", "stop", "", "my bill is wrong"],
)
def test_somebody_else(heard: str) -> None:
    assert not is_echo(heard, BILL, "en")


def test_a_choice_that_was_offered_is_no_echo() -> None:
    assert not is_echo("Visa", "Would you like your Visa or your bank account?", "en")
    assert not is_echo("send me a code", "Or say “send me a code”, and I'll send one.", "en")
    assert is_echo("and I'll send one", "Or say “send me a code”, and I'll send one.", "en")
