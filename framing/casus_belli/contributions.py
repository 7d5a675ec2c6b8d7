"""Which sentence, by which label, brought how many points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framing.casus_belli.features import Roles, passages, spread, taken, threat_and_case
from framing.casus_belli.scorer import Scorer

Floats = NDArray[np.floating]

_SMALL = 1e-6  # below it the curve is straight


def contributions(
    probabilities: Floats, roles: Roles, found: Floats, values: Floats, scorer: Scorer
) -> tuple[Floats, Floats]:
    """Points by sentence and label (n, n_labels), and by feature (7,).

    ``found`` are the signals (n, 4) of ``probabilities``, ``values`` their quantities (n, 7).
    Points of either kind add up to the score less what a statement without any label scores. A
    feature's points go to sentences in proportion to what they add to its mean; those of a product
    go half to either factor; those of several labels together, in proportion to their
    probabilities. The curve from the weighted sum to the score is replaced by its chord.
    """
    share = taken(values)
    means = (share * values).sum(axis=0)
    latent = float(scorer.latent(means))
    step = latent if abs(latent) > _SMALL else _SMALL
    rise = scorer.score(np.array(step)) - scorer.score(np.array(0.0))
    by_feature = rise / step * scorer.weights * np.sqrt(means)
    scale = np.divide(by_feature, means, out=np.zeros(len(means)), where=means > 0)
    parts = _by_role(share * scale, found)
    points = np.zeros(probabilities.shape)
    for columns, part in zip(
        (roles.frame, roles.evidence, roles.force, roles.counter), parts, strict=True
    ):
        points[:, columns] = _shared(probabilities[:, columns], part)
    return points, by_feature


def _by_role(amount: Floats, found: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Points of frame, evidence, force and counter, each (n,).

    ``amount`` (n, 7) is how many points a unit of each quantity is worth.
    """
    frame, evidence, force, counter = found.T
    threat, case = threat_and_case(found)
    beside, together = 0.5 * amount[:, 4], 0.5 * amount[:, 5]
    near = passages(np.column_stack([threat, evidence, frame, force]))
    back = spread(
        np.column_stack(
            [
                beside * near[:, 1],
                beside * near[:, 0],
                amount[:, 1] + together * near[:, 3],
                amount[:, 2] + together * near[:, 2],
                amount[:, 3],
            ]
        )
    )
    of_case = back[:, 4] * case
    of_threat = (amount[:, 0] + back[:, 0]) * threat
    of_threat += of_case * _ratio(frame + force, frame + force + evidence)
    return (
        of_threat * _ratio(frame, frame + force) + back[:, 2] * frame,
        of_case * _ratio(evidence, frame + force + evidence) + back[:, 1] * evidence,
        of_threat * _ratio(force, frame + force) + back[:, 3] * force,
        amount[:, 6] * counter,
    )


def _shared(probabilities: Floats, part: Floats) -> Floats:
    """``part`` (n,) shared out among labels in proportion to ``probabilities`` (n, n_columns)."""
    whole = probabilities.sum(axis=1)
    return probabilities * _ratio(part, whole)[:, np.newaxis]


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
