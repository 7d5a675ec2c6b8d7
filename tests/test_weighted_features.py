"""The quick way to the features of weighted sentences gives what the plain way gives."""

from __future__ import annotations

import numpy as np
import pytest

from framing.casus_belli.features import features, quantities, weighted_features


@pytest.mark.parametrize("n", [1, 2, 4, 5, 19, 20, 21, 60])
def test_weighted_features_are_those_of_the_plain_way(n):
    chance = np.random.default_rng(n)
    found, added = chance.random((n, 4)), chance.random((30, 4))
    weights = chance.standard_exponential((30, n + 1))
    said = np.concatenate([np.tile(found, (30, 1, 1)), added[:, np.newaxis]], axis=1)
    plain = features(quantities(said, weights))
    assert weighted_features(found, added, weights) == pytest.approx(plain, abs=1e-12)
