"""What is written comes out as people say it, and the way back is exact to the word."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voice.spoken import aloud

pytestmark = pytest.mark.unit

ENGLISH = {
    # money, and what it is for
    "Your January bill is $204.53, and it's due on January 24.": (
        "Your January bill is two hundred four dollars and fifty-three cents, and it's due on "
        "January twenty-fourth."
    ),
    "$142.37": "one hundred forty-two dollars and thirty-seven cents",
    "Up to $1,500, $1.00 or $0.01": (
        "Up to one thousand five hundred dollars, one dollar or one cent"
    ),
    "-$5.00": "minus five dollars",
    "a $25.00 late fee": "a twenty-five-dollar late fee",
    "$0.13 per kWh": "thirteen cents per kilowatt hour",
    "$0.13 a kWh": "thirteen cents a kilowatt hour",
    "Energy, 612 kWh at $0.1142": (
        "Energy, six hundred twelve kilowatt hours at eleven point four two cents"
    ),
    # days and times
    "due Jan 15, 2026.": "due January fifteenth, twenty twenty-six.",
    "your October 2025 bill": "your October twenty twenty-five bill",
    "2026-01-15 or 12/31/2026": (
        "January fifteenth, twenty twenty-six or December thirty-first, twenty twenty-six"
    ),
    "on May 1st": "on May first",
    "It should be back about 12:45 PM.": "It should be back about twelve forty-five p.m.",
    "1:00 PM to 3:30 PM": "one p.m. to three thirty p.m.",
    "8 to 10 AM, 8–10 AM": "eight to ten a.m., eight to ten a.m.",
    "from 5 to 9 p.m., Monday to Friday": "from five to nine p.m., Monday to Friday",
    "10 AM to noon, 9:05 AM": "ten a.m. to noon, nine oh five a.m.",
    "$10–$20, $1.5 million": "ten dollars to twenty dollars, one point five million dollars",
    "-5°F outside": "minus five degrees outside",
    "24/7 - or on Friday": "twenty-four seven, or on Friday",
    "in about 3-4 days": "in about three to four days",
    "at 15:30, by 00:05. From 13:00": "at three thirty p.m., by twelve oh five a.m. From one p.m.",
    "2026-11-21T10:30, 2026-11-21 22:05": (
        "November twenty-first, twenty twenty-six at ten thirty a.m., November twenty-first, "
        "twenty twenty-six at ten oh five p.m."
    ),
    "since 2026-01-05T00:00:00.123-08:00.": (
        "since January fifth, twenty twenty-six at twelve a.m."
    ),
    "on 2026-11-21 10:30 AM": ("on November twenty-first, twenty twenty-six ten thirty a.m."),
    "10:15:30 AM, 1h, 45 sec": "ten fifteen a.m., one hour, forty-five seconds",
    # numbers that are said sign by sign
    "I have account number 4 0 7 8 9 0 1 2 3 4.": (
        "I have account number four zero seven, eight nine zero, one two three four."
    ),
    "your account 4078901234": "your account four zero seven, eight nine zero, one two three four",
    "Your confirmation number is A M 9 K X 8 Q.": (
        "Your confirmation number is A, M, nine, K, X, eight, Q."
    ),
    "CASE-7F3A, R-6JFH-G44U": "case, seven, F, three, A, R, six, J, F, H, G, four, four, U",
    "the phone ending in 0101": "the phone ending in zero one zero one",
    "from your Visa ending in 4242.": "from your Visa ending in four two four two.",
    "call 911 and our emergency line at +1 800 555 0911. From": (
        "call nine one one and our emergency line at one eight hundred, five five five, zero nine "
        "one one. From"
    ),
    "(503) 555-0101, +15035550101": (
        "five zero three, five five five, zero one zero one, five zero three, five five five, zero "
        "one zero one"
    ),
    "now 555-0147": "now five five five, zero one four seven",
    "the screen that says kWh": "the screen that says K W H",
    "on December 21: 102 kilowatt-hours": (
        "on December twenty-first: one hundred two kilowatt-hours"
    ),
    "It read 48213 on Friday": "It read four eight two one three on Friday",
    # places
    "1420 SE Oak St, Portland, OR 97214": (
        "fourteen twenty Southeast Oak Street, Portland, Oregon, nine seven two one four"
    ),
    "418 N. Alder St, Apt 4B": "four eighteen North Alder Street, Apartment four B",
    "at 1206 Harbor Avenue": "at twelve oh six Harbor Avenue",
    "5 St. Clair Blvd": "five Saint Clair Boulevard",
    "Dr. Lee, 31 SW 5th Ave": "Doctor Lee, thirty-one Southwest Fifth Avenue",
    "PO Box 123, ZIP code 97201": "P O Box one two three, zip code nine seven two zero one",
    "Room 101, room 12B or Suite 200": "Room one oh one, room twelve B or Suite two hundred",
    "Hwy 101, Route 26": "Highway one oh one, Route twenty-six",
    # measures
    "115 kV, 120/240V, a 5 kW array, 2x, $3.50/gal, 15 cu ft": (
        "one hundred fifteen kilovolts, one hundred twenty slash two hundred forty volts, a five "
        "kilowatt array, two times, three dollars and fifty cents per gallon, fifteen cubic feet"
    ),
    "the last 4 digits are 4242, meter no. 0012": (
        "the last four digits are four two four two, meter number zero zero one two"
    ),
    "864 customers, 41.5 therms, 1 kWh": (
        "eight hundred sixty-four customers, forty-one point five therms, one kilowatt hour"
    ),
    "12% of heating, 56°F on average": "twelve percent of heating, fifty-six degrees on average",
    "brought to R-49, HSPF2 8.5, a U-factor of 0.27": (
        "brought to R forty-nine, H S P F two eight point five, a U-factor of zero point two seven"
    ),
    "the 28th, the 22nd": "the twenty-eighth, the twenty-second",
    # what writers shorten
    "$1,204.05, $0.99, -$12.30, $-3 or $.50": (
        "one thousand two hundred four dollars and five cents, ninety-nine cents, minus twelve "
        "dollars and thirty cents, minus three dollars or fifty cents"
    ),
    "$1.2M, $5K and 20k homes": (
        "one point two million dollars, five thousand dollars and twenty thousand homes"
    ),
    "13¢/kWh, $9/mo, 30 kWh/day": (
        "thirteen cents per kilowatt hour, nine dollars per month, thirty kilowatt hours per day"
    ),
    "2 1/2 hours, 3/4 of it, ½ cup, 1/3": (
        "two and a half hours, three quarters of it, a half cup, a third"
    ),
    "due 12/24, on 1/5 or 1/5/26, born 4-12-1971": (
        "due December twenty-fourth, on January fifth or January fifth, twenty twenty-six, born "
        "April twelfth, nineteen seventy-one"
    ),
    "Mon–Fri, 8 AM–5 PM; Sat 9 a.m.-noon": (
        "Monday to Friday, eight a.m. to five p.m.; Saturday nine a.m. to noon"
    ),
    "Jan 5–9, June–August, Dec 28 – Jan 3": (
        "January fifth to ninth, June to August, December twenty-eighth to January third"
    ),
    "at 09:30, 10:00, 12:05 am": "at nine thirty, ten o'clock, twelve oh five a.m.",
    "1-800-555-0134, ext. 512": (
        "one eight hundred, five five five, zero one three four, extension five one two"
    ),
    "dial 9-1-1, or 911; TTY 711": "dial nine one one, or nine one one; TTY seven one one",
    "10:00–11:30 AM, 9:00 to 10 p.m.": "ten to eleven thirty a.m., nine to ten p.m.",
    "In 2026, the 1990s, 10/2025 and Monday, 1/5": (
        "In twenty twenty-six, the nineteen nineties, October twenty twenty-five and Monday, "
        "January fifth"
    ),
    "January 5 to 9, January 5 or 6 homes": ("January fifth to ninth, January fifth or six homes"),
    "12500 kWh, code M9KX-8Q, A1, 8AM-5PM": (
        "twelve thousand five hundred kilowatt hours, code M, nine, K, X, eight, Q, A one, eight "
        "a.m. to five p.m."
    ),
    "code: 4829; last four digits 1234": (
        "code: four eight two nine; last four digits one two three four"
    ),
    "ann_lee+bill@my-mail.example": ("ann underscore lee plus bill at my dash mail dot example"),
    "911 customers at 911 Oak St": ("nine hundred eleven customers at nine eleven Oak Street"),
    "outage #OUT-20461, case #4": (
        "outage number O, U, T, two, zero, four, six, one, case number four"
    ),
    "a card that ends in 4242, ZIP 97214-1234": (
        "a card that ends in four two four two, zip nine seven two one four, one two three four"
    ),
    "Apartment complexes, Unit prices, Unit B, Apt 12": (
        "Apartment complexes, Unit prices, Unit B, Apartment twelve"
    ),
    "240 V, 1 min, ~5 mi, 65+ years": (
        "two hundred forty volts, one minute, about five miles, sixty-five plus years"
    ),
    "Q&A and/or gas/electric, 3/15": ("Q and A and or gas or electric, three slash fifteen"),
    "Pay now • Report. • Ask": "Pay now, Report. Ask",
    # the net, and what is for the eye
    "Pay at https://pay.cascade.example/p/abc?x=1.": "Pay at the link I sent.",
    "on cascade.example": "on cascade dot example",
    "the e-mail address m…@example.com": (
        "the e-mail address that begins with M, at example dot com"
    ),
    "ann.lee7@example.com": "ann dot lee seven at example dot com",
    "**Hello** 😀 [your bill](https://x.example/b)": "Hello your bill",
    "Two things:\n- one\n- two": "Two things: one. two",
    "Cascade Light & Gas": "Cascade Light and Gas",
    "Say “send me a code”.": "Say send me a code.",
}
SPANISH = {
    "Su factura de enero es de $156.58 y vence el 24 de enero.": (
        "Su factura de enero es de ciento cincuenta y seis dólares con cincuenta y ocho centavos y "
        "vence el veinticuatro de enero."
    ),
    "3 pagos mensuales de $42.72, del 15 de febrero al 1 de abril": (
        "tres pagos mensuales de cuarenta y dos dólares con setenta y dos centavos, del quince de "
        "febrero al primero de abril"
    ),
    "$1.00, $21.00, $0.01": "un dólar, veintiún dólares, un centavo",
    "$0.1142 por kWh": "once punto cuarenta y dos centavos por kilovatio hora",
    "1 kWh, 612 kWh": "un kilovatio hora, seiscientos doce kilovatios hora",
    "factura de octubre de 2025": "factura de octubre de dos mil veinticinco",
    "alrededor de las 12:45 p. m.": "alrededor de las doce y cuarenta y cinco de la tarde.",
    "de 8 a 10 a. m. Por favor": "de ocho a diez de la mañana. Por favor",
    "a la 1:15 p. m. en casa": "a la una y cuarto de la tarde en casa",
    "a las 9:30 p. m., hoy": "a las nueve y media de la noche, hoy",
    "de 5 a 9 p. m., de lunes a viernes": "de cinco a nueve de la noche, de lunes a viernes",
    "31 horas, 200 personas, 21 días, 1 hora al día": (
        "treinta y una horas, doscientas personas, veintiún días, una hora al día"
    ),
    "a 1206 Harbor Ave, Cedar Falls, OR 97201": (
        "a mil doscientos seis Harbor Avenue, Cedar Falls, Oregon, nueve siete dos cero uno"
    ),
    "su teléfono que termina en 0103": "su teléfono que termina en cero uno cero tres",
    "llame al 911 y a nuestra línea, +1 800 555 0911.": (
        "llame al nueve once y a nuestra línea, uno, ochocientos, cinco cinco cinco, cero nueve "
        "uno uno."
    ),
    "número de cuenta 4 0 7 8 9 0 1 2 3 4": (
        "número de cuenta cuatro cero siete, ocho nueve cero, uno dos tres cuatro"
    ),
    "Es S 2 3 8 G L 3.": "Es S, dos, tres, ocho, G, L, tres.",
    "12% de la calefacción, 56 °F": "doce por ciento de la calefacción, cincuenta y seis grados",
    "unos 10 metros, 864 clientes": "unos diez metros, ochocientos sesenta y cuatro clientes",
    "un factor U de 0.27, 2.05": "un factor U de cero punto veintisiete, dos punto cero cinco",
    "$1,204.05, $0.99, -$12.30, $.50": (
        "mil doscientos cuatro dólares con cinco centavos, noventa y nueve centavos, menos doce "
        "dólares con treinta centavos, cincuenta centavos"
    ),
    "$1.2M, $1.5 millones, $21 mil": (
        "uno punto dos millones de dólares, uno punto cinco millones de dólares, veintiún mil "
        "dólares"
    ),
    "el 1.º de mayo, la 2.ª vez, el 3er piso, el 15.º": (
        "el primero de mayo, la segunda vez, el tercer piso, el quince"
    ),
    "lunes–viernes, 8 a. m.–5 p. m.": ("lunes a viernes, ocho de la mañana a cinco de la tarde."),
    "de 10:00 a 11:30 a. m., o a las 10:00": (
        "de diez a once y media de la mañana, o a las diez en punto"
    ),
    "$0.13/kWh, ~5 millas, 3.er día, A1": (
        "trece centavos por kilovatio hora, alrededor de cinco millas, tercer día, A uno"
    ),
    "12:05 a. m. o a las 09:30": "doce y cinco de la noche o a las nueve y media",
    "12/24/2026, 24/12/2026": (
        "veinticuatro de diciembre de dos mil veintiséis, veinticuatro de diciembre de dos mil "
        "veintiséis"
    ),
    "24/7, 1/2 hora, 2 3/4, 1 h, 30 min": (
        "veinticuatro siete, media hora, dos y tres cuartos, una hora, treinta minutos"
    ),
    "30 kWh/día, sí/no, y/o": "treinta kilovatios hora por día, sí o no, y o",
    "No. 5, N.º 7, el caso #OUT-2046, ext. 12": (
        "número cinco, número siete, el caso número O, U, T, dos, cero, cuatro, seis, extensión "
        "uno dos"
    ),
    "Apto. 4B, Apto para todos": "apartamento cuatro B, Apto para todos",
    "una tarjeta terminada en 4242; llame al 9-1-1": (
        "una tarjeta terminada en cuatro dos cuatro dos; llame al nueve once"
    ),
    "en m…@example.com": "en que empieza con M, arroba example punto com",
    "el 2026-11-21T10:30, el 2026-11-21T13:15:00Z": (
        "el veintiuno de noviembre de dos mil veintiséis a las diez y media de la mañana, el "
        "veintiuno de noviembre de dos mil veintiséis a la una y cuarto de la tarde"
    ),
    "a las 15:30, las 13:15, las 21:00, las 22:05, las 00:15": (
        "a las quince treinta, las trece quince, las veintiuna horas, las veintidós cero cinco, "
        "las doce y cuarto de la noche"
    ),
    "del 3 de nov. al 2 dic 2026, el lun. 24 de nov.": (
        "del tres de noviembre al dos de diciembre de dos mil veintiséis, el lunes veinticuatro de "
        "noviembre."
    ),
    "1,000,000 kWh, 2,000,000 clientes, 2x, 19:00 h, 115 kV": (
        "un millón de kilovatios hora, dos millones de clientes, dos veces, diecinueve horas, "
        "ciento quince kilovoltios"
    ),
    "los últimos 4 dígitos son 4242": "los últimos cuatro dígitos son cuatro dos cuatro dos",
    "el 2026-01-01": "el primero de enero de dos mil veintiséis",
}
PLAIN = (
    "hello your bill is paid, thank you. Maria Alder Street power back today? mañana sí, gracias. "
    "the crew is on its way! Nothing; more"
)
WORDS = st.lists(st.sampled_from(PLAIN.split()), max_size=12).map(" ".join)
FIGURES = st.sampled_from(
    sorted({*ENGLISH, *SPANISH, "😀", "", " ", "\n", "(x)", "—", "418", "$5"})
)
TEXTS = st.lists(FIGURES | WORDS | st.text(max_size=8), max_size=6).map(" ".join)
LANGUAGES = st.sampled_from(["en", "es"])


@pytest.mark.parametrize("text", ENGLISH)
def test_english(text: str) -> None:
    assert aloud(text, "en").text == ENGLISH[text]


@pytest.mark.parametrize("text", SPANISH)
def test_spanish(text: str) -> None:
    assert aloud(text, "es").text == SPANISH[text]


@given(WORDS, LANGUAGES)
def test_plain_words_are_said_as_they_are_written(text: str, language: str) -> None:
    said = aloud(text, language)
    assert said.text == text
    for end in word_ends(text):
        assert said.original(end) == end


@given(TEXTS, LANGUAGES)
@example("😀 x", "en")
@example("12:45 p. m. x", "es")
def test_what_was_heard_grows_from_word_to_word_up_to_all(text: str, language: str) -> None:
    said = aloud(text, language)
    at = [said.original(n) for n in range(len(said.text) + 1)]
    assert at == sorted(at)
    assert at[-1] == len(text)
    assert set(at[:-1]) <= {0, *word_ends(text)}


@given(TEXTS, LANGUAGES)
def test_no_figure_is_left_to_the_engine(text: str, language: str) -> None:
    assert not re.search(r"[0-9\x00]", aloud(text, language).text)


def test_half_of_an_amount_is_not_heard() -> None:
    text = "It is $204.53, due on January 24."
    said = aloud(text, "en")
    heard = said.original(said.text.index(" and fifty"))
    assert text[:heard] == "It is"
    heard = said.original(said.text.index(" cents") + len(" cents"))
    assert text[:heard] == "It is $204.53,"


def test_a_word_is_heard_before_the_stop_after_it() -> None:
    said = aloud("Yes, Maria. Goodbye.", "en")
    assert said.original(len("Yes, Maria")) == len("Yes, Maria.")
    assert said.original(len("Yes, Mari")) == len("Yes,")


def word_ends(text: str) -> list[int]:
    return [word.end() for word in re.finditer(r"\S+", text)]
