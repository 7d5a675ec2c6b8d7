import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.corpus.locate import Original, letters

from .conftest import BRIEFING, SPEECH


def test_white_space_and_broken_words_do_not_matter():
    text = "The Government of Kandoria has built centrifuges for one purpose alone: a bomb."
    start, end = Original(SPEECH).find(text)
    assert SPEECH[start:end].startswith("The Government") and SPEECH[start:end].endswith("a bomb.")


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (
            "Did the cartel of Velmar attack us?",
            "Did **the cartel** of [Velmar](https://example.org/a_(b)) attack us?",
        ),
        (
            "Our patrol boats [both of them] sank two of its vessels & took a third.",
            "Our patrol boats \\[both of them\\] sank two of its vessels &amp; took a third.",
        ),
        ("[both of them]", "\\[both of them\\]"),
    ],
)
def test_markup_is_looked_through(text, raw):
    start, end = Original(BRIEFING, markup=True).find(text)
    assert BRIEFING[start:end] == raw


def test_nearest_of_several_is_taken():
    text = "We wait. We act. We wait. We act. We wait."
    original = Original(text)
    assert original.find("We wait.") == (0, 8)
    assert original.find("We wait.", near=20) == (17, 25)
    assert original.find("We wait.", near=99) == (34, 42)


@pytest.mark.parametrize("text", ["Nobody said this.", "...", ""])
def test_what_is_not_there_is_not_found(text):
    assert Original(SPEECH).find(text) is None


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=60))
def test_a_stretch_found_has_the_sentences_letters(before, sentence, after):
    whole = f"{before}\n{sentence}\n{after}"
    found = Original(whole).find(" ".join(sentence.split()), near=len(before) + 1)
    if not letters(sentence):
        assert found is None
    else:
        assert letters(whole[slice(*found)]) == letters(sentence)
