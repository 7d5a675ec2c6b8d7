"""Cross-validation judges each sentence once, by a model that never saw its document."""

from __future__ import annotations

import numpy as np
import pytest

from framing.classifiers.ngram import NgramClassifier
from framing.evaluation.crossval import cross_validate, is_real, plain_baseline, targets_of


class _Remembering:
    """A classifier that keeps a list of the documents it was shown and the texts it judged."""

    def __init__(self, seen, judged):
        self.seen, self.judged = seen, judged

    def fit(self, texts, targets, groups):
        assert len(texts) == len(targets) == len(groups)
        self.documents = set(groups)
        self.thresholds = np.full(targets.shape[1], 0.5)
        return self

    def predict_proba(self, texts):
        self.seen.append(self.documents)
        self.judged.append(texts)
        return np.zeros((len(texts), len(self.thresholds)), np.float32)


@pytest.mark.parametrize("folds", [2, 5, 100])
def test_no_document_is_on_both_sides(sentences, labels, folds):
    seen, judged = [], []
    cross_validate(lambda: _Remembering(seen, judged), sentences, labels, folds)
    document_of = {s.text: s.document for s in sentences}
    assert len(seen) == min(folds, 28)
    for documents, texts in zip(seen, judged, strict=True):
        assert documents and texts
        assert documents.isdisjoint({document_of[text] for text in texts})
    assert sorted(t for texts in judged for t in texts) == sorted(s.text for s in sentences)


def test_held_out_predictions_stand_in_the_order_of_the_sentences(sentences, labels):
    steps = []

    def make():
        return NgramClassifier(labels, characters=None, bits=12, folds=3)

    probabilities, predicted = cross_validate(
        make, sentences, labels, 3, on_fold=lambda: steps.append(1)
    )
    truth = targets_of(sentences, labels)
    k = labels.index("wmd")
    assert len(steps) == 3
    assert (predicted[:, k] == truth[:, k]).mean() > 0.95
    assert probabilities[truth[:, k], k].mean() > probabilities[~truth[:, k], k].mean() + 0.5


def test_the_baseline_learns_too(sentences, labels):
    used = labels[: labels.index("wmd") + 1]
    _, predicted = cross_validate(plain_baseline(used), sentences, used, 3)
    truth = targets_of(sentences, used)
    assert (predicted[:, -1] == truth[:, -1]).mean() > 0.95


def test_targets_follow_the_order_of_the_labels(sentences):
    targets = targets_of(sentences[:2], ("evidentiary_claim", "wmd"))
    assert targets.tolist() == [[False, True], [True, True]]
    assert targets_of([], ("wmd",)).shape == (0, 1)
    assert is_real(sentences).all()
