"""From raw log-odds to probabilities that mean what they say, and thresholds to decide by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
PRECISIONS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99)  # that can be asked for
_FLATTEST = 0.01  # slope: calibration never turns or levels the order of sentences
_RIDGE = 1e-4  # keeps slopes finite where a label can be told without error
_SHORTAGE = 3  # with fewer sentences that have a label, nothing can be fitted


@dataclass(frozen=True, slots=True)
class Calibration:
    """Beta calibration a label, in terms of log-odds: a slope far below 0 and one far above.

    Calibrated log-odds are intercept + above * softplus(logit) - below * softplus(-logit): Kull,
    Silva Filho and Flach, "Beta calibration" (2017). With equal slopes that is Platt scaling,
    "Probabilistic outputs for support vector machines" (1999). Where nearly all sentences lack a
    label, one slope cannot fit both ends, and says too much of the sentences that plainly lack it.
    Both slopes are positive, so that calibration never changes the order of sentences.
    """

    below: Floats
    above: Floats
    intercept: Floats

    def log_odds(self, logits: Floats) -> Floats:
        """Calibrated log-odds, float32, of the same shape as ``logits`` (n, n_labels)."""
        up, down = np.logaddexp(0, logits), np.logaddexp(0, -logits)
        return (self.intercept + self.above * up - self.below * down).astype(np.float32)

    def apply(self, logits: Floats) -> Floats:
        """Probabilities in 0..1, float32, of the same shape as ``logits`` (n, n_labels)."""
        return sigmoid(self.log_odds(logits))

    @classmethod
    def identity(cls, n_labels: int) -> Calibration:
        """The calibration that leaves the logits as they are."""
        one = np.ones(n_labels, np.float32)
        return cls(one, one, np.zeros(n_labels, np.float32))

    @classmethod
    def fit(cls, logits: Floats, targets: NDArray[np.bool_]) -> Calibration:
        """Fit to out-of-fold ``logits`` (n, n_labels); a label too rare to fit is left as it is."""
        columns = [_fitted(logits[:, k], targets[:, k]) for k in range(targets.shape[1])]
        below, above, intercept = np.array(columns, np.float32).reshape(-1, 3).T
        return cls(below, above, intercept)


def _fitted(logits: Floats, truth: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Slopes below and above and intercept of one label, by maximum likelihood."""
    from scipy.optimize import minimize

    if min(truth.sum(), (~truth).sum()) < _SHORTAGE:
        return 1.0, 1.0, 0.0
    z = logits.astype(np.float64)
    terms = np.stack([-np.logaddexp(0, -z), np.logaddexp(0, z), np.ones_like(z)], axis=1)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = terms @ values
        apart = np.exp(-np.logaddexp(0, -odds)) - truth
        entropy = np.logaddexp(0, odds).sum() - odds[truth].sum()
        return entropy + _RIDGE / 2 * values @ values, terms.T @ apart + _RIDGE * values

    bounds = [(_FLATTEST, None), (_FLATTEST, None), (None, None)]
    found = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    below, above, intercept = found.x.tolist()
    return below, above, intercept


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
