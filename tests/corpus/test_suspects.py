"""Labels turned round on purpose are found, and little else is called doubtful."""

from __future__ import annotations

import numpy as np
import pytest

from framing.corpus.examples import LabelledSentence
from framing.corpus.suspects import doubtful, suspects

N = 2_000


@pytest.fixture(scope="module")
def noisy():
    """Calibrated chances of a label, the truth, and what was written down: 3 in 100 turned round.

    The model is mostly sure, as one of clear sentences is.
    """
    generator = np.random.default_rng(3)
    chance = generator.beta(0.12, 0.5, N)
    truth = generator.random(N) < chance
    turned = np.zeros(N, bool)
    turned[generator.choice(N, 60, replace=False)] = True
    return chance, truth, turned


def test_turned_labels_are_found(noisy):
    chance, truth, turned = noisy
    found, score = doubtful(truth ^ turned, chance)
    assert turned[found].mean() > 5 * turned.mean()
    assert found[turned].mean() > 0.6
    worst = np.argsort(np.where(found, score, 1))[:30]
    assert turned[worst].mean() > 0.8
    assert found.mean() < 0.12


def test_a_doubt_is_one_against_what_was_given(noisy):
    chance, truth, turned = noisy
    given = truth ^ turned
    found, score = doubtful(given, chance)
    assert (chance[found & given] < 0.5).all()
    assert (chance[found & ~given] > given.mean()).all()
    assert (score[found] < 0.7).all()
    assert np.allclose(score, np.where(given, chance, 1 - chance))


@pytest.mark.parametrize("share", [0, 0.001, 1])
def test_a_label_that_nearly_always_or_never_is_there_raises_no_doubt(share):
    given = np.arange(N) < share * N
    found, _ = doubtful(given, np.random.default_rng(0).random(N))
    assert not found.any()


def _sentence(i: int, labels: tuple[str, ...]) -> LabelledSentence:
    return LabelledSentence(f"s{i}", f"Sentence {i}.", labels, "ours", f"d{i}")


def test_what_to_add_and_what_to_drop():
    sentences = [_sentence(i, ("a",) if i < 10 else ("b",)) for i in range(20)]
    chances = np.array([[0.95, 0.05]] * 10 + [[0.05, 0.95]] * 10)
    chances[3] = (0.01, 0.99)
    (found,) = suspects(sentences, ("a", "b"), chances)
    assert (found.sentence.id, found.add, found.drop) == ("s3", ("b",), ("a",))
    row = found.as_dict()
    assert row["labels"] == ["a"] and row["add"] == ["b"] and row["drop"] == ["a"]
    assert row["probabilities"] == {"a": 0.01, "b": 0.99}


def test_the_most_surprising_stands_first_and_nothing_gives_nothing():
    sentences = [_sentence(i, ("a",) if i < 10 else ()) for i in range(30)]
    chances = np.array([[0.9]] * 10 + [[0.1]] * 20)
    chances[4], chances[7], chances[15] = 0.1, 0.01, 0.97
    found = suspects(sentences, ("a",), chances)
    assert {s.sentence.id for s in found} == {"s4", "s7", "s15"}
    assert [s.score for s in found] == sorted(s.score for s in found)
    assert suspects([], ("a",), np.zeros((0, 1))) == []
