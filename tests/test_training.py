"""Training writes a whole folder with its card; the same data give the same model."""

from __future__ import annotations

import numpy as np
import pytest

from framing.classifiers import store
from framing.classifiers.cascade import CascadeClassifier
from framing.classifiers.ngram import NgramClassifier
from framing.codebook import Codebook
from framing.corpus.examples import LabelledSentence
from framing.errors import CorpusError, ModelError
from framing.evaluation.card import card
from framing.evaluation.crossval import targets_of
from framing.evaluation.metrics import measure
from framing.evaluation.report import across_halves, pairs_right
from framing.training import describe, groups_of, metrics_of, record, train

BOOK = Codebook.load()


@pytest.fixture(scope="module")
def sentences():
    says = ((("wmd",), "The bomb of {} is near."), ((), "The school of {} is open."))
    return [
        LabelledSentence(f"{i}-{k}", text.format(f"land {i}"), labels, "authored", f"d{i}")
        for i in range(12)
        for k, (labels, text) in enumerate(says)
    ]


def _train(sentences, folder, **more):
    model = NgramClassifier(characters=None, bits=10, folds=3)
    return train(model, sentences, BOOK, folder, **more)


@pytest.fixture
def folder(sentences, tmp_path):
    return _train(sentences, tmp_path / "model").folder


def test_a_folder_is_whole_and_its_card_is_of_its_manifest(folder, sentences):
    manifest = store.verify(folder)
    assert manifest["training"] == describe(sentences)
    assert manifest["training"]["labels"] == {"wmd": 12}
    assert (folder / store.CARD).read_text(encoding="utf-8") == card(manifest)
    assert manifest["splits"]["groups"] == 12
    assert set(manifest["files"]) == {store.CARD, "weights.safetensors"}


def test_what_it_learnt_comes_back(folder):
    model = store.load(folder)
    column = BOOK.names.index("wmd")
    chances = model.predict_proba(["The bomb of land 3 is near.", "The school of land 4 is open."])
    assert chances[0, column] > chances[1, column] + 0.5


def test_the_same_data_give_the_same_model(sentences, tmp_path):
    first = _train(sentences, tmp_path / "a").digest
    assert first == _train(sentences, tmp_path / "b").digest
    assert first != _train(sentences[:-2], tmp_path / "c").digest


def test_labels_with_too_few_sentences_are_told_before_anything_is_learnt(sentences, tmp_path):
    told = []
    model = NgramClassifier(characters=None, bits=10, folds=3)
    model.fit = lambda X, y, groups: pytest.fail("\n".join(told))
    with pytest.raises(pytest.fail.Exception) as caught:
        train(model, sentences, BOOK, tmp_path / "model", told.append)
    lines = str(caught.value).splitlines()
    few = [line.split()[0] for line in lines if "cannot be learnt" in line]
    assert few == [name for name in BOOK.names if name != "wmd"]
    assert "wmd has 12 sentences; with fewer than 50 its figures are rough" in lines


def _speech(number, source="news"):
    """A speech of four sentences whose words no other speech has."""
    words = [f"w{number}x{k}" for k in range(40)]
    return [
        LabelledSentence(
            f"{source}-{number}-{k}",
            " ".join(words[10 * k : 10 * k + 10]),
            ("wmd",) if k % 2 else (),
            source,
            f"d{number}",
        )
        for k in range(4)
    ]


def test_documents_that_repeat_each_other_are_one_group():
    rows = [s for n in range(6) for s in _speech(n)] + _speech(0, "archive")
    groups, splits = groups_of(rows)
    assert splits == {"documents": 7, "groups": 6, "alike": 0.6, "folds": 5}
    assert groups[0] == groups[-1]
    by_name, splits = groups_of(rows, alike=0)
    assert splits["groups"] == 7
    assert by_name[0] != by_name[-1]  # the same name in two sources is two documents


def test_where_everything_repeats_documents_are_kept_apart_and_that_is_told(sentences):
    told = []
    groups, splits = groups_of(sentences, folds=3, warn=told.append)
    assert splits["groups"] == splits["documents"] == len(set(groups.tolist())) == 12
    assert "figures flatter" in told[0]
    with pytest.raises(CorpusError, match="all sentences are of one document"):
        groups_of(sentences[:2])


def test_the_experiment_is_kept_and_part_of_the_digest(sentences, tmp_path):
    first = _train(sentences, tmp_path / "a", files={"experiment.toml": "seed = 1\n"})
    assert (first.folder / "experiment.toml").read_text(encoding="utf-8") == "seed = 1\n"
    assert (
        first.digest
        != _train(sentences, tmp_path / "b", files={"experiment.toml": "seed = 2\n"}).digest
    )


def test_a_model_is_replaced_and_nothing_else_is(sentences, folder, tmp_path):
    assert _train(sentences, folder).folder == folder
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter-1.md").write_text("It was a dark night.")
    for place in ("thesis", "thesis/chapter-1.md"):
        with pytest.raises(ModelError, match="is no model folder; choose another"):
            _train(sentences, tmp_path / place)
    assert (tmp_path / "thesis" / "chapter-1.md").is_file()


def test_nothing_is_learnt_from_nothing(tmp_path):
    with pytest.raises(CorpusError, match="nothing to train on"):
        _train([], tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_the_digest_of_data_depends_on_texts_and_labels_but_not_on_their_order(sentences):
    first = describe(sentences)["data_digest"]
    assert first == describe(sentences[::-1])["data_digest"]
    changed = [*sentences[:-1], LabelledSentence("11-1", "The school.", (), "authored", "d11")]
    assert first != describe(changed)["data_digest"]


def test_findings_are_recorded_and_the_model_stays_what_it_is(folder, sentences):
    before = store.read_manifest(folder)
    weights = (folder / "weights.safetensors").read_bytes()
    texts = [sentence.text for sentence in sentences]
    model = store.load(folder)
    truth, chances = targets_of(sentences, model.labels), model.predict_proba(texts)
    documents = [sentence.document for sentence in sentences]
    quality = measure(model.labels, truth, chances, chances >= model.thresholds, documents)
    digest = record(folder, metrics=metrics_of(quality, "by hand"), license="mit")
    after = store.verify(folder)
    assert digest == after["digest"] != before["digest"]
    assert after["metrics"]["macro_f1"] == round(quality.macro_f1, 4)
    assert (folder / "weights.safetensors").read_bytes() == weights
    assert np.array_equal(store.load(folder).predict_proba(texts), chances)
    unchanged = ("kind", "labels", "thresholds", "calibration", "state", "training", "codebook")
    assert {k: after[k] for k in unchanged} == {k: before[k] for k in unchanged}
    written = (folder / store.CARD).read_text(encoding="utf-8")
    assert written == card(after)
    assert f"Macro-F1 **{quality.macro_f1:.3f}**" in written


def test_further_files_survive_a_record(sentences, tmp_path):
    model = NgramClassifier(["wmd"], characters=None, bits=8, folds=2)
    targets = targets_of(sentences, ["wmd"])
    model.fit([s.text for s in sentences], targets)

    def extras(scratch):
        (scratch / "experiment.toml").write_text("seed = 3\n", encoding="utf-8")

    store.save(model, tmp_path / "model", {}, extras)
    record(tmp_path / "model", license="mit")
    assert (tmp_path / "model" / "experiment.toml").read_text(encoding="utf-8") == "seed = 3\n"
    assert "experiment.toml" in store.verify(tmp_path / "model")["files"]


def test_a_record_cannot_change_what_the_model_is(folder):
    with pytest.raises(ValueError, match="labels, thresholds"):
        record(folder, thresholds=[0.1], labels=["x"])
    (folder / "weights.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="was changed"):
        record(folder, license="mit")


def test_a_pair_is_right_only_with_both_sides():
    def side(number, pair, phenomenon):
        return LabelledSentence(
            str(number), "x", (), "authored", pair, pair=pair, phenomenon=phenomenon
        )

    rows = [side(0, "a", "negation"), side(1, "a", "negation"), side(2, "b", "question")]
    rows += [side(3, "b", "question"), side(4, "c", "negation")]
    found = pairs_right(rows, np.array([True, True, True, False, True]))
    assert found == {"all": (2, 1), "negation": (1, 1), "question": (1, 0)}


def test_what_is_judged_does_not_settle_how():
    rng = np.random.default_rng(1)
    truth = rng.random((400, 2)) < 0.3
    told = np.clip(0.6 * truth + 0.5 * rng.random((400, 2)), 0.01, 0.99).astype(np.float32)
    groups = np.arange(400) // 4
    probabilities, given = across_halves(told, truth, groups)
    changed = 0
    for group in range(0, 100, 10):  # of each group the labels are its own half's affair
        other = truth.copy()
        other[groups == group] ^= True
        own, same = across_halves(told, other, groups)
        np.testing.assert_array_equal(same[groups == group], given[groups == group])
        np.testing.assert_array_equal(own[groups == group], probabilities[groups == group])
        changed += not np.array_equal(own, probabilities)
    assert changed == 10


def test_a_single_group_is_settled_on_itself():
    truth = np.arange(40)[:, None] % 2 == 0
    told = np.where(truth, 0.2, 0.1).astype(np.float32)
    _, given = across_halves(told, truth, np.zeros(40, int))
    np.testing.assert_array_equal(given, truth)


def test_the_parts_of_a_cascade_have_cards_and_can_be_told_of(sentences, tmp_path):
    parts = {"kind": "ngram", "characters": None, "bits": 10, "folds": 3}
    model = CascadeClassifier(fast=parts, careful={**parts, "words": 1})
    unlabelled = ["The harvest was good.", "They build the bomb."], ["a", "b"]
    ordinary = [*unlabelled[0], "The invaders have the bomb.", "Rents are lower."]
    trained = train(
        model, sentences, BOOK, tmp_path / "cascade", unlabelled=unlabelled, ordinary=ordinary
    )
    handed = store.verify(trained.folder)["handed_over"]
    share = store.load(trained.folder).share_handed_over(ordinary)
    assert handed["share_of_random_sentences"] == share
    for name in ("fast", "careful"):
        manifest = store.verify(trained.folder / name)
        assert "handed_over" not in manifest
        assert manifest["training"] == trained.training
        assert (trained.folder / name / store.CARD).read_text("utf-8") == card(manifest)
    record(trained.folder / "fast", license="mit")
    assert store.read_manifest(trained.folder / "fast")["license"] == "mit"
    assert record(trained.folder, license="mit") != trained.digest
    assert store.verify(trained.folder / "fast")["license"] == "mit"
