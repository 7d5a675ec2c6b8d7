"""Fit a scorer to rated statements: proportional odds under bounds, by maximum likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.casus_belli.features import SIGNS, threat_and_case
from framing.casus_belli.scorer import Scorer, logistic

Floats = NDArray[np.floating]

RIDGE = 0.003
_GAP = 1e-3  # between cut points, at least
_LEAST = 0.5  # a counter-frame must count against a case, however few of them were rated
_DRAWS = 50
_OTHERS = 12
_TINY = 1e-12


def fit(
    features: Floats,
    ratings: NDArray[np.integer],
    steps: int,
    ridge: float = RIDGE,
    near: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats]:
    """Weights (7,) and rising cut points (steps - 1,) for rated statements.

    ``features`` is (n, 7), ``ratings`` (n,) counts from 0. Weights are bounded by their
    feature's sign, and one that counts against a case is at least a half; the mean log likelihood
    is penalised by ``ridge`` / 2 times their squares.
    ``near`` are weights and cut points from where to search: the answer is the same, sooner.
    """
    from scipy.optimize import minimize

    roots = np.sqrt(features)
    signs = SIGNS[: roots.shape[1]]
    gaps = [(_GAP, None)] * (steps - 2)
    bounds = [(0, None) if sign > 0 else (None, -_LEAST) for sign in signs]
    weights, cuts = near or (signs.astype(float), np.arange(steps - 1) * 0.7)
    start = np.concatenate([weights, cuts[:1], np.diff(cuts)])
    found = minimize(
        _loss,
        start,
        args=(roots, np.asarray(ratings), steps, ridge),
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None), *gaps],
        options={"maxiter": 1000},
    )
    return found.x[: len(signs)], np.cumsum(found.x[len(signs) :])


def _loss(
    values: Floats, roots: Floats, ratings: NDArray[np.integer], steps: int, ridge: float
) -> tuple[float, Floats]:
    """Penalised loss and its gradient; ``values`` are weights, first cut point, and gaps."""
    n, wide = roots.shape
    weights, cuts = values[:wide], np.cumsum(values[wide:])
    latent = roots @ weights
    above = np.concatenate([cuts, [np.inf]])[ratings] - latent
    below = np.concatenate([[-np.inf], cuts])[ratings] - latent
    upper, lower = logistic(above), logistic(below)
    likelihood = np.maximum(upper - lower, _TINY)
    rise, fall = upper * (1 - upper) / likelihood, lower * (1 - lower) / likelihood
    by_weight = roots.T @ (rise - fall) / n + ridge * weights
    by_cut = (np.bincount(ratings, -rise, steps)[:-1] + np.bincount(ratings, fall, steps)[1:]) / n
    by_gap = np.cumsum(by_cut[::-1])[::-1]
    loss = -np.log(likelihood).mean() + ridge / 2 * weights @ weights
    return float(loss), np.concatenate([by_weight, by_gap])


def fit_scorer(
    features: Floats,
    ratings: NDArray[np.integer],
    sentences: Floats,
    steps: int,
    fitted_on: dict[str, Any],
    seed: int = 0,
    resamples: int = _DRAWS,
) -> Scorer:
    """A scorer from rated statements.

    ``sentences`` (n_sentences, 4) are the signals of all their sentences; a few, from the plainest
    to the most loaded, stand for all. ``resamples`` of the statements tell how unsure it is.
    """
    weights, cuts = fit(features, ratings, steps)
    rng = np.random.default_rng(seed)
    draws: list[Floats] = []
    while len(draws) < resamples:
        picked = rng.integers(len(ratings), size=len(ratings))
        if len(np.unique(ratings[picked])) == steps:
            found = fit(features[picked], ratings[picked], steps, near=(weights, cuts))
            draws.append(np.concatenate(found))
    order = np.argsort(threat_and_case(sentences)[1], kind="stable")
    ranks = (np.arange(_OTHERS) + 0.5) / _OTHERS * len(order)
    return Scorer(
        weights=np.round(weights, 4),
        cuts=np.round(cuts, 4),
        draws=np.round(np.array(draws), 3),
        others=np.round(sentences[order[ranks.astype(int)]], 4),
        fitted_on=fitted_on,
    )
