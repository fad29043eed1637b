"""Reading what a customer gives towards their verification, typed or spoken."""

from __future__ import annotations

import pytest

from nodes.masking import DETAIL_MASK
from nodes.verification import courtesy, read_answer

pytestmark = pytest.mark.unit

ACCOUNT = "4010012345"


@pytest.mark.parametrize(
    "said",
    [
        "4010012345",
        "my account number is 4010012345",
        "it's 4010012345.",
        "account: 4010012345, thanks",
        "401 001 2345",
        "401-001-2345",
        "4010 0123 45",
        "40 10 01 23 45",
        "4 0 1 0 0 1 2 3 4 5",
        "4, 0, 1, 0, 0, 1, 2, 3, 4, 5",
        "four zero one zero zero one two three four five",
        "four oh one oh oh one two three four five",
        "four oh one double oh one two three four five".replace("one double", "one oh oh").replace(
            "oh oh oh", "oh oh"
        ),
        "Four, zero, one. Zero, zero, one. Two, three, four, five.",
        "four zero one double zero one two three four five".replace("double zero", "zero zero"),
        "four-zero-one-zero-zero-one-two-three-four-five",
        "four zero one 0 0 one 2 3 4 5",
        "cuatro cero uno cero cero uno dos tres cuatro cinco",
        "cuarenta, diez, cero uno, veintitrés, cuarenta y cinco",
        "um it's four zero one zero zero one two three four five",
    ],
)
def test_an_account_number(said: str) -> None:
    answer = read_answer(said)
    assert answer.account_number == ACCOUNT
    assert answer.value is None
    assert ACCOUNT not in answer.masked


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("four oh one oh oh one two double five six", "4010012556"),
        ("four triple zero one two three four five six", "4000123456"),
        ("4 double 0 1 2 3 4 5 6 7", "4001234567"),
        ("cuatro doble cero uno dos tres cuatro cinco seis siete", "4001234567"),
    ],
)
def test_double_and_triple(said: str, number: str) -> None:
    assert read_answer(said).account_number == number


@pytest.mark.parametrize(
    ("said", "method", "value"),
    [
        ("97201", "zip", "97201"),
        ("zip 97201", "zip", "97201"),
        ("my zip code is 97201.", "zip", "97201"),
        ("97201-1234", "zip", "97201"),
        ("nine seven two zero one", "zip", "97201"),
        ("nine seven two oh one", "zip", "97201"),
        ("9 7 2 0 1", "zip", "97201"),
        ("double nine two oh one", "zip", "99201"),
        ("nueve siete dos cero uno", "zip", "97201"),
        ("4821", "ssn_last4", "4821"),
        ("last four are 4821", "ssn_last4", "4821"),
        ("four eight two one", "ssn_last4", "4821"),
        ("the last four of my social: 4 8 2 1", "ssn_last4", "4821"),
        ("double five double six", "ssn_last4", "5566"),
        ("1985-03-14", "date_of_birth", "1985-03-14"),
        ("03/14/1985", "date_of_birth", "1985-03-14"),
        ("3/14/85", "date_of_birth", "1985-03-14"),
        ("03-14-1985", "date_of_birth", "1985-03-14"),
        ("March 14, 1985", "date_of_birth", "1985-03-14"),
        ("march 14th 1985", "date_of_birth", "1985-03-14"),
        ("Mar 14 1985", "date_of_birth", "1985-03-14"),
        ("14 March 1985", "date_of_birth", "1985-03-14"),
        ("the 14th of March, 1985", "date_of_birth", "1985-03-14"),
        ("I was born on March 14, 1985", "date_of_birth", "1985-03-14"),
        ("14 de marzo de 1985", "date_of_birth", "1985-03-14"),
        ("March fourteenth, nineteen eighty-five", "date_of_birth", "1985-03-14"),
        ("3/14/62", "date_of_birth", "1962-03-14"),
        ("mi código postal es nueve siete dos cero uno", "zip", "97201"),
        ("noventa y siete doscientos uno", "zip", "97201"),
        ("noventa y siete mil doscientos uno", "zip", "97201"),
        ("cuatro ocho dos uno", "ssn_last4", "4821"),
        ("cuarenta y ocho veintiuno", "ssn_last4", "4821"),
        ("cuatro mil ochocientos veintiuno", "ssn_last4", "4821"),
        ("mil cuarenta y cinco", "ssn_last4", "1045"),
        ("doble cinco seis siete", "ssn_last4", "5567"),
        ("veintitrés de julio de mil novecientos noventa y uno", "date_of_birth", "1991-07-23"),
        ("nací el primero de mayo de mil novecientos ochenta", "date_of_birth", "1980-05-01"),
        ("treinta y uno de enero del dos mil uno", "date_of_birth", "2001-01-31"),
    ],
)
def test_one_factor(said: str, method: str, value: str) -> None:
    answer = read_answer(said)
    assert (answer.method, answer.value) == (method, value)
    assert answer.account_number is None


@pytest.mark.parametrize(
    ("said", "method", "value"),
    [
        (f"{ACCOUNT}, zip 97201", "zip", "97201"),
        (f"{ACCOUNT} 97201", "zip", "97201"),
        (f"97201 {ACCOUNT}", "zip", "97201"),
        (f"{ACCOUNT} 4821", "ssn_last4", "4821"),
        (f"{ACCOUNT} and March 14, 1985", "date_of_birth", "1985-03-14"),
        (f"{ACCOUNT}, 03/14/1985", "date_of_birth", "1985-03-14"),
        ("401-001-2345 and 97201", "zip", "97201"),
        ("401 001 2345, zip 97201", "zip", "97201"),
        ("four oh one oh oh one two three four five and nine seven two oh one", "zip", "97201"),
        ("four zero one zero zero one two three four five nine seven two zero one", "zip", "97201"),
        ("my number is 4010012345 my zip is nine seven two oh one", "zip", "97201"),
    ],
)
def test_both_in_one_breath(said: str, method: str, value: str) -> None:
    answer = read_answer(said)
    assert answer.account_number == ACCOUNT
    assert (answer.method, answer.value) == (method, value)
    assert ACCOUNT not in answer.masked
    assert value not in answer.masked


@pytest.mark.parametrize(
    "said",
    ["123456", "the code is 123456", "it's 123 456", "1 2 3 4 5 6", "123-456", "code: 123456.",
     "one two three four five six"],
)  # fmt: skip
def test_a_code(said: str) -> None:
    answer = read_answer(said)
    assert answer.code == "123456"
    assert answer.account_number is None
    assert "123456" not in answer.masked


@pytest.mark.parametrize(
    "said",
    ["send me a code", "send me a code please", "text me the code", "can you text a code",
     "code please", "code", "the code", "resend the code", "a one-time code", "envíame un código",
     "enviame el codigo por favor", "mándame un código", "envíeme un código", "mándeme el código",
     "¿me puede enviar un código?", "quiero el código por favor", "prefiero un código", "código"],
)  # fmt: skip
def test_the_wish_for_a_code(said: str) -> None:
    answer = read_answer(said)
    assert answer.wants_code
    assert answer.code is None


@pytest.mark.parametrize(
    "said",
    ["yes", "what do I owe?", "", "pay $1042", "pay $142.37", "pay 50 dollars", "pay 1042.50",
     "I was charged $4821 last month", "my bill was 1,204 dollars", "call me at +15550101",
     "one moment please", "my power is out since 9", "why is the zip code needed?",
     "what does the dress code say", "two or three days ago", "one or two questions",
     "dos o tres veces", "pago cuarenta y cinco dólares", "¿por qué me pide el código postal?",
     "el código postal", "tengo veinte años", "once in a while", "unos cien dólares",
     "no one told me", "I have 3 questions", "it costs 1042 dollars", "1042 USD"],
)  # fmt: skip
def test_words_and_amounts_give_nothing(said: str) -> None:
    answer = read_answer(said)
    assert answer.empty
    assert answer.masked == said


@pytest.mark.parametrize("said", ["13/45/1985", "1985-13-40", "99/99/9999"])
def test_a_date_there_is_not_is_none(said: str) -> None:
    assert read_answer(said).method != "date_of_birth"


def test_details_are_masked_in_place() -> None:
    answer = read_answer("what do I owe? account 4010012345, zip 97201")
    assert answer.masked == f"what do I owe? account {DETAIL_MASK}, zip {DETAIL_MASK}"


@pytest.mark.parametrize(
    "said",
    [
        "503-555-0188",
        "+1 503-555-0188",
        "503 555 0188",
        "(503) 555-0188",
        "my cell is 5035550188",
        "call me at 5035550188",
        "the phone number on my account is 503-555-0188",
        "mi teléfono es 5035550188",
        "llámeme al 503 555 0188",
    ],
)
def test_a_phone_number_is_no_account_number(said: str) -> None:
    answer = read_answer(said)
    assert answer.empty
    assert answer.masked == said


def test_a_phone_number_on_file_is_no_account_number_however_it_is_written() -> None:
    assert read_answer("5035550188", phones=["+15035550188"]).empty
    assert read_answer("it's 5035550188, zip 97201", phones=["+15035550188"]).value == "97201"
    assert read_answer("5035550188", phones=["+15035550177"]).account_number == "5035550188"


@pytest.mark.parametrize(
    "said",
    ["my account number is 503-555-0188", "mi cuenta es la 503 555 0188", "cuenta 5035550188",
     "I'm on the phone and my account is 5035550188"],
)  # fmt: skip
def test_what_is_called_an_account_is_one(said: str) -> None:
    assert read_answer(said).account_number == "5035550188"


def test_where_the_talk_is_of_a_phone_ten_digits_that_could_be_one_are() -> None:
    assert read_answer("5035550188", asked=False).empty
    assert read_answer("account 5035550188", asked=False).account_number == "5035550188"
    assert read_answer("ok it's 4010987654", asked=False).account_number == "4010987654"


@pytest.mark.parametrize(
    "said",
    ["where did you send the code?", "why do you need to send a code", "did you text the code?",
     "can I give you my zip code instead?", "what is the area code again?", "when will you send it",
     "¿a dónde me envió el código?", "¿por qué me manda un código?", "quiero el código postal"],
)  # fmt: skip
def test_a_question_about_a_code_wishes_for_none(said: str) -> None:
    assert not read_answer(said).wants_code


def test_a_zip_code_with_a_please_is_an_answer() -> None:
    answer = read_answer(f"{ACCOUNT}, zip code 97201, please")
    assert (answer.account_number, answer.value, answer.wants_code) == (ACCOUNT, "97201", False)


@pytest.mark.parametrize(
    ("said", "offhand"),
    [
        ("make it 1200 Main Street", True),
        ("actually 418 Alder Street, zip 97202", True),
        ("change it to 02/03/2026", True),
        ("97201", False),
        ("it's 97201, thanks", False),
        ("my social ends in 4821 but I have no code", False),
        (f"{ACCOUNT} and 418 Alder Street 97202", False),
    ],
)
def test_a_figure_in_other_words_is_no_factor(said: str, offhand: bool) -> None:
    assert read_answer(said).offhand is offhand


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("thanks", "thanks"),
        ("ok, thank you so much!", "thanks"),
        ("gracias", "thanks"),
        ("muchas gracias, espere un momento", "thanks"),
        ("ok", "wait"),
        ("one moment please", "wait"),
        ("un momento", "wait"),
        ("no thanks", None),
        ("thanks, and what do I owe?", None),
        ("yes", None),
    ],
)
def test_a_courtesy(said: str, heard: str | None) -> None:
    assert courtesy(said) == heard
