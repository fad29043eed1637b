"""A reply is cut where its sentences end, whatever pieces it comes in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.talking.sentences import LONG, Sentences

pytestmark = pytest.mark.unit

CUT = [
    "I'm sorry your power is out, Maria.| It's out at 418 Alder Street.| Crew 7 is on site.",
    "I've paid $3.50 from your Visa.| Your number is A M 9 K X 8 Q.| Thank you!| Bye.",
    "Sure.| Somebody comes from 8 to 10 a.m. on Friday.| Please be at home at 8 a.m.| Bye.",
    "It's No. 5 St. Clair Street.| The answer is no.| Ask Mr. Lee or J. Smith at 418 N. Alder St.",
    "It's due Jan. 15, or call ext. 5 on Fri. 9 a.m.| Sit in the sun.| Bye.",
    "Vuelve a las 9:30 p. m. en su casa.| Llegan a las 10 p. m.| ¿Le gustaría?",
    "¿Está de acuerdo?| ¡Claro!|\n\nNuestras líneas…| Bien.",
    "These are yours:|\n- water|\n- power|\nThat's all.",
    "He said “go ahead.”| Then he left (at 5 p.m.).| Done.",
]
BITS = (
    "Sure.|a.m.|p. m.|St.|No. 5|$3.50|Alder, Street|and it's|due on|January 24, 2026.|¿Sí?|Yes!|\n"
    "|\n\n|,|;|x…|“Go.”|418 N.|but then,|of course, we'll|come to you|in the afternoon,||No."
)
TEXTS = st.lists(st.sampled_from(BITS.split("|")), max_size=30).map(" ".join)


def cut(text: str, sizes: list[int]) -> list[str]:
    sentences, pieces, at = Sentences(), [], 0
    for size in sizes:
        pieces += sentences.push(text[at : at + size])
        at += size
    return [*pieces, *sentences.push(text[at:]), *sentences.rest()]


@pytest.mark.parametrize("pieces", CUT)
@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_sentences(pieces: str, size: int) -> None:
    text = pieces.replace("|", "")
    assert cut(text, [size] * len(text)) == pieces.split("|")


@given(TEXTS, st.lists(st.integers(0, 12)))
def test_nothing_is_lost_however_it_comes(text: str, sizes: list[int]) -> None:
    pieces = cut(text, sizes)
    assert "".join(pieces) == text
    assert pieces == cut(text, [])


@given(TEXTS)
def test_no_figure_and_no_date_is_cut(text: str) -> None:
    for before, after in zip(pieces := cut(text, []), pieces[1:], strict=False):
        assert (
            not re.search(r"\bNo\.$|,$", before) or not re.match(r"\s*[\d]", after) or "\n" in after
        )
        assert not re.search(r"[\d$]$", before) or not re.match(r"[\d.,]", after)


def test_a_long_first_sentence_is_begun_at_a_comma() -> None:
    text = (
        "I'll move your service to 12 Alder Street, Cedar Falls, OR 97201 on Friday, January 28, "
        "with electricity and gas. And a second sentence, which is quite as long, is said as one, "
        "as there is time enough by then."
    )
    first, second, *_ = cut(text, [5] * 60)
    assert first.endswith("January 28,")
    assert second == " with electricity and gas."
    assert len(cut(text, [])) == 3


def test_the_first_piece_comes_before_its_sentence_is_whole() -> None:
    sentences = Sentences()
    said = "There is a power outage in your street, caused by a tree on a line, and they know"
    assert len(said) > LONG
    assert sentences.push(said) == ["There is a power outage in your street,"]


def test_a_short_first_sentence_is_not_cut() -> None:
    assert cut("Of course, Hannah, right away. And now, well?", []) == [
        "Of course, Hannah, right away.",
        " And now, well?",
    ]


def test_more_may_follow_the_rest() -> None:
    sentences = Sentences()
    assert sentences.push("One moment") == []
    assert sentences.rest() == ["One moment"]
    assert sentences.rest() == []
    assert sentences.push(" Here it is. ") == [" Here it is."]
