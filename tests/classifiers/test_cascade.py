"""The cascade: who answers what, where it hands over, and what that costs."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from framing.classifiers import store
from framing.classifiers.calibration import logit
from framing.classifiers.cascade import CascadeClassifier
from framing.classifiers.explain import explain
from framing.classifiers.lessons import Lessons
from framing.classifiers.ngram import NgramClassifier
from framing.codebook import Codebook
from framing.errors import ModelError

NAMES = Codebook.load().names
FAST = {"kind": "ngram", "characters": None, "bits": 12, "folds": 3}
CAREFUL = {"kind": "ngram", "bits": 14, "folds": 3}


@pytest.fixture(scope="module")
def cascade(learnable):
    texts, targets, groups = learnable
    return CascadeClassifier(NAMES, FAST, CAREFUL, loss=0.02).fit(texts, targets, groups=groups)


def test_a_sentence_in_doubt_has_the_answer_of_both(cascade, learnable):
    texts = learnable[0]
    quick, slow = (m.predict_proba(texts) for m in (cascade.fast_, cascade.careful_))
    doubt = np.minimum(quick, 1 - quick).sum(axis=1)
    both = cascade.calibration_.apply(0.25 * logit(quick) + 0.75 * logit(slow))
    expected = np.where(doubt[:, None] > cascade.bound_, both, quick)
    np.testing.assert_allclose(cascade.predict_proba(texts), expected, atol=1e-6)
    share = cascade.share_handed_over(texts)
    assert share == pytest.approx((doubt > cascade.bound_).mean())
    assert 0 < share < 1


def test_the_bound_costs_no_more_than_was_allowed(learnable):
    from framing.classifiers.cascade import _macro_f1

    texts, targets, groups = learnable
    bounds = []
    for loss in (0.0, 0.05, 0.3):
        model = CascadeClassifier(NAMES, FAST, CAREFUL, loss=loss).fit(
            texts, targets, groups=groups
        )
        rows, probabilities = model.held_out_
        quick, slow = (dict(zip(*m.held_out_, strict=True)) for m in (model.fast_, model.careful_))
        mixed = np.array([0.25 * logit(quick[r]) + 0.75 * logit(slow[r]) for r in rows])
        both = _macro_f1(model.calibration_.apply(mixed), targets[rows])
        assert _macro_f1(probabilities, targets[rows]) >= both - loss
        bounds.append(model.bound_)
    assert bounds == sorted(bounds)


def test_explanation_asks_the_model_that_has_most_of_the_say(cascade, learnable):
    for text in learnable[0][:30]:
        answering = cascade.answering(text)
        assert explain(cascade, text, 0) == explain(answering, text, 0)
    assert {cascade.answering(t).kind for t in learnable[0]} == {"ngram"}


def test_a_taught_model_learns_what_only_the_teacher_knows(learnable):
    texts, targets, groups = learnable
    column = NAMES.index("wmd")
    told = [f"The zorblatt of number {i} threatens our shores." for i in range(300)]
    said = np.zeros((600, len(NAMES)), np.float32)
    said[:300, column] = 0.9
    other = [f"The harvest of number {i} pleases our farmers." for i in range(300)]
    plain = NgramClassifier(NAMES, characters=None, bits=14)
    asked = ["Nobody here can ignore the zorblatt."]
    before = plain.fit(texts, targets, groups=groups).predict_proba(asked)[0, column]
    plain.fit(texts, targets, groups=groups, taught=Lessons(told + other, said))
    assert plain.predict_proba(asked)[0, column] > before + 0.1


def test_store_keeps_every_number(cascade, learnable, tmp_path):
    store.save(cascade, tmp_path / "cascade")
    again = store.load(tmp_path / "cascade")
    texts = learnable[0]
    np.testing.assert_allclose(again.predict_proba(texts), cascade.predict_proba(texts), atol=0.02)
    np.testing.assert_allclose(again.precisions_, cascade.precisions_, atol=1e-5)


def test_a_cascade_that_measures_doubt_otherwise_is_refused(cascade, tmp_path):
    store.save(cascade, tmp_path / "cascade")
    manifest = store.read_manifest(tmp_path / "cascade")
    del manifest["state"]["doubt"]
    with pytest.raises(ModelError, match="train it anew"):
        store.restore(manifest, tmp_path / "cascade")


def test_a_precision_asked_for_is_reached_on_held_out_sentences(cascade, learnable):
    targets = learnable[1]
    rows, probabilities = cascade.held_out_
    for precision in (0.6, 0.8, 0.9, 0.93):
        careful = cascade.at_precision(precision)
        given = probabilities >= careful.thresholds
        for k in range(len(NAMES)):
            if given[:, k].any():
                assert targets[rows, k][given[:, k]].mean() >= precision
    assert (cascade.at_precision(0.95).thresholds >= cascade.at_precision(0.6).thresholds).all()


@pytest.mark.parametrize("precision", [0, -1, 1, 0.995, float("nan")])
def test_a_precision_that_cannot_be_promised_is_refused(cascade, precision):
    with pytest.raises(ModelError, match="precision"):
        cascade.at_precision(precision)


@pytest.mark.parametrize("blend", [-0.1, 1.5, True])
def test_a_blend_that_is_no_weight_is_refused_at_once(blend, learnable):
    texts, targets, groups = learnable
    with pytest.raises(ValueError, match="blend"):
        CascadeClassifier(NAMES, FAST, CAREFUL, blend=blend).fit(texts, targets, groups=groups)


def test_models_of_other_labels_do_not_join(cascade, learnable):
    texts, targets, groups = learnable
    other = NgramClassifier(["a", "b"], bits=12).fit(texts, targets[:, :2], groups=groups)
    with pytest.raises(ValueError, match="same labels"):
        CascadeClassifier().join(other, cascade.careful_, targets)


def test_a_cascade_of_cascades_is_refused(cascade, tmp_path):
    folder = tmp_path / "cascade"
    store.save(cascade, folder)
    inner = tmp_path / "inner"
    store.save(cascade, inner)
    shutil.rmtree(folder / "fast")
    shutil.copytree(inner, folder / "fast")
    store.reseal(folder)
    with pytest.raises(ModelError, match="cascade within"):
        store.load(folder)


def test_each_part_is_a_model_of_its_own(cascade, learnable, tmp_path):
    store.save(cascade, tmp_path / "cascade")
    for name, part in cascade.parts().items():
        alone = store.load(tmp_path / "cascade" / name)
        said, expected = (m.predict_proba(learnable[0]) for m in (alone, part))
        np.testing.assert_allclose(said, expected, atol=0.02)


def test_a_part_that_was_changed_is_noticed(cascade, tmp_path):
    folder = tmp_path / "cascade"
    store.save(cascade, folder)
    card = folder / "careful" / "README.md"
    card.write_text("Another model.")
    with pytest.raises(ModelError, match="careful"):
        store.load(folder)
    before = store.read_manifest(folder)["digest"]
    assert store.reseal(folder) != before
    store.load(folder)


def test_folds_and_seed_hold_for_both_parts(learnable, tmp_path):
    texts, targets, groups = learnable
    parts = ({"characters": None, "bits": 10}, {"kind": "ngram", "bits": 10, "C": 2.0})
    model = CascadeClassifier(NAMES, *parts, folds=3, seed=7).fit(texts, targets, groups=groups)
    store.save(model, tmp_path / "cascade")
    again = store.load(tmp_path / "cascade")
    for made in (model, again):
        assert {(part.folds, part.seed) for part in made.parts().values()} == {(3, 7)}
    assert (again.fast["kind"], again.careful["C"], again.folds, again.seed) == ("ngram", 2.0, 3, 7)
    anew = CascadeClassifier(**again.get_params()).fit(texts, targets, groups=groups)
    np.testing.assert_array_equal(anew.predict_proba(texts), model.predict_proba(texts))


class _Half(NgramClassifier):
    """Holds out half of the sentences, and not those that a pupil of other folds does."""

    def fit(self, X, y, **options):
        super().fit(X, y, **options)
        rows, told = self.held_out_
        self.held_out_ = rows[::2], told[::2]
        return self


def test_a_pupil_measured_on_what_its_teacher_has_read_is_refused(learnable):
    texts, targets, groups = learnable
    model = CascadeClassifier(NAMES, FAST, _Half(bits=12))
    with pytest.raises(ValueError, match="same fold"):
        model.fit(texts, targets, groups=groups, unlabelled=(texts[:40], ["x"] * 40))
