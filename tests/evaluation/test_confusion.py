"""Who gives which label in place of which, counted and quoted."""

from __future__ import annotations

import numpy as np
import pytest

from framing.corpus.examples import LabelledSentence
from framing.evaluation.confusion import NONE, confusion, instructive
from framing.evaluation.curves import precision_recall, reliability
from framing.evaluation.predictions import Predictions

LABELS = ("wmd", "terrorism")
CASES = (  # given, probabilities, how often
    ((1, 0), (0.9, 0.1), 4),  # right
    ((0, 0), (0.1, 0.2), 5),  # right, nothing there
    ((1, 0), (0.3, 0.8), 2),  # terrorism in place of wmd
    ((1, 1), (0.9, 0.2), 3),  # terrorism missed
    ((0, 0), (0.7, 0.1), 1),  # wmd given for nothing
    ((0, 0), (0.99, 0.1), 1),  # and more surely
)


@pytest.fixture(scope="module")
def predictions():
    truth, chances = [], []
    for given, probabilities, times in CASES:
        truth += [given] * times
        chances += [probabilities] * times
    sentences = tuple(
        LabelledSentence(
            f"s{i}",
            f"Sentence {i}.",
            tuple(name for name, there in zip(LABELS, given, strict=True) if there),
            "radio",
            f"d{i}",
        )
        for i, given in enumerate(truth)
    )
    chance = np.array(chances, np.float32)
    groups = np.arange(len(truth))
    return Predictions(
        LABELS, sentences, np.array(truth, bool), chance, chance >= 0.5, groups, "applied"
    )


def test_counts_of_a_known_case(predictions):
    found = confusion(predictions)
    assert found.labels == ("wmd", "terrorism", NONE)
    assert found.counts.tolist() == [
        [7, 2, 0],  # wmd: 7 found, 2 where terrorism was given
        [0, 0, 3],  # terrorism: never found, 3 with nothing in its place
        [2, 0, 5],  # nothing: 2 where wmd was given, 5 left alone
    ]
    assert found.worst() == [
        ("terrorism", NONE, 3),
        ("none", "wmd", 2),
        ("wmd", "terrorism", 2),
    ]
    cells = {(row["annotator"], row["model"]): row["sentences"] for row in found.records()}
    assert cells["wmd", "terrorism"] == 2 and len(cells) == 9


def test_the_surest_error_is_quoted_first(predictions):
    found = [m for m in instructive(predictions, 3) if (m.missed, m.given) == (NONE, "wmd")]
    assert [m.probabilities["wmd"] for m in found] == [0.99, 0.7]
    assert found[0].surprise > found[1].surprise > 0
    assert found[0].labels == () and found[0].model == ("wmd",)
    assert len(instructive(predictions, 1)) == 3
    swapped = next(m for m in instructive(predictions) if m.given == "terrorism")
    assert (swapped.missed, swapped.labels, swapped.model) == ("wmd", ("wmd",), ("terrorism",))


def test_no_document_is_quoted_twice_in_a_cell(predictions):
    same = Predictions(
        *(getattr(predictions, name) for name in ("labels", "sentences", "truth")),
        *(predictions.probabilities, predictions.predicted),
        np.zeros(len(predictions.truth), np.intp),
        "applied",
    )
    assert len(instructive(same, 5)) == 3


def test_without_errors_nothing_is_quoted(predictions):
    right = Predictions(
        predictions.labels,
        predictions.sentences,
        predictions.predicted,
        *(predictions.probabilities, predictions.predicted, predictions.groups, "applied"),
    )
    assert instructive(right) == []
    assert confusion(right).worst() == []


def test_reliability_states_what_was_observed(predictions):
    bins = {(b.label, round(b.stated, 1)): b for b in reliability(predictions)}
    assert bins["wmd", 0.9].sentences == 8  # seven at 0.9, one at 0.99
    assert bins["wmd", 0.9].observed == 7 / 8
    assert bins["wmd", 0.3].observed == 1
    assert all(0 <= b.low <= b.observed <= b.high <= 1 for b in bins.values())
    assert sum(b.sentences for (label, _), b in bins.items() if label == "wmd") == 16


def test_the_curve_passes_where_the_model_decides(predictions):
    curve = precision_recall(predictions)[0]
    assert curve.label == "wmd"
    assert curve.at == (7 / 9, 7 / 9)
    assert any(
        np.isclose(r, 7 / 9, atol=1e-3) and np.isclose(p, 7 / 9, atol=1e-3)
        for r, p in zip(curve.recall, curve.precision, strict=True)
    )
    assert max(curve.recall) == 1
