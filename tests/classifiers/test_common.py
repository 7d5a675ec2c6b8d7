"""One battery for every classifier: what composes with scikit-learn and what the contract says."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from framing.classifiers import store
from framing.classifiers.cascade import CascadeClassifier
from framing.classifiers.ngram import NgramClassifier
from framing.codebook import Codebook

NAMES = Codebook.load().names
CLASSIFIERS = [
    NgramClassifier(NAMES, characters=None, bits=14, folds=3),
    NgramClassifier(NAMES, words=1, characters=(3, 4), bits=14, folds=3),
    CascadeClassifier(
        NAMES,
        fast={"kind": "ngram", "characters": None, "bits": 12, "folds": 3},
        careful={"kind": "ngram", "bits": 14, "folds": 3},
    ),
]


@parametrize_with_checks([NgramClassifier()])
def test_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module", params=CLASSIFIERS, ids=["words", "characters", "cascade"])
def fitted(request, learnable):
    texts, targets, groups = learnable
    return clone(request.param).fit(texts, targets, groups=groups)


def test_probabilities_are_float32_within_bounds(fitted, learnable):
    texts = learnable[0]
    probabilities = fitted.predict_proba(texts[:40])
    assert probabilities.shape == (40, len(NAMES))
    assert probabilities.dtype == np.float32
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_it_learns_what_it_was_shown(fitted, learnable):
    texts, targets, _ = learnable
    column = NAMES.index("wmd")
    probabilities = fitted.predict_proba(texts)[:, column]
    assert (
        probabilities[targets[:, column]].mean() > probabilities[~targets[:, column]].mean() + 0.3
    )


def test_labels_and_thresholds_belong_together(fitted):
    assert fitted.labels == NAMES
    assert fitted.thresholds.shape == (len(NAMES),)


def test_predictions_follow_the_thresholds(fitted, learnable):
    texts = learnable[0][:30]
    expected = fitted.predict_proba(texts) >= fitted.thresholds
    assert (fitted.predict(texts) == expected).all()


def test_order_and_company_do_not_matter(fitted, learnable):
    texts = learnable[0][:25]
    together = fitted.predict_proba(texts)
    alone = np.concatenate([fitted.predict_proba([text]) for text in texts[::-1]])[::-1]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_white_space_does_not_matter(fitted):
    np.testing.assert_array_equal(
        fitted.predict_proba(["They hide  a\n bomb. "]), fitted.predict_proba(["They hide a bomb."])
    )


def test_nothing_in_nothing_out(fitted):
    assert fitted.predict_proba([]).shape == (0, len(NAMES))


@pytest.mark.parametrize("wrong", ["one bare string", [1, 2], [b"bytes"]])
def test_other_input_is_refused(fitted, wrong):
    with pytest.raises(ValueError, match="sequence of sentences"):
        fitted.predict_proba(wrong)


def test_the_same_seed_gives_the_same_model(fitted, learnable, tmp_path):
    texts, targets, groups = learnable
    again = clone(fitted).fit(texts, targets, groups=groups)
    assert store.save(again, tmp_path / "b") == store.save(fitted, tmp_path / "a")


def test_a_stored_model_answers_as_before(fitted, learnable, tmp_path):
    store.save(fitted, tmp_path / "model")
    stored = store.load(tmp_path / "model")
    texts = learnable[0]
    np.testing.assert_allclose(stored.predict_proba(texts), fitted.predict_proba(texts), atol=2e-3)
    assert stored.labels == fitted.labels


def test_a_model_goes_to_another_process(fitted):
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(
        copy.predict_proba(["A bomb."]), fitted.predict_proba(["A bomb."])
    )


def test_targets_of_a_wrong_form_are_refused():
    with pytest.raises(ValueError, match="rows"):
        NgramClassifier().fit(["a", "b"], [[1], [0], [1]])
    with pytest.raises(ValueError, match="0 and 1"):
        NgramClassifier().fit(["a", "b"], [[2], [0]])
    with pytest.raises(ValueError, match="columns"):
        NgramClassifier(["x", "y"]).fit(["a", "b"], [[1], [0]])


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("texts", [["same here", "same here"] * 3, ["", "."] * 3])
def test_sentences_that_nothing_tells_apart_give_finite_numbers(texts, ratio):
    model = NgramClassifier(["x"], ratio=ratio, folds=2).fit(texts, [[1], [0]] * 3)
    assert np.isfinite(model.predict_proba(["same here", "other"])).all()


@pytest.mark.parametrize("ratio", [-0.5, float("nan"), float("inf")])
def test_a_ratio_that_cannot_be_worked_with_is_refused(ratio):
    with pytest.raises(ValueError, match="ratio"):
        NgramClassifier(["x"], ratio=ratio).fit(["a", "b"], [[1], [0]])
