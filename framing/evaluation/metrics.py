"""Quality of multi-label predictions, each figure with its interval over documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.calibration import expected_calibration_error

Truth = NDArray[np.bool_]
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """Quality on one label; all in 0..1, ``support`` counts sentences that have the label."""

    label: str
    support: int
    precision: float
    recall: float
    f1: float
    f1_interval: tuple[float, float]
    average_precision: float
    brier: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality over all labels; intervals are 95 % bootstrap intervals over documents."""

    sentences: int
    documents: int
    macro_f1: float
    macro_f1_interval: tuple[float, float]
    micro_f1: float
    labels: tuple[LabelQuality, ...]


def f1(truth: Truth, predicted: Truth) -> NDArray[np.float64]:
    """F1 of each column, (n_labels,); 0 where nothing is there and nothing was found."""
    return _f1(*_counts(truth, predicted))


def measure(
    labels: Sequence[str],
    truth: Truth,
    probabilities: NDArray[np.floating],
    predicted: Truth,
    documents: Sequence[Any],
    seed: int = 0,
) -> Quality:
    """Measure predictions (n, n_labels) against ``truth``; ``documents`` (n,) groups sentences."""
    from sklearn.metrics import average_precision_score

    low, high = bootstrap_f1(truth, predicted, documents, seed)
    hit, found, there = _counts(truth, predicted)
    scores = _f1(hit, found, there)
    rows = []
    for k, label in enumerate(labels):
        column, chance = truth[:, k], probabilities[:, k]
        rows.append(
            LabelQuality(
                label=label,
                support=int(there[k]),
                precision=float(hit[k] / found[k]) if found[k] else 0.0,
                recall=float(hit[k] / there[k]) if there[k] else 0.0,
                f1=float(scores[k]),
                f1_interval=(float(low[k]), float(high[k])),
                average_precision=(
                    float(average_precision_score(column, chance)) if column.any() else 0.0
                ),
                brier=float(np.mean((chance - column) ** 2)),
                calibration_error=expected_calibration_error(chance, column),
            )
        )
    return Quality(
        sentences=len(truth),
        documents=len(set(documents)),
        macro_f1=float(scores.mean()),
        macro_f1_interval=(float(low[-1]), float(high[-1])),
        micro_f1=float(_f1(hit.sum(), found.sum(), there.sum())),
        labels=tuple(rows),
    )


def bootstrap_f1(
    truth: Truth, predicted: Truth, documents: Sequence[Any], seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % bounds of F1 a label and, last, of macro-F1: two arrays (n_labels + 1,).

    Whole documents are drawn with replacement, since sentences of one document are not
    independent (Efron and Tibshirani 1993, percentile bootstrap).
    """
    samples = resampled_f1(truth, predicted, documents, seed)
    low, high = np.quantile(samples, [0.025, 0.975], axis=0)
    return low, high


def resampled_f1(
    truth: Truth, predicted: Truth, documents: Sequence[Any], seed: int = 0
) -> NDArray[np.float64]:
    """F1 a label and, last, macro-F1 of each bootstrap sample, (resamples, n_labels + 1).

    With the same ``documents`` and ``seed`` the same documents are drawn: two models' samples are
    paired.
    """
    names, group = np.unique(np.asarray(documents, dtype=str), return_inverse=True)
    per_document = np.zeros((len(names), 3 * truth.shape[1]))
    parts = np.concatenate([truth & predicted, predicted, truth], axis=1)
    np.add.at(per_document, group, parts)
    generator = np.random.default_rng(seed)
    even = np.full(len(names), 1 / len(names))
    draws = generator.multinomial(len(names), even, _RESAMPLES)
    hit, found, there = np.split(draws @ per_document, 3, axis=1)
    scores = _f1(hit, found, there)
    return np.concatenate([scores, scores.mean(axis=1, keepdims=True)], axis=1)


def _counts(truth: Truth, predicted: Truth) -> tuple[Any, Any, Any]:
    return (truth & predicted).sum(0), predicted.sum(0), truth.sum(0)


def _f1(hit: Any, found: Any, there: Any) -> Any:
    return 2 * hit / np.maximum(found + there, 1)
