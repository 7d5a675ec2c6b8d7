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
    assert calibration.slope[0] == 1 and calibration.intercept[0] == 0


def test_logit_undoes_sigmoid():
    values = np.array([-5.0, 0.0, 3.0], np.float32)
    assert logit(sigmoid(values)) == pytest.approx(values, abs=1e-3)
