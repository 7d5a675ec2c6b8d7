"""A planted difference is found, equals are left equal, and what is printed is what was found."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.conftest import with_errors
from framing.errors import CorpusError, ModelError
from framing.evaluation.compare import (
    MACRO,
    compare,
    compare_models,
    holm,
    mcnemar,
    shared_labels,
)

LABELS = ("wmd", "terrorism", "counter_frame")


@pytest.fixture(scope="module")
def planted(truth):
    """B is as good as A but for the first label, where it makes a third of A's errors."""
    a, b = with_errors(truth, 0.12, 1), with_errors(truth, 0.12, 2)
    b[:, 0] = with_errors(truth, 0.04, 3)[:, 0]
    return {"A": a, "B": b}


def _by_label(result):
    return {row.label: row for row in result.differences}


def test_a_planted_difference_is_found_where_it_is(truth, documents, planted):
    rows = _by_label(compare(LABELS, truth, planted, documents))
    assert rows["wmd"].better == "B"
    assert rows["wmd"].corrected < 0.001
    assert rows["wmd"].second_only > rows["wmd"].first_only
    assert rows["terrorism"].better is None
    assert rows["counter_frame"].better is None
    assert rows[MACRO].better == "B"
    assert rows[MACRO].p < 0.05


def test_the_sentence_states_what_was_found(truth, documents, planted):
    row = _by_label(compare(LABELS, truth, planted, documents))["wmd"]
    found = re.fullmatch(r"B is better on F1 for wmd by (\S+) \((\S+) to (\S+)\)", row.sentence)
    stated = [float(number) for number in found.groups()]
    assert np.allclose(stated, [row.difference, *row.interval], atol=0.0051)
    assert 0 < stated[1] < stated[0] < stated[2]


def test_the_order_of_the_models_only_turns_the_sign(truth, documents, planted):
    there = _by_label(compare(LABELS, truth, planted, documents))
    back = _by_label(compare(LABELS, truth, {n: planted[n] for n in "BA"}, documents))
    for label, row in there.items():
        assert np.isclose(row.difference, -back[label].difference)
        assert np.allclose(row.interval, [-bound for bound in back[label].interval[::-1]])
        assert (row.better, row.p) == (back[label].better, back[label].p)
    assert there["wmd"].sentence == back["wmd"].sentence


def test_equal_models_do_not_differ(truth, documents, planted):
    result = compare(LABELS, truth, {"A": planted["A"], "C": planted["A"].copy()}, documents)
    for row in result.differences:
        assert row.better is None
        assert (row.difference, row.interval, row.p) == (0, (0, 0), 1)
        assert row.sentence.endswith("C less A is 0.00 (0.00 to 0.00)")


def test_chance_is_rarely_taken_for_a_difference(truth, documents):
    """Of sixty comparisons of equally good models about one in twenty may seem to differ."""
    found = 0
    for seed in range(20):
        decisions = {
            "A": with_errors(truth, 0.1, 100 + seed),
            "B": with_errors(truth, 0.1, 500 + seed),
        }
        rows = _by_label(compare(LABELS, truth, decisions, documents, seed))
        found += sum(rows[label].better is not None for label in LABELS)
    assert found <= 8


def test_three_models_are_compared_in_pairs_and_corrected(truth, documents, planted):
    decisions = {**planted, "C": with_errors(truth, 0.12, 9)}
    result = compare(LABELS, truth, decisions, documents)
    assert len(result.differences) == 3 * (len(LABELS) + 1)
    assert [(r.first, r.second) for r in result.differences[:: len(LABELS) + 1]] == [
        ("A", "B"),
        ("A", "C"),
        ("B", "C"),
    ]
    single = [row for row in result.differences if row.label != MACRO]
    expected = holm(np.array([row.p for row in single]))
    assert np.allclose([row.corrected for row in single], expected)
    judged = {(r.first, r.second, r.label): r for r in single}
    assert judged["A", "B", "wmd"].sentence.startswith("B is better than A on F1 for wmd by ")
    assert judged["B", "C", "wmd"].better == "B"
    assert all(r.corrected < 0.05 for r in result.differences if r.better)


def test_one_document_is_not_enough(truth, planted):
    with pytest.raises(CorpusError, match="two documents"):
        compare(LABELS, truth, planted, ["the same"] * len(truth))


def test_mcnemar_is_the_sign_test_of_the_disagreements():
    assert mcnemar(0, 0) == 1
    assert np.isclose(mcnemar(0, 5), 2 / 2**5)
    assert np.isclose(mcnemar(1, 5), 2 * (1 + 6) / 2**6)
    assert mcnemar(4, 4) == 1


def test_holm_of_a_known_case():
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert np.allclose(holm(p), [0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(values):
    p = np.array(values)
    corrected = holm(p)
    assert (corrected >= np.minimum(p, 1)).all() and (corrected <= 1).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()


def test_models_need_a_label_in_common(sentences):
    assert shared_labels([("a", "b", "c"), ("c", "b")]) == ("b", "c")
    with pytest.raises(ModelError, match="no label in common"):
        shared_labels([("a",), ("b",)])
    with pytest.raises(ModelError, match="two models"):
        compare_models({"alone": object()}, sentences)
