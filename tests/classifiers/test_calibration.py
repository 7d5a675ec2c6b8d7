from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from framing.classifiers.calibration import (
    Calibration,
    best_thresholds,
    expected_calibration_error,
    logit,
    sigmoid,
    thresholds_for_precision,
)

scored = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40)


@given(scored)
def test_no_threshold_beats_the_best(rows):
    scores = np.array([[s / 20] for s, _ in rows], np.float32)
    truth = np.array([[t] for _, t in rows])
    chosen = best_thresholds(scores, truth)
    reached = f1_score(truth[:, 0], scores[:, 0] >= chosen[0], zero_division=0)
    for other in np.linspace(0, 1.05, 43):
        assert reached >= f1_score(truth[:, 0], scores[:, 0] >= other, zero_division=0) - 1e-9


@given(scored, st.sampled_from([0.5, 0.8, 0.9, 1.0]))
def test_the_asked_precision_is_kept(rows, precision):
    scores = np.array([[s / 20] for s, _ in rows], np.float32)
    truth = np.array([[t] for _, t in rows])
    found = scores[:, 0] >= thresholds_for_precision(scores, truth, precision)[0]
    assert not found.any() or truth[found, 0].mean() >= precision - 1e-9


def test_calibration_mends_overconfidence():
    generator = np.random.default_rng(0)
    honest = generator.normal(size=4000)
    truth = generator.random(4000) < sigmoid(honest)
    raw = (honest * 3 + 1).astype(np.float32)[:, None]
    mended = Calibration.fit(raw, truth[:, None]).apply(raw)[:, 0]
    assert expected_calibration_error(mended, truth) < 0.03
    assert expected_calibration_error(sigmoid(raw[:, 0]), truth) > 0.1


def test_a_label_too_rare_is_left_as_it_is():
    raw = np.zeros((5, 1), np.float32)
    calibration = Calibration.fit(raw, np.zeros((5, 1), bool))
    asked = np.array([[-4.0], [0.5], [3.0]], np.float32)
    assert calibration.log_odds(asked) == pytest.approx(asked, abs=1e-6)


def test_each_end_has_its_own_slope():
    generator = np.random.default_rng(0)
    raw = generator.normal(-2, 3, size=(20_000, 1)).astype(np.float32)
    told = Calibration(*np.array([[2], [0.8], [0.5]], np.float32))
    truth = generator.random(raw.shape) < told.apply(raw)
    found = Calibration.fit(raw, truth)
    values = [found.below[0], found.above[0], found.intercept[0]]
    assert values == pytest.approx([2, 0.8, 0.5], abs=0.3)
    assert expected_calibration_error(found.apply(raw)[:, 0], truth[:, 0]) < 0.01


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=6, max_size=30))
def test_calibration_keeps_the_order(rows):
    raw = np.array([[z] for z, _ in rows], np.float32)
    calibration = Calibration.fit(raw, np.array([[t] for _, t in rows]))
    asked = np.linspace(-30, 30, 61, dtype=np.float32)[:, None]
    assert (np.diff(calibration.log_odds(asked)[:, 0]) > 0).all()


def test_logit_undoes_sigmoid():
    values = np.array([-5.0, 0.0, 3.0], np.float32)
    assert logit(sigmoid(values)) == pytest.approx(values, abs=1e-3)
