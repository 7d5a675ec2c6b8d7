"""Of the sentences that accuse or threaten, how many are backed by something to check."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framing.casus_belli.features import Roles
from framing.casus_belli.result import EvidenceBalance

_REACH = 2  # sentences after an accusation in which evidence still backs it


def accusing(present: NDArray[np.bool_], roles: Roles) -> NDArray[np.bool_]:
    """Which sentences have a label whose role is frame or force; ``present`` is (n, n_labels)."""
    return np.asarray(present[:, roles.frame + roles.force].any(axis=1))


def evidence_balance(present: NDArray[np.bool_], roles: Roles) -> EvidenceBalance:
    """Which accusing sentences have evidence in themselves or in the next two."""
    accuses = accusing(present, roles)
    evidence = np.asarray(present[:, roles.evidence].any(axis=1))
    near = evidence.copy()
    for step in range(1, _REACH + 1):
        near[:-step] |= evidence[step:]
    unbacked = np.flatnonzero(accuses & ~near)
    accusers = np.flatnonzero(accuses)
    return EvidenceBalance(tuple(map(int, accusers)), tuple(map(int, unbacked)))
