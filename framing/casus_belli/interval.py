"""How sure the score is: sentences resampled, the model's own uncertainty on top.

Each of 200 resamples weighs the sentences at random (the Bayesian bootstrap, Rubin 1981), adds one
sentence that some other statement holds, and takes weights and cut points of the model from one
resample of the rated statements. A text of a few sentences can be turned over by the one it might
have held: short texts get wide intervals. What the resamples say of the rating is averaged; the
interval holds the middle of it, each step of the rating spread over its stretch of the scale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framing.casus_belli.features import FEATURES, features, quantities, weighted_features
from framing.casus_belli.scorer import Scorer, bands

Floats = NDArray[np.floating]

RESAMPLES = 200
TAILS = (0.15, 0.85)  # the middle 70 %
_LONG = 2000  # sentences that no resample of them changes much
_AT_ONCE = 50_000  # sentences of resamples held at a time: memory stays flat


def interval(found: Floats, scorer: Scorer, score: float) -> tuple[float, float]:
    """The interval of ``score``, which lies inside it; ``found`` are signals (n, 4)."""
    reached = np.concatenate([[0.0], np.cumsum(mean_bands(found, scorer))])
    low, high = np.interp(TAILS, reached, scorer.edges)
    return float(min(low, score)), float(max(high, score))


def mean_bands(found: Floats, scorer: Scorer) -> Floats:
    """The probability of each step of the rating over all resamples, (n_steps,)."""
    if len(found) > _LONG:
        drawn, table = scorer.draws, features(quantities(found))
    else:
        drawn = scorer.draws[np.arange(RESAMPLES) % len(scorer.draws)]
        table = _resampled(found, scorer.others)
    latent = (np.sqrt(table) * drawn[:, : len(FEATURES)]).sum(axis=1)
    return np.asarray(bands(latent, drawn[:, len(FEATURES) :]).mean(axis=0))


def _resampled(found: Floats, others: Floats) -> Floats:
    """The features of each resample, (n_resamples, 7), made a few resamples at a time."""
    n = len(found) + 1
    rng = np.random.default_rng(n)  # the same weights for every text of that length
    other = others[np.arange(RESAMPLES) % len(others)]
    block = max(1, _AT_ONCE // n)
    tables = []
    for start in range(0, RESAMPLES, block):
        added = other[start : start + block]
        weights = rng.standard_exponential((len(added), n))
        tables.append(weighted_features(found, added, weights))
    return np.concatenate(tables)
