"""How sure the score is: sentences resampled, the model's own uncertainty on top.

Each of 200 resamples weighs the sentences at random (the Bayesian bootstrap, Rubin 1981), adds one
sentence that some other statement holds, and takes weights and cut points of the model from one
resample of the rated statements. A text of a few sentences can be turned over by the one it might
have held: short texts get wide intervals. What the resamples say of the rating is averaged; the
interval holds the middle of it, each step of the rating spread over its stretch of the scale.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from framing.casus_belli.features import FEATURES, features, quantities
from framing.casus_belli.scorer import Scorer, bands

Floats = NDArray[np.floating]

RESAMPLES = 200
TAILS = (0.15, 0.85)  # the middle 70 %
_LONG = 2000  # sentences that no resample of them changes much


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
    """The features of each resample, (n_resamples, 7)."""
    n = len(found)
    said = np.empty((RESAMPLES, n + 1, found.shape[1]))
    said[:, :n] = found
    said[:, n] = others[np.arange(RESAMPLES) % len(others)]
    return features(quantities(said, _weights(n + 1)))


@lru_cache(maxsize=128)
def _weights(n: int) -> Floats:
    """Random weights of n sentences, the same for every text of that length."""
    drawn = np.random.default_rng(n).standard_exponential((RESAMPLES, n))
    drawn.setflags(write=False)
    return drawn
