"""Quality of multi-label predictions, each figure with its interval over documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.evaluation.resampling import (
    FIGURES,
    RESAMPLES,
    Draws,
    Truth,
    f1_of,
    interval,
    resampled,
)

MACRO, MICRO = "macro", "micro"
Interval = tuple[float, float]
_NONE = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """Quality on one label; all in 0..1, ``support`` counts sentences that have the label.

    The intervals are 95 % bootstrap intervals over documents.
    """

    label: str
    support: int
    precision: float
    recall: float
    f1: float
    f1_interval: Interval
    average_precision: float
    brier: float
    calibration_error: float
    precision_interval: Interval = _NONE
    recall_interval: Interval = _NONE
    average_precision_interval: Interval = _NONE
    brier_interval: Interval = _NONE
    calibration_error_interval: Interval = _NONE

    def flat(self) -> dict[str, Any]:
        """One row for a spreadsheet: each figure, then its lower and upper bound."""
        row: dict[str, Any] = {"label": self.label, "support": self.support}
        for name in FIGURES:
            low, high = getattr(self, f"{name}_interval")
            row |= {name: getattr(self, name), f"{name}_low": low, f"{name}_high": high}
        return row


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality over all labels: each label, their mean (macro), all decisions as one (micro)."""

    sentences: int
    documents: int
    labels: tuple[LabelQuality, ...]
    macro: LabelQuality
    micro: LabelQuality

    @property
    def macro_f1(self) -> float:
        """The mean of F1 over the labels."""
        return self.macro.f1

    @property
    def macro_f1_interval(self) -> Interval:
        """The 95 % interval of ``macro_f1`` over documents."""
        return self.macro.f1_interval

    @property
    def micro_f1(self) -> float:
        """F1 of all decisions on all labels."""
        return self.micro.f1

    @property
    def rows(self) -> tuple[LabelQuality, ...]:
        """The labels, then macro and micro."""
        return (*self.labels, self.macro, self.micro)

    def as_dict(self) -> dict[str, Any]:
        """All figures, JSON-ready; those asked for most also on the first level."""
        low, high = self.macro_f1_interval
        return {
            "macro_f1": self.macro_f1,
            "macro_f1_interval": [low, high],
            "micro_f1": self.micro_f1,
            **asdict(self),
        }


def f1(truth: Truth, predicted: Truth) -> NDArray[np.float64]:
    """F1 of each column, (n_labels,); 0 where nothing is there and nothing was found."""
    return np.asarray(
        f1_of((truth & predicted).sum(0), predicted.sum(0), truth.sum(0)), dtype=float
    )


def measure(
    labels: Sequence[str],
    truth: Truth,
    probabilities: NDArray[np.floating],
    predicted: Truth,
    documents: Sequence[Any],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Quality:
    """Measure predictions (n, n_labels) against ``truth``; ``documents`` (n,) groups sentences."""
    once = Draws(range(len(truth)), 0, 1)
    once.times = np.ones_like(once.times)
    value = {name: row[0] for name, row in resampled(truth, probabilities, predicted, once).items()}
    draws = Draws(documents, seed, resamples)
    bounds = {
        name: interval(samples, value[name], biased=name == "calibration_error")
        for name, samples in resampled(truth, probabilities, predicted, draws).items()
    }
    support = [*truth.sum(axis=0), truth.sum(), truth.sum()]
    rows = [
        _row(label, int(support[k]), value, bounds, k)
        for k, label in enumerate((*labels, MACRO, MICRO))
    ]
    return Quality(
        sentences=len(truth),
        documents=len(set(map(str, documents))),
        labels=tuple(rows[:-2]),
        macro=rows[-2],
        micro=rows[-1],
    )


def _row(
    label: str, support: int, value: dict[str, Any], bounds: dict[str, Any], k: int
) -> LabelQuality:
    """One label out of the figures of all, (n_labels + 2,), and their bounds, (2, n_labels + 2)."""
    found: dict[str, Any] = {name: float(value[name][k]) for name in FIGURES}
    found |= {f"{name}_interval": tuple(map(float, bounds[name][:, k])) for name in FIGURES}
    return LabelQuality(label=label, support=support, **found)


def bootstrap_f1(
    truth: Truth, predicted: Truth, documents: Sequence[Any], seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % bounds of F1 a label and, last, of macro-F1: two arrays (n_labels + 1,)."""
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
    draws = Draws(documents, seed)
    scores = f1_of(*(draws.sums(part) for part in (truth & predicted, predicted, truth)))
    return np.concatenate([scores, scores.mean(axis=1, keepdims=True)], axis=1)
