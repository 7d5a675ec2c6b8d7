"""Intervals by a bootstrap over documents that needs one pass and little memory.

Each statement enters each resample a Poisson(1) number of times, which for many statements is
the same as drawing with replacement (Hanley & MacGibbon 2006; Chamandy et al. 2012), and can be
summed up while the statements stream by. Every figure of the report is a ratio of two such sums.
"""

from __future__ import annotations

from math import exp, factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FEW = 5  # statements; below that a resample says next to nothing
_LEVELS = 1 << 16


def _poisson_table() -> NDArray[np.float64]:
    """The Poisson(1) count for each of 65,536 equally likely numbers."""
    chances = np.array([exp(-1) / factorial(k) for k in range(9)])
    edges = np.cumsum(chances) * _LEVELS
    return np.searchsorted(edges, np.arange(_LEVELS) + 0.5).astype(np.float64)


_COUNTS = _poisson_table()


class Resampler:
    """Deals out weights: column 0 is 1 (the statements as they are), the others are resamples."""

    def __init__(self, resamples: int, seed: int = 0) -> None:
        self.resamples = resamples
        self._random = np.random.default_rng(seed)

    def weights(self, documents: int) -> Floats:
        """Weights of the next ``documents`` statements: (documents, resamples + 1)."""
        drawn = self._random.integers(0, _LEVELS, (documents, self.resamples), dtype=np.uint16)
        return np.hstack([np.ones((documents, 1)), _COUNTS[drawn]])


class Sums:
    """Weighted sums of quantities by group: ``values`` is (groups, resamples + 1, quantities)."""

    def __init__(self, groups: int, resamples: int, quantities: int) -> None:
        self.values: Floats = np.zeros((groups, resamples + 1, quantities))

    def add(self, rows: Integers, groups: Integers, weights: Floats, quantities: Floats) -> None:
        """Add statement ``rows[i]`` to group ``groups[i]``; a negative group is left out."""
        inside = groups >= 0
        rows, groups = rows[inside], groups[inside]
        order = np.argsort(groups, kind="stable")
        rows, groups = rows[order], groups[order]
        present, begins = np.unique(groups, return_index=True)
        for group, chosen in zip(present, np.split(rows, begins[1:]), strict=False):
            self.values[group] += weights[chosen].T @ quantities[chosen]


def ratio(above: Floats, below: Floats) -> Floats:
    """``above / below``, not a number where there is nothing below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan))


def interval(resamples: Floats) -> tuple[float, float] | None:
    """The middle 95 % of a statistic over its resamples, None where hardly any has a value."""
    values = resamples[np.isfinite(resamples)]
    if len(values) < 0.5 * len(resamples) or not len(values):
        return None
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
