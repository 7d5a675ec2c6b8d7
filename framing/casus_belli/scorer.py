"""From features to the steps of the rating, and to one score: a model whose numbers are data.

A proportional-odds model (McCullagh 1980): the probability that a statement is rated k or more is
logistic in a weighted sum of the square roots of its features, less the cut point of k. No weight
goes against its feature's sign, hence the score never falls when a call to force becomes
likelier and never rises with a counter-frame. The score is the expected rating in per cent of the
highest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.casus_belli.features import FEATURES, SIGNS
from framing.errors import FramingError

Floats = NDArray[np.floating]

SHIPPED = Path(__file__).with_name("scorer.json")
VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """Weights and cut points, and how unsure they are.

    ``weights`` (7,) belong to ``FEATURES``, ``cuts`` (n_steps - 1,) rise. ``draws``
    (n_draws, 7 + n_steps - 1) are weights and cut points fitted to resamples of the rated
    statements; ``others`` (n_others, 4) are signals of sentences of those statements, from
    which the interval takes what a short text did not say. ``fitted_on`` says what data and which
    model of sentences it was fitted with.
    """

    weights: Floats
    cuts: Floats
    draws: Floats
    others: Floats
    fitted_on: dict[str, Any]

    @property
    def steps(self) -> int:
        """How many steps the rating has."""
        return len(self.cuts) + 1

    @property
    def edges(self) -> Floats:
        """Where on the scale 0..100 the steps of the rating begin and end, (n_steps + 1,)."""
        middle = (np.arange(1, self.steps) - 0.5) / (self.steps - 1) * 100
        return np.concatenate([[0.0], middle, [100.0]])

    def latent(self, features: Floats) -> Floats:
        """The weighted sum, (…,), of features (…, 7)."""
        return np.asarray(np.sqrt(features) @ self.weights)

    def bands(self, latent: Floats) -> Floats:
        """The probability of each step of the rating, (…, n_steps)."""
        return bands(latent, self.cuts)

    def score(self, latent: Floats) -> Floats:
        """The score, 0..100, (…,)."""
        reached = logistic(np.asarray(latent)[..., np.newaxis] - self.cuts)
        return np.asarray(reached.mean(axis=-1) * 100)

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return {
            "version": VERSION,
            "fitted_on": self.fitted_on,
            "weights": {f.name: float(w) for f, w in zip(FEATURES, self.weights, strict=True)},
            "cuts": self.cuts.tolist(),
            "draws": self.draws.tolist(),
            "others": self.others.tolist(),
        }

    @classmethod
    def load(cls, path: str | Path | None = None) -> Scorer:
        """Read a scorer: the shipped one when ``path`` is None, else a file ``as_dict`` gives.

        Raises ``FramingError`` that names the file when it is missing, malformed or of another
        version, or when a weight goes against its feature's sign.
        """
        return _read(Path(path) if path else SHIPPED)


@cache
def _read(path: Path) -> Scorer:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["version"] != VERSION:
            raise ValueError(f"version {raw['version']}, this program reads version {VERSION}")
        scorer = Scorer(
            weights=np.array([raw["weights"][feature.name] for feature in FEATURES]),
            cuts=np.array(raw["cuts"], float),
            draws=np.array(raw["draws"], float),
            others=np.array(raw["others"], float),
            fitted_on=dict(raw["fitted_on"]),
        )
        _check(scorer)
    except OSError as error:
        raise FramingError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FramingError(f"{path}: is no scorer of this program ({error})") from error
    return scorer


def _check(scorer: Scorer) -> None:
    wide = len(FEATURES) + len(scorer.cuts)
    if scorer.draws.ndim != 2 or scorer.draws.shape[1] != wide or not len(scorer.draws):
        raise ValueError(f"draws must have {wide} columns")
    if scorer.others.ndim != 2 or scorer.others.shape[1] != 4:
        raise ValueError("others must have 4 columns")
    if (np.diff(scorer.cuts) <= 0).any():
        raise ValueError("cut points must rise")
    drawn = scorer.draws[:, : len(FEATURES)]
    if (scorer.weights * SIGNS < 0).any() or (drawn * SIGNS < 0).any():
        raise ValueError("a weight goes against its feature's sign")


def bands(latent: Floats, cuts: Floats) -> Floats:
    """The probability of each step (…, n_steps); latent (…,), cuts (n_steps - 1,) or (…, same)."""
    reached = logistic(np.asarray(latent)[..., np.newaxis] - cuts)
    ends = np.ones((*reached.shape[:-1], 1))
    return np.asarray(-np.diff(np.concatenate([ends, reached, 0 * ends], axis=-1), axis=-1))


def logistic(values: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values))
