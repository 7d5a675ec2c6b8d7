"""Curves of each label: precision over recall, and observed share over stated probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framing.evaluation.resampling import BINS, Draws, binned

if TYPE_CHECKING:
    from framing.evaluation.predictions import Predictions

_POINTS = 200


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Precision at each recall of one label; ``at`` is (recall, precision) as the model decides."""

    label: str
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    at: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bin:
    """Sentences of one label whose probability is alike; the interval is over documents."""

    label: str
    stated: float
    observed: float
    low: float
    high: float
    sentences: int


def precision_recall(predictions: Predictions) -> list[PrecisionRecall]:
    """The curve of each label that occurs, thinned to some hundred points."""
    from sklearn.metrics import precision_recall_curve

    found = []
    for k, label in enumerate(predictions.labels):
        truth, given = predictions.truth[:, k], predictions.predicted[:, k]
        if not truth.any():
            continue
        precision, recall, _ = precision_recall_curve(truth, predictions.probabilities[:, k])
        kept = _thinned(recall)
        hit = int((truth & given).sum())
        found.append(
            PrecisionRecall(
                label,
                tuple(round(float(value), 4) for value in recall[kept]),
                tuple(round(float(value), 4) for value in precision[kept]),
                (hit / int(truth.sum()), hit / max(int(given.sum()), 1)),
            )
        )
    return found


def _thinned(recall: np.ndarray) -> np.ndarray:
    """Rows of about as many points as a screen can show, evenly over recall, ends kept."""
    wanted = np.linspace(recall.max(), recall.min(), _POINTS)
    return np.unique(np.append(np.searchsorted(-recall, -wanted), len(recall) - 1))


def reliability(predictions: Predictions, seed: int = 0) -> list[Bin]:
    """Stated and observed share in bins of equal width, of each label; empty bins are left out."""
    draws = Draws(predictions.groups.tolist(), seed)
    shape = np.ones_like(predictions.probabilities)
    each = (shape, predictions.probabilities, predictions.truth)
    counts, stated, observed = (
        binned(predictions.probabilities, values).sum(axis=0) for values in each
    )
    drawn = draws.sums(binned(predictions.probabilities, shape))
    hits = draws.sums(binned(predictions.probabilities, predictions.truth))
    found = []
    for k, label in enumerate(predictions.labels):
        for b in range(BINS):
            if not counts[k, b]:
                continue
            there = drawn[:, k, b] > 0
            shares = hits[there, k, b] / drawn[there, k, b]
            low, high = np.quantile(shares, [0.025, 0.975])
            n = counts[k, b]
            found.append(
                Bin(
                    label,
                    round(float(stated[k, b] / n), 4),
                    round(float(observed[k, b] / n), 4),
                    round(float(low), 4),
                    round(float(high), 4),
                    int(n),
                )
            )
    return found
