"""The metrics agree with scikit-learn, and their intervals hold what they promise."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    precision_score,
    recall_score,
)

from evaluation.conftest import with_errors
from framing.classifiers.calibration import expected_calibration_error
from framing.evaluation.metrics import bootstrap_f1, f1, measure, resampled_f1


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 60),
    n_labels=st.integers(1, 4),
    share=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)
def test_figures_are_those_of_scikit_learn(seed, n, n_labels, share):
    generator = np.random.default_rng(seed)
    truth = generator.random((n, n_labels)) < share
    chance = generator.random((n, n_labels))
    predicted = chance >= 0.4
    labels = [f"label_{k}" for k in range(n_labels)]
    quality = measure(labels, truth, chance, predicted, generator.integers(0, 5, n))
    for k, row in enumerate(quality.labels):
        there, found = truth[:, k], predicted[:, k]
        assert row.label == labels[k]
        assert row.support == there.sum()
        assert np.isclose(row.precision, precision_score(there, found, zero_division=0))
        assert np.isclose(row.recall, recall_score(there, found, zero_division=0))
        assert np.isclose(row.f1, f1_score(there, found, zero_division=0))
        assert np.isclose(row.brier, brier_score_loss(there, chance[:, k], pos_label=True))
        if there.any():
            assert np.isclose(row.average_precision, average_precision_score(there, chance[:, k]))
    several = {"zero_division": 0, "labels": range(n_labels)}
    matrix = (truth, predicted) if n_labels > 1 else (truth[:, 0], predicted[:, 0])
    if n_labels > 1:
        assert np.isclose(quality.macro_f1, f1_score(*matrix, average="macro", **several))
        assert np.isclose(quality.micro_f1, f1_score(*matrix, average="micro", **several))
    else:
        assert quality.macro_f1 == quality.micro_f1 == quality.labels[0].f1


def test_calibration_error_of_a_known_case():
    chance = np.array([0.25] * 4 + [0.85] * 4)
    truth = np.array([0, 0, 0, 1, 1, 1, 1, 0], dtype=bool)
    assert np.isclose(expected_calibration_error(chance, truth), (0.0 * 4 + 0.1 * 4) / 8)


def test_the_figure_lies_in_its_interval(truth, documents):
    predicted = with_errors(truth, 0.1, 1)
    low, high = bootstrap_f1(truth, predicted, documents)
    scores = f1(truth, predicted)
    scores = np.append(scores, scores.mean())
    assert ((low < scores) & (scores < high)).all()
    assert ((high - low) < 0.1).all()


def test_intervals_cover_the_quality_that_made_the_data():
    """Of 95 % intervals about that many hold the F1 of the population the sample is from."""
    generator = np.random.default_rng(0)
    population = generator.random((40_000, 1)) < 0.3
    wrong = with_errors(population, 0.15, 3)
    expected = f1(population, wrong)[0]
    held = 0
    for trial in range(100):
        rows = generator.integers(0, len(population), 300)
        low, high = bootstrap_f1(population[rows], wrong[rows], np.arange(300), trial)
        held += low[0] <= expected <= high[0]
    assert 88 <= held <= 100


def test_sentences_that_repeat_within_documents_widen_the_interval(truth, documents):
    """Copies add no information: a document of eight is as uncertain as its one sentence."""
    some, wrong = truth[:150], with_errors(truth, 0.2, 2)[:150]
    one = bootstrap_f1(some, wrong, np.arange(150), 0)
    copies = bootstrap_f1(some.repeat(8, 0), wrong.repeat(8, 0), np.arange(150).repeat(8), 0)
    blind = bootstrap_f1(some.repeat(8, 0), wrong.repeat(8, 0), np.arange(1200), 0)
    assert np.allclose(one, copies)
    assert ((blind[1] - blind[0]) < 0.6 * (one[1] - one[0])).all()


def test_perfect_and_hopeless_predictions(truth, documents):
    low, high = bootstrap_f1(truth, truth, documents)
    assert (low == 1).all() and (high == 1).all()
    low, high = bootstrap_f1(truth, ~truth, documents)
    assert (low == 0).all() and (high == 0).all()


def test_the_same_seed_draws_the_same_documents(truth, documents):
    predicted = with_errors(truth, 0.1, 1)
    first = resampled_f1(truth, predicted, documents, 7)
    assert (first == resampled_f1(truth, predicted, documents, 7)).all()
    assert (first != resampled_f1(truth, predicted, documents, 8)).any()
