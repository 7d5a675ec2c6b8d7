"""The bootstrap over documents: every figure of every draw, from sums that are made once.

Whole documents are drawn with replacement, since sentences of one document are not independent
(Efron and Tibshirani, An Introduction to the Bootstrap, 1993; percentile intervals).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Truth = NDArray[np.bool_]
Matrix = NDArray[np.float64]

RESAMPLES = 1000
BINS = 10
FIGURES = ("precision", "recall", "f1", "average_precision", "brier", "calibration_error")
_AT_ONCE = 4_000_000  # cells of a chunk of draws: memory stays flat however many sentences
_BOUNDS = (0.025, 0.975)


class Draws:
    """The same documents drawn for everything that is measured on the same sentences."""

    def __init__(self, documents: Sequence[Any], seed: int = 0, resamples: int = RESAMPLES) -> None:
        """``documents`` (n,) names the document of each sentence."""
        names, self.group = np.unique(np.asarray(documents, dtype=str), return_inverse=True)
        even = np.full(len(names), 1 / len(names))
        generator = np.random.default_rng(seed)
        self.times = generator.multinomial(len(names), even, resamples).astype(float)

    def sums(self, values: NDArray[Any]) -> Matrix:
        """The sum of ``values`` (n, ...) over the sentences of each draw, (resamples, ...)."""
        from scipy.sparse import csr_matrix

        n = len(self.group)
        inside = csr_matrix((np.ones(n), (self.group, np.arange(n))))
        flat = np.asarray(inside @ values.reshape(n, -1).astype(float))
        return (self.times @ flat).reshape(len(self.times), *values.shape[1:])


def f1_of(hit: Any, found: Any, there: Any) -> Any:
    """F1 from counts; 0 where nothing is there and nothing was found."""
    return 2 * hit / np.maximum(found + there, 1)


def resampled(
    truth: Truth, probabilities: NDArray[np.floating], predicted: Truth, draws: Draws
) -> dict[str, Matrix]:
    """All ``FIGURES`` of each draw, (resamples, n_labels + 2): last macro, then micro.

    ``truth``, ``probabilities`` and ``predicted`` are (n, n_labels). Macro is the mean over
    labels; micro takes all decisions of all labels as one.
    """
    n_labels = truth.shape[1]
    counts = [draws.sums(part) for part in (truth & predicted, predicted, truth)]
    hit, found, there = (np.column_stack([c, c.sum(axis=1)]) for c in counts)
    sentences = draws.sums(np.ones((len(truth), 1)))
    errors = draws.sums((probabilities - truth) ** 2) / sentences
    gaps = draws.sums(binned(probabilities, probabilities - truth))
    apart = np.abs(gaps).sum(axis=2) / sentences
    pooled = np.abs(gaps.sum(axis=1)).sum(axis=1) / (sentences[:, 0] * n_labels)
    ranked = [
        ranked_precision(probabilities[:, [k]], truth[:, [k]], draws) for k in range(n_labels)
    ]
    each = {
        "precision": hit / np.maximum(found, 1),
        "recall": hit / np.maximum(there, 1),
        "f1": f1_of(hit, found, there),
        "average_precision": np.column_stack(
            [*ranked, ranked_precision(probabilities, truth, draws)]
        ),
        "brier": np.column_stack([errors, errors.mean(axis=1)]),
        "calibration_error": np.column_stack([apart, pooled]),
    }
    return {name: _with_macro(values) for name, values in each.items()}


def binned(probabilities: NDArray[np.floating], values: NDArray[Any]) -> NDArray[np.float64]:
    """``values`` (n, n_labels) put into the bin of their probability, (n, n_labels, BINS)."""
    index = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return (index[:, :, None] == np.arange(BINS)) * np.asarray(values, float)[:, :, None]


def ranked_precision(
    probabilities: NDArray[np.floating], truth: Truth, draws: Draws
) -> NDArray[np.float64]:
    """Average precision of all columns taken as one, for each draw, (resamples,).

    Equal probabilities are one step, as in scikit-learn. 0 where a draw has no positive. Only
    steps with a positive in them count, so all between two such steps is summed by document first.
    """
    from scipy.sparse import csr_matrix

    order = np.argsort(-probabilities.ravel(), kind="stable")
    ranked, positive = probabilities.ravel()[order], truth.ravel()[order]
    if not positive.any():
        return np.zeros(len(draws.times))
    level = np.cumsum(np.append(False, ranked[1:] != ranked[:-1]))
    steps = np.unique(level[positive])
    step = np.searchsorted(steps, level)  # the first step at or after each rank
    owner = draws.group.repeat(probabilities.shape[1])[order]
    inside = step < len(steps)  # what ranks below the last positive plays no part
    shape = (len(steps), draws.times.shape[1])
    seen, hits = (
        csr_matrix((np.ones(kept.sum(), np.float32), (step[kept], owner[kept])), shape)
        for kept in (inside, positive)
    )
    chunk = max(_AT_ONCE // len(steps), 1)
    found = []
    for start in range(0, len(draws.times), chunk):
        times = draws.times[start : start + chunk].T.astype(np.float32)
        gained = hits @ times
        hit = np.cumsum(gained, axis=0)
        precision = hit / np.maximum(np.cumsum(seen @ times, axis=0), 1)
        found.append((gained * precision).sum(axis=0) / np.maximum(hit[-1], 1))
    return np.concatenate(found).astype(np.float64)


def interval(samples: Matrix, value: NDArray[np.floating], biased: bool = False) -> Matrix:
    """95 % bounds (2, ...) of samples (resamples, ...) around ``value``.

    With ``biased`` the samples are first moved so that their mean is ``value``: the calibration
    error of a resample is larger than that of the sample, whose own error it adds.
    """
    bounds = np.quantile(samples, _BOUNDS, axis=0)
    if biased:
        bounds = np.maximum(bounds - (samples.mean(axis=0) - value), 0)
    return np.asarray(bounds)


def _with_macro(values: Matrix) -> Matrix:
    """Columns (labels, micro) become (labels, macro, micro)."""
    return np.column_stack([values[:, :-1], values[:, :-1].mean(axis=1), values[:, -1]])
