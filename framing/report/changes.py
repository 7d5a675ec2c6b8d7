"""Where the level of a series changes: binary segmentation with a permutation test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SHORTEST = 3  # periods on either side
_MOST = 4
_PERMUTATIONS = 999
_LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Change:
    """The level changes with period ``index``; ``begin`` and ``end`` bound the two stretches."""

    index: int
    begin: int
    end: int
    p: float


def change_points(means: Floats, counts: Floats, seed: int = 0) -> list[Change]:
    """At most four changes in the level of ``means``, each a mean of ``counts`` statements.

    The series is cut where that lowers the weighted sum of squares most, if at most 1 % of 999
    random orders of the same periods could be cut as well; then each piece again (Scott & Knott
    1974). Periods without statements (count 0) are passed over. Changes come in order of time,
    with the stretches between them as ``begin`` and ``end``.
    """
    there = np.flatnonzero(counts > 0)
    values, weights = means[there], counts[there].astype(float)
    random = np.random.default_rng(seed)
    found: dict[int, float] = {}
    pieces = [(0, len(values))]
    while pieces and len(found) < _MOST:
        begin, end = max(pieces, key=lambda piece: piece[1] - piece[0])
        pieces.remove((begin, end))
        cut = _best_cut(values[begin:end], weights[begin:end], random)
        if cut is not None:
            place, p = cut
            found[begin + place] = p
            pieces += [(begin, begin + place), (begin + place, end)]
    cuts = sorted(found)
    bounds = [0, *cuts, len(values)]
    return [
        Change(
            int(there[cut]),
            int(there[bounds[i]]),
            int(there[bounds[i + 2] - 1]) + 1,
            found[cut],
        )
        for i, cut in enumerate(cuts)
    ]


def _best_cut(
    values: Floats, weights: Floats, random: np.random.Generator
) -> tuple[int, float] | None:
    """Where to cut and how often a random order can be cut as well; None if it is no change."""
    if len(values) < 2 * _SHORTEST:
        return None
    gains = _gains(values[None], weights[None])[0]
    place = int(gains.argmax())
    orders = random.permuted(np.tile(np.arange(len(values)), (_PERMUTATIONS, 1)), axis=1)
    by_chance = _gains(values[orders], weights[orders]).max(axis=1)
    p = (1 + int((by_chance >= gains[place]).sum())) / (1 + _PERMUTATIONS)
    return (place + _SHORTEST, p) if p <= _LEVEL else None


def _gains(values: Floats, weights: Floats) -> Floats:
    """How much each cut of each row lowers its weighted sum of squares."""
    total, weight = (values * weights).sum(1, keepdims=True), weights.sum(1, keepdims=True)
    left = np.cumsum(values * weights, axis=1)[:, _SHORTEST - 1 : -_SHORTEST]
    left_weight = np.cumsum(weights, axis=1)[:, _SHORTEST - 1 : -_SHORTEST]
    right, right_weight = total - left, weight - left_weight
    return np.asarray(
        left**2 / left_weight + right**2 / right_weight - total**2 / weight, dtype=float
    )
