"""From raw log-odds to probabilities that mean what they say, and thresholds to decide by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
PRECISIONS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)  # that can be asked for
_SHORTAGE = 3  # with fewer sentences that have a label, nothing can be fitted


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling a label: probability = sigmoid(slope * logit + intercept).

    Platt, "Probabilistic outputs for support vector machines" (1999). The slope is kept positive
    so that calibration never changes the order of sentences.
    """

    slope: Floats
    intercept: Floats

    def apply(self, logits: Floats) -> Floats:
        """Probabilities in 0..1, float32, of the same shape as ``logits`` (n, n_labels)."""
        return sigmoid(logits * self.slope + self.intercept)

    @classmethod
    def identity(cls, n_labels: int) -> Calibration:
        """The calibration that leaves the logits as they are."""
        return cls(np.ones(n_labels, np.float32), np.zeros(n_labels, np.float32))

    @classmethod
    def fit(cls, logits: Floats, targets: NDArray[np.bool_]) -> Calibration:
        """Fit to out-of-fold ``logits`` (n, n_labels); a label too rare to fit is left as it is."""
        from sklearn.linear_model import LogisticRegression

        n_labels = targets.shape[1]
        slope, intercept = np.ones(n_labels), np.zeros(n_labels)
        for k in range(n_labels):
            if min(targets[:, k].sum(), (~targets[:, k]).sum()) < _SHORTAGE:
                continue
            model = LogisticRegression(C=1e4).fit(logits[:, [k]], targets[:, k])
            if model.coef_[0, 0] > 0:
                slope[k], intercept[k] = model.coef_[0, 0], model.intercept_[0]
        return cls(slope.astype(np.float32), intercept.astype(np.float32))


def sigmoid(logits: NDArray[np.floating]) -> Floats:
    """1 / (1 + exp(-x)) as float32, without overflow."""
    return (1 / (1 + np.exp(-np.clip(logits, -80, 80)))).astype(np.float32)


def logit(probabilities: NDArray[np.floating]) -> Floats:
    """The inverse of ``sigmoid``, finite also at 0 and 1."""
    clipped = np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped)).astype(np.float32)


def best_thresholds(probabilities: Floats, targets: NDArray[np.bool_]) -> Floats:
    """The threshold of each label that maximises F1 on out-of-fold ``probabilities``.

    Between two neighbouring probabilities the middle is taken. A label that never occurs gets 0.5.
    """
    return np.array(
        [_best(probabilities[:, k], targets[:, k]) for k in range(targets.shape[1])], np.float32
    )


def _best(scores: Floats, truth: NDArray[np.bool_]) -> float:
    if not truth.any():
        return 0.5
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(truth) + 1) + truth.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = -1  # equal scores cannot be told apart
    best = int(np.argmax(f1))
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)


def thresholds_for_precision(
    probabilities: Floats, targets: NDArray[np.bool_], precision: float
) -> Floats:
    """The lowest threshold of each label whose out-of-fold precision is at least ``precision``.

    Where none reaches it, the threshold is above 1: the label is never given.
    """
    thresholds = np.full(targets.shape[1], 1.01, np.float32)
    for k in range(targets.shape[1]):
        order = np.argsort(-probabilities[:, k], kind="stable")
        ranked = probabilities[order, k]
        reached = np.cumsum(targets[order, k]) / np.arange(1, len(order) + 1) >= precision
        last = np.append(ranked[:-1] != ranked[1:], True)
        if (reached & last).any():
            thresholds[k] = ranked[np.flatnonzero(reached & last)[-1]]
    return thresholds


def precision_table(probabilities: Floats, targets: NDArray[np.bool_]) -> Floats:
    """For each of ``PRECISIONS`` the thresholds that reach it, (n_precisions, n_labels)."""
    return np.stack([thresholds_for_precision(probabilities, targets, p) for p in PRECISIONS])


def expected_calibration_error(
    probabilities: NDArray[np.floating], truth: NDArray[np.bool_], bins: int = 10
) -> float:
    """The mean gap, in 0..1, between stated probability and observed share, over equal-width bins.

    Both arguments have shape (n,). Naeini, Cooper and Hauskrecht, AAAI 2015.
    """
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    counts = np.bincount(index, minlength=bins)
    gaps = np.bincount(index, weights=probabilities - truth, minlength=bins)
    return float(np.abs(gaps).sum() / max(counts.sum(), 1))
