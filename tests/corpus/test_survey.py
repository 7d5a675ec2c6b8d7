"""What is wrong with data is said before time is spent on them."""

from __future__ import annotations

from framing.corpus.examples import LabelledSentence
from framing.corpus.survey import concerns, count_labels


def _rows(counts, documents=20, n=400):
    """``n`` sentences, of which the first ``counts[label]`` bear each label."""
    return [
        LabelledSentence(
            f"s{i}",
            f"Sentence number {i}.",
            tuple(label for label, count in counts.items() if i < count),
            "ours",
            f"d{i % documents}",
        )
        for i in range(n)
    ]


def test_labels_are_counted_by_sentence_and_document():
    rows = count_labels(_rows({"a": 30, "b": 0}), ("a", "b"))
    assert [(r.label, r.sentences, r.documents) for r in rows] == [("a", 30, 20), ("b", 0, 0)]
    assert rows[0].share == 30 / 400


def test_each_concern_is_one_line():
    told = list(concerns(_rows({"a": 300, "b": 12, "c": 9, "d": 60}), ("a", "b", "c", "d", "e")))
    assert told == [
        "a stands in 75 % of the sentences",
        "b has 12 sentences; with fewer than 50 its figures are rough",
        "c has 9 sentences; with fewer than 10 it cannot be learnt",
        "e has 0 sentences; with fewer than 10 it cannot be learnt",
        "a is 25 times as frequent as b",
    ]


def test_labels_of_few_documents_and_rare_ones():
    told = list(concerns(_rows({"a": 60}, documents=3, n=7000), ("a",)))
    assert told == [
        "a stands in 3 documents only: not each of 5 folds can test it",
        "a is rare: one sentence in 117",
    ]


def test_repetitions_and_contradictions():
    rows = [
        LabelledSentence("s1", "We build.", ("a",), "ours", "d1"),
        LabelledSentence("s2", "we  build.", (), "ours", "d2"),
        LabelledSentence("s3", "They sing.", (), "ours", "d2"),
        LabelledSentence("s4", "They sing.", (), "ours", "d3"),
    ]
    told = list(concerns(rows, ()))
    assert told == [
        "2 sentences repeat another one word for word",
        "1 of these sentences have different labels in different places, such as s1 and s2",
    ]


def test_a_sound_corpus_raises_none():
    assert not list(concerns(_rows({"a": 100, "b": 80}), ("a", "b")))
