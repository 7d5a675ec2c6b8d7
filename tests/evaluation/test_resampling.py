"""Each figure of a draw is that of the sentences drawn, as often as they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, precision_score

from framing.classifiers.calibration import expected_calibration_error
from framing.evaluation.metrics import measure
from framing.evaluation.resampling import FIGURES, Draws, interval, resampled


@pytest.fixture(scope="module")
def drawn():
    generator = np.random.default_rng(2)
    documents = [f"d{i // 5}" for i in range(200)]
    truth = generator.random((200, 3)) < 0.3
    chance = np.round(generator.random((200, 3)) * 0.7 + truth * 0.3, 2)  # with ties
    predicted = chance > 0.5
    draws = Draws(documents, 1, 20)
    return truth, chance, predicted, draws, resampled(truth, chance, predicted, draws)


def test_figures_are_those_of_the_rows_written_out(drawn):
    truth, chance, predicted, draws, found = drawn
    for i in range(20):
        rows = np.arange(200).repeat(draws.times[i][draws.group].astype(int))
        there, said, given = truth[rows], chance[rows], predicted[rows]
        for k in range(3):
            column = there[:, k], said[:, k]
            expected = (
                ("average_precision", average_precision_score(*column)),
                ("brier", brier_score_loss(*column)),
                ("precision", precision_score(there[:, k], given[:, k])),
                ("calibration_error", expected_calibration_error(said[:, k], there[:, k])),
            )
            for name, value in expected:
                assert np.isclose(found[name][i, k], value), (name, i, k)
        assert np.isclose(
            found["average_precision"][i, 4], average_precision_score(there.ravel(), said.ravel())
        )
        pooled = expected_calibration_error(said.ravel(), there.ravel())
        assert np.isclose(found["calibration_error"][i, 4], pooled)


def test_macro_is_the_mean_of_the_labels(drawn):
    *_, found = drawn
    for name in FIGURES:
        assert found[name].shape == (20, 5)
        assert np.allclose(found[name][:, 3], found[name][:, :3].mean(axis=1))


def test_every_figure_lies_in_its_interval(drawn):
    truth, chance, predicted, *_ = drawn
    quality = measure(("a", "b", "c"), truth, chance, predicted, [i // 5 for i in range(200)])
    for row in quality.rows:
        for name in FIGURES:
            low, high = getattr(row, f"{name}_interval")
            assert low <= getattr(row, name) <= high, (row.label, name)
    assert [row.label for row in quality.rows] == ["a", "b", "c", "macro", "micro"]


def test_the_bias_of_resampling_is_taken_off():
    """The calibration error of calibrated chances is small; its resamples' is about twice that."""
    generator = np.random.default_rng(0)
    chance = generator.random((400, 1))
    truth = generator.random((400, 1)) < chance
    samples = resampled(truth, chance, chance > 0.5, Draws(range(400)))["calibration_error"]
    value = np.array([expected_calibration_error(chance[:, 0], truth[:, 0])] * 3)
    plain, corrected = interval(samples, value), interval(samples, value, biased=True)
    assert plain.mean(axis=0)[0] > value[0] + 0.01
    assert corrected[0, 0] < value[0] < corrected[1, 0]


def test_without_a_positive_there_is_no_precision_at_any_rank():
    truth = np.zeros((10, 2), bool)
    quality = measure(("a", "b"), truth, np.full((10, 2), 0.1), truth, range(10))
    assert quality.micro.average_precision == 0
    assert quality.micro.average_precision_interval == (0, 0)
