"""The words that explain a label are those without which it is less likely."""

from __future__ import annotations

import numpy as np
import pytest

import framing
from framing.classifiers.explain import explain
from framing.evaluation.deletion import Case, cases_of, deletion_test

SENTENCES = [
    "The Corvo cartel is a terrorist organisation and will be treated as one.",
    "Their gunmen are terrorists who hide behind the women of Sarnholm.",
    "We will bomb their camps until not one of them is left standing.",
    "Our aircraft struck the harbour at dawn and sank eleven of their boats.",
    "The regime of Velmar is building a nuclear weapon under the mountain.",
    "Their chemical weapons can reach our cities within the hour, and they know it.",
    "The cartels poison our children with the drugs that they ship over the border.",
    "Narcotics traffickers have declared war on the families of this nation.",
    "On 4 May its gunmen killed eleven officers at the gates of the port.",
    "Inspectors found 40 tons of the powder in a warehouse at Port Ilse.",
    "There is no evidence at all that Velmar ever owned such a weapon.",
    "We reject the call to war, and ask both sides to come back to the table.",
]


@pytest.fixture(scope="module")
def model():
    return framing.load("ngram")


@pytest.fixture(scope="module")
def cases(model):
    return cases_of(model, SENTENCES, range(len(SENTENCES)), most=8, seed=0)


def test_only_labels_that_the_model_gives_are_tested(model, cases):
    assert len({case.label for case in cases}) >= 5
    for case in cases:
        assert model.predict([case.text])[0, case.label]


def test_named_words_move_a_label_more_than_random_ones(model, cases):
    one, three = deletion_test(model, cases, words=(1, 3))
    for found in (one, three):
        assert found.cases == len(cases) and found.interval[0] > 0.05
        assert found.more == pytest.approx(found.top - found.random)
        assert found.share > 0.9
    assert three.top > one.top


def test_words_named_at_random_do_not_pass(model, cases, monkeypatch):
    rng = np.random.default_rng(1)

    def blind(model, sentence, label):
        words = explain(model, sentence, label)
        return [words[i] for i in rng.permutation(len(words))]

    monkeypatch.setattr("framing.evaluation.deletion.explain", blind)
    (found,) = deletion_test(model, cases, words=(3,))
    assert found.interval[0] < 0 < found.interval[1] or abs(found.more) < 0.1


def test_a_short_sentence_is_not_tested(model):
    with pytest.raises(ValueError, match="long enough"):
        deletion_test(model, [Case("Bomb them.", 0, "a")], words=(3,))


def test_the_same_seed_gives_the_same_figures(model, cases):
    assert deletion_test(model, cases[:6], (1,)) == deletion_test(model, cases[:6], (1,))
