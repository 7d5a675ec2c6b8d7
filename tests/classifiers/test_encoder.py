"""The shipped encoder, as it is run: without torch, each sentence by itself."""

from __future__ import annotations

import numpy as np
import pytest

from framing.classifiers import store
from framing.models import locate

SENTENCES = [
    "They are hiding a nuclear weapon in the hills.",
    "No.",
    "Unemployment fell to 4.1 per cent in March, and the roads of the north have been mended.",
    "We condemn this invasion and ask both sides to lay down their arms and talk.",
    "word " * 400,
]


@pytest.fixture(scope="module")
def encoder():
    return store.load(locate("encoder"))


def test_company_and_order_change_nothing(encoder):
    together = encoder.predict_proba(SENTENCES)
    alone = np.concatenate([encoder.predict_proba([sentence]) for sentence in SENTENCES])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(encoder.predict_proba(SENTENCES[::-1]), together[::-1])


def test_it_is_small_and_keeps_the_contract(encoder):
    probabilities = encoder.predict_proba(SENTENCES)
    assert probabilities.shape == (5, len(encoder.labels)) and probabilities.dtype == np.float32
    assert probabilities[0, encoder.labels.index("wmd")] > 0.5
    assert probabilities[2].max() < 0.2
    assert store.size(locate("encoder")) <= 25_000_000


def test_it_is_stored_as_it_was_read(encoder, tmp_path):
    store.save(encoder, tmp_path / "copy")
    copy = store.load(tmp_path / "copy")
    np.testing.assert_array_equal(copy.predict_proba(SENTENCES), encoder.predict_proba(SENTENCES))
