"""What the score looks at: seven shares of a statement, each in 0..1.

A feature is the mean of a quantity over all sentences, or over the strongest twentieth of the
passages of five sentences. The parts are exact, a fraction of a passage counts as that fraction,
and passages are read as though the statement were said again and again, so that a statement
repeated has the very features it had before: length alone moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from framing.codebook import Codebook
from framing.errors import FramingError

Floats = NDArray[np.floating]

PASSAGE = 5  # sentences that are near each other
PEAK = 0.05  # the strongest passages; of a text of up to twenty sentences the strongest one


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: ``part`` is the share of the statement averaged over, ``sign`` its direction."""

    name: str
    title: str
    part: float
    sign: int


FEATURES = (
    Feature("threat_share", "how much of it frames a threat or calls to force", 1.0, 1),
    Feature("frame_peak", "how strongly its strongest passages frame a threat", PEAK, 1),
    Feature("force_peak", "how strongly its strongest passages call to force", PEAK, 1),
    Feature("case_peak", "threat, call or evidence, all that makes a case, there", PEAK, 1),
    Feature("evidence_beside", "evidence offered beside its threats", PEAK, 1),
    Feature("frame_with_force", "a threat framed and force called for together", PEAK, 1),
    Feature("counter_share", "how much of it speaks against such a case", 1.0, -1),
)
PARTS = np.array([feature.part for feature in FEATURES])
SIGNS = np.array([feature.sign for feature in FEATURES])
_PEAKS = np.flatnonzero(PARTS == PEAK)  # the others are means over the whole statement


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of the labels that play each part in the score."""

    frame: tuple[int, ...]
    evidence: tuple[int, ...]
    force: tuple[int, ...]
    counter: tuple[int, ...]

    @classmethod
    def of(cls, codebook: Codebook) -> Roles:
        """The roles of a codebook's labels.

        Raises ``FramingError`` when none is a frame or none a call to force: then what its
        labels say is no case for force, and no score is made of it.
        """
        columns = {
            role: tuple(map(codebook.names.index, codebook.with_role(role)))
            for role in ("frame", "evidence", "force", "counter")
        }
        for role in ("frame", "force"):
            if not columns[role]:
                raise FramingError(
                    f"the codebook {codebook.name!r} gives no label the role {role!r}, so its "
                    f'labels make no casus-belli score; write role = "{role}" at one of them'
                )
        return cls(**columns)


def signals(probabilities: Floats, roles: Roles) -> Floats:
    """The probability that some label of a role is there: frame, evidence, force, counter, (n, 4).

    ``probabilities`` is (n, n_labels); labels of one role are taken as if they were independent.
    """
    absent = 1 - np.asarray(probabilities, np.float64)
    columns = (roles.frame, roles.evidence, roles.force, roles.counter)
    return np.stack([1 - absent[:, of_role].prod(axis=1) for of_role in columns], axis=1)


def threat_and_case(found: Floats) -> tuple[Floats, Floats]:
    """Of signals (…, 4) the probability of a frame or a call, and of these or evidence, (…,)."""
    absent = 1 - found
    neither = absent[..., 0] * absent[..., 2]
    return 1 - neither, 1 - neither * absent[..., 1]


def quantities(found: Floats, weights: Floats | None = None) -> Floats:
    """What each feature averages, by sentence or by the passage that begins there, (…, n, 7).

    ``found`` are signals (…, n, 4). ``weights`` (…, n) say how much each sentence counts.
    """
    frame, evidence, force, counter = np.moveaxis(found, -1, 0)
    threat, case = threat_and_case(found)
    near = np.stack([frame, force, case, threat, evidence], axis=-1)
    if weights is None:
        near = passages(near)
    else:
        weights = weights / weights.mean(axis=-1, keepdims=True)
        each = weights[..., np.newaxis]
        near = passages(near * each) / passages(each)
        threat, counter = threat * weights, counter * weights
    result = np.empty((*threat.shape, len(FEATURES)))
    result[..., 0] = threat
    result[..., 1:4] = near[..., :3]
    result[..., 4] = near[..., 3] * near[..., 4]
    result[..., 5] = near[..., 0] * near[..., 1]
    result[..., 6] = counter
    return result


def passages(values: Floats) -> Floats:
    """The mean of each row and the four after it, (…, n, k), of ``values`` (…, n, k).

    After the last row comes the first again.
    """
    n = values.shape[-2]
    begin = values[..., np.arange(PASSAGE - 1) % n, :]
    ring = np.concatenate([values, begin], axis=-2)
    total = values + ring[..., 1 : n + 1, :]
    for step in range(2, PASSAGE):
        total += ring[..., step : n + step, :]
    total /= PASSAGE
    return np.asarray(total)


def spread(values: Floats) -> Floats:
    """The mean of each row and the four before it, (n, k), of ``values`` (n, k).

    It is to ``passages`` what a transposed matrix is to the matrix.
    """
    return passages(values[::-1])[::-1]


def features(values: Floats) -> Floats:
    """The features (…, 7) of statements of which ``quantities`` gave (…, n, 7)."""
    result = values.mean(axis=-2)
    result[..., _PEAKS] = _peak(np.ascontiguousarray(np.moveaxis(values[..., _PEAKS], -2, -1)))
    return np.asarray(result)


def _peak(values: Floats) -> Floats:
    """The mean of the strongest twentieth of ``values`` (…, n), (…,)."""
    shares = _shares(values.shape[-1])[:, _PEAKS[0]]
    shares = shares[shares > 0]
    strongest = np.partition(values, -len(shares), axis=-1)[..., -len(shares) :]
    strongest.sort(axis=-1)
    return np.asarray(strongest[..., ::-1] @ shares)


def weighted_features(found: Floats, added: Floats, weights: Floats) -> Floats:
    """The features (k, 7) of k statements that share the sentences ``found`` (n, 4).

    Each has one sentence more, ``added`` (k, 4), and ``weights`` (k, n + 1) of its own. It is what
    ``features`` makes of ``quantities``, faster: what does not differ is computed once, and
    sentences are the last axis.
    """
    said = np.empty((6, *weights.shape))
    said[:, :, :-1] = _read(found)[:, np.newaxis]
    said[:, :, -1] = _read(added)
    said *= weights
    total = weights.sum(axis=-1)
    frame, force, case, threat, evidence = _around(said[:5]) / _around(weights)
    result = np.empty((len(weights), len(FEATURES)))
    result[:, 0] = said[3].sum(axis=-1) / total
    result[:, 1:6] = _peak(np.stack([frame, force, case, threat * evidence, frame * force])).T
    result[:, 6] = said[5].sum(axis=-1) / total
    return result


def _read(found: Floats) -> Floats:
    """Frame, force, case, threat, evidence and counter, (6, n), of signals (n, 4)."""
    frame, evidence, force, counter = found.T
    threat, case = threat_and_case(found)
    return np.stack([frame, force, case, threat, evidence, counter])


def _around(values: Floats) -> Floats:
    """The sum of each value and the four after it, in a ring; ``values`` are (…, n)."""
    n = values.shape[-1]
    ring = np.concatenate([values, values[..., np.arange(PASSAGE - 1) % n]], axis=-1)
    total = values + ring[..., 1 : n + 1]
    for step in range(2, PASSAGE):
        total += ring[..., step : n + step]
    return np.asarray(total)


def taken(values: Floats) -> Floats:
    """How much of each sentence or passage counts in each feature, columns of sum 1, (n, 7)."""
    order = np.argsort(-values, axis=0, kind="stable")
    result = np.empty_like(values)
    np.put_along_axis(result, order, _shares(len(values)), axis=0)
    return result


@lru_cache(maxsize=256)
def _shares(n: int) -> Floats:
    """How much the strongest, the next and so on count in each feature, (n, 7)."""
    whole = PARTS * n
    return np.asarray(np.clip(whole - np.arange(n)[:, np.newaxis], 0, 1) / whole)
