import json
import math
import random

import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from framing.codebook import Codebook
from framing.corpus.agreement import Item, agreement, items
from framing.errors import CorpusError

BOOK = Codebook.load()
A, B, C = BOOK.names[:3]


def make(pairs):
    return [Item(str(i), frozenset(a), frozenset(b), str(i)) for i, (a, b) in enumerate(pairs)]


def test_full_agreement_is_one():
    result = agreement(make([({A}, {A}), ((), ()), ({A, B}, {A, B})]), [A, B], resamples=20)
    assert result.alpha.value == result.identical.value == 1
    assert [(x.kappa.value, x.f1.value) for x in result.labels] == [(1, 1), (1, 1)]


def test_kappa_and_f1_are_those_of_scikit_learn():
    rng = random.Random(3)
    pairs = [
        (rng.sample([A, B], rng.randint(0, 2)), rng.sample([A, B], rng.randint(0, 2)))
        for _ in range(80)
    ]
    result = agreement(make(pairs), [A, B], resamples=0)
    for found in result.labels:
        left, right = ([found.label in pair[k] for pair in pairs] for k in (0, 1))
        assert found.kappa.value == pytest.approx(cohen_kappa_score(left, right))
        assert found.f1.value == pytest.approx(f1_score(left, right))
        assert found.both == sum(a and b for a, b in zip(left, right, strict=True))


def test_alpha_by_hand():
    """Two sentences; one pair of sets is equal, the other {A} against {A, B}.

    MASI there is 1 - 1/2 * 2/3 = 2/3, so the observed disagreement is (0 + 2/3) / 2 = 1/3. The
    four values are {A} three times and {A, B} once: expected 2 * 3 * 2/3 / (4 * 3) = 1/3.
    """
    result = agreement(make([({A}, {A}), ({A}, {A, B})]), [A], resamples=0)
    assert result.alpha.value == pytest.approx(0, abs=1e-9)


def test_intervals_hold_the_value_and_shrink_with_more_sentences():
    def pairs(n):
        rng = random.Random(5)
        drawn = [{A} if rng.random() < 0.4 else set() for _ in range(n)]
        return [(x, x if rng.random() < 0.85 else {A} - x) for x in drawn]

    few, many = (agreement(make(pairs(n)), [A], resamples=60) for n in (40, 600))
    for result in (few, many):
        for figure in (result.alpha, result.labels[0].kappa, result.labels[0].f1):
            assert figure.low <= figure.value <= figure.high
    assert many.alpha.high - many.alpha.low < few.alpha.high - few.alpha.low


def test_a_label_nobody_used_is_not_a_number():
    result = agreement(make([({A}, {A}), ((), ())]), [A, C], resamples=5)
    assert math.isnan(result.labels[1].kappa.value) and math.isnan(result.labels[1].f1.value)


def test_files_are_joined_by_id_and_codes_are_names(tmp_path):
    def write(name, rows):
        (tmp_path / name).write_text("".join(json.dumps(r) + "\n" for r in rows))
        return tmp_path / name

    one = write("a.jsonl", [{"id": "1", "labels": ["T"]}, {"id": "2", "labels": []}])
    two = write("b.jsonl", [{"id": "1", "labels": ["terrorism"], "document": "x"}])
    assert items(one, two, BOOK) == [
        Item("1", frozenset({"terrorism"}), frozenset({"terrorism"}), "x")
    ]
    other = write("c.jsonl", [{"id": "9", "labels": []}])
    with pytest.raises(CorpusError, match="no sentence in common"):
        items(one, other, BOOK)
    bad = write("d.jsonl", [{"id": "1", "labels": ["Z"]}])
    with pytest.raises(CorpusError, match="line 1: no code 'Z'"):
        items(one, bad, BOOK)


def test_a_corpus_folder_is_an_annotation(planted, tmp_path):
    second = tmp_path / "second.jsonl"
    second.write_text('{"id": "real-0001", "labels": []}\n{"id": "force-0003", "labels": ["F"]}\n')
    shared = items(planted.folder, second, BOOK)
    assert {i.id for i in shared} == {"real-0001", "force-0003"}
    assert agreement(shared, BOOK.names, resamples=0).identical.value == 0.5
