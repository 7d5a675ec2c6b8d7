"""Offsets that are always exact, structure before punctuation, Punkt inside a block."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.documents import Document
from framing.documents.punkt import ABBREVIATIONS, PARAMETERS
from framing.documents.sentences import LONGEST, split

GOLD = Path(__file__).resolve().parents[2] / "benchmarks" / "boundaries.txt"
MARKS = st.sampled_from(' .!?…|()-•"”é中A\n\t\f\u2028\u00a0')
WORDS = st.sampled_from(
    ["The U.S.", "Gov. Reed", "left", "12", ". . .", "\n\n", "1. ", "(a) ", "no. 5"]
)
LONG = st.sampled_from(["x" * 700, "word " * 90, "9" * 2_500, "[Applause.]"])
PIECES = st.one_of(MARKS, WORDS, LONG)


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)]


def passages() -> list[tuple[str, str, list[int]]]:
    found = []
    for part in re.split(r"^== ", GOLD.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, marked = part.split("\n", 1)
        pieces = marked.strip("\n").split("‖")
        ends = [sum(map(len, pieces[: i + 1])) for i in range(len(pieces) - 1)]
        found.append((head, "".join(pieces), ends))
    return found


def assert_sound(text: str) -> None:
    end = 0
    for sentence in split(text):
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip()
        assert end <= sentence.start < sentence.end <= len(text)
        assert len(sentence.text) <= LONGEST
        assert any(map(str.isalnum, sentence.text))
        end = sentence.end


@given(st.text())
def test_offsets_of_any_text(text: str) -> None:
    assert_sound(text)


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=300)
def test_offsets_of_text_full_of_traps(text: str) -> None:
    assert_sound(text)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_letter_is_lost_but_list_markers(text: str) -> None:
    kept = "".join(text[sentence.start : sentence.end] for sentence in split(text))
    letters = [c for c in text if c.isalpha()]
    markers = len(re.findall(r"\(a\) ", text))
    assert len([c for c in kept if c.isalpha()]) >= len(letters) - markers


def test_boundaries_marked_by_hand() -> None:
    hit = said = there = 0
    for _, text, gold in passages():
        ends = {sentence.end for sentence in split(text)}
        hit, said, there = hit + len(ends & set(gold)), said + len(ends), there + len(gold)
    assert there >= 300
    assert hit / said >= 0.99
    assert hit / there >= 0.99


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left the U.S. The rest stayed.", ["He left the U.S.", "The rest stayed."]),
        ("The U.S. Senate met with Gov. Lee.", ["The U.S. Senate met with Gov. Lee."]),
        ("It is no. We know. No. 5 is alive.", ["It is no.", "We know.", "No. 5 is alive."]),
        ("Mr. J. A. Fenn spoke. We heard.", ["Mr. J. A. Fenn spoke.", "We heard."]),
        ("They use e.g. Sarin. We know.", ["They use e.g. Sarin.", "We know."]),
        ("“Stop.” He did not.", ["“Stop.”", "He did not."]),
        ("(They lied.) We knew.", ["(They lied.)", "We knew."]),
        ("Wait... then go. Now…", ["Wait... then go.", "Now…"]),
        ("The text.[4] The next.", ["The text.[4]", "The next."]),
        ("It ended there.The next day came.", ["It ended there.", "The next day came."]),
        ("See www.Example.Gov for more.", ["See www.Example.Gov for more."]),
        ("Never! [Laughter] We mean it.", ["Never!", "[Laughter]", "We mean it."]),
        ("I tried — (laughter) — to stop.", ["I tried — (laughter) — to stop."]),
        ("Sec. 3. Costs. None.", ["Sec. 3. Costs.", "None."]),
        ("Mr. HARTWELL. I yield. Go on.", ["Mr. HARTWELL. I yield.", "Go on."]),
        ("", []),
        (" \n\t ", []),
        ("1990. 12/5. ***", []),
    ],
)
def test_cases(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_blocks_part_without_punctuation() -> None:
    text = "The Threat\n\nIt grows\n- one gun\n- two bombs, e.g. here\n1. a list\n2) another\n\nEnd"
    assert texts(text) == [
        "The Threat",
        "It grows",
        "one gun",
        "two bombs, e.g. here",
        "a list",
        "another",
        "End",
    ]


def test_line_breaks_of_a_wrapped_paragraph_are_spaces() -> None:
    text = (
        "The compound on the ridge above the town was used to train those who\n"
        "Later came to our shores, and the regime of General Oduya has known of\n"
        "it since 2003. We asked it to act. It did not."
    )
    assert len(split(text)) == 3
    assert "\n" in split(text)[0].text


def test_a_sentence_goes_on_over_a_page_break() -> None:
    text = (
        "The weapons were moved in the night by men who had been told that the\n"
        "convoy carried grain, and nobody in the village dared to ask them why\n"
        "\n17\n\n"
        "the grain needed guards. We did ask."
    )
    found = texts(text)
    assert len(found) == 2
    assert found[0].endswith("the grain needed guards.")


def test_table_rows_stand_alone() -> None:
    assert texts("Ship | Flag\nKestrel | None") == ["Ship | Flag", "Kestrel | None"]


@pytest.mark.parametrize(
    "unit", ["word ", "x", ".", ". ", "(", "\n", "- a\n", 'a." ', "[laughter "]
)
def test_time_grows_with_length_only(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        start = time.process_time()
        split(text)
        return time.process_time() - start

    small = min(seconds(100_000) for _ in range(3))
    assert seconds(800_000) < 8 * 4 * small + 0.5  # quadratic would be 64 times as long


def test_a_line_without_end_is_cut_between_words() -> None:
    text = "word " * 5_000
    found = split(text)
    assert max(len(s.text) for s in found) <= LONGEST
    assert {word for s in found for word in s.text.split()} == {"word"}


def test_parameters_are_sound() -> None:
    learned = json.loads(PARAMETERS.read_text(encoding="utf-8"))
    assert {"the", "he", "it", "we"} <= set(learned["starters"])
    assert not ABBREVIATIONS & set(learned["starters"])
    assert PARAMETERS.stat().st_size < 20_000


def test_splitting_imports_no_nltk() -> None:
    code = (
        "import sys; from framing.documents import Document;"
        "assert len(Document('He left. She stayed.').sentences()) == 2;"
        "sys.exit(any(name.partition('.')[0] in ('nltk', 'numpy') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_document_splits_its_text() -> None:
    document = Document("We know. They know.", path="a.txt")
    assert [s.text for s in document.sentences()] == ["We know.", "They know."]


def test_id_is_stable_and_tells_documents_apart() -> None:
    document = Document("We know.", path="a.txt")
    assert document.id == Document("We know.", title="T", path="a.txt").id
    others = [Document("We know."), Document("We know.", path="a.txt", position=1)]
    assert len({document.id, *(other.id for other in others)}) == 3
    assert re.fullmatch("[0-9a-f]{16}", document.id)
