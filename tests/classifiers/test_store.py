"""A model folder is data: whole or refused, and nothing in it is executed."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from framing.classifiers import store
from framing.classifiers.ngram import NgramClassifier
from framing.errors import ModelError


class _Smuggled:
    """What a hostile pickle does: it runs a command when it is read."""

    def __reduce__(self):
        import os

        return os.system, ("touch smuggled",)


@pytest.fixture
def folder(tmp_path):
    texts = ["the bomb is near", "roads are mended", "a bomb again", "trees and roads"] * 3
    targets = np.array([[1], [0], [1], [0]] * 3)
    model = NgramClassifier(["wmd"], characters=None, bits=8, folds=2).fit(texts, targets)
    store.save(model, tmp_path / "model", {"training": {"sentences": 12}})
    return tmp_path / "model"


def _refused(folder, pattern):
    with pytest.raises(ModelError, match=pattern) as caught:
        store.load(folder)
    assert "\n" not in str(caught.value)


def test_a_whole_folder_is_read(folder):
    assert store.load(folder).labels == ("wmd",)
    assert store.verify(folder)["training"] == {"sentences": 12}


def test_a_changed_byte_is_found(folder):
    weights = folder / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    _refused(folder, r"weights\.safetensors: was changed")


def test_a_truncated_file_is_found(folder):
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    _refused(folder, "cut short")


def test_a_missing_file_is_found(folder):
    (folder / "weights.safetensors").unlink()
    _refused(folder, "is missing")


def test_a_changed_threshold_is_found(folder):
    manifest = json.loads((folder / "model.json").read_text())
    manifest["thresholds"] = [0.999]
    (folder / "model.json").write_text(json.dumps(manifest))
    _refused(folder, "was changed after")


def test_a_truncated_manifest_is_found(folder):
    (folder / "model.json").write_text((folder / "model.json").read_text()[:40])
    _refused(folder, "cannot be read as JSON")


def test_a_pickle_beside_the_weights_is_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "extra.pkl").write_bytes(pickle.dumps(_Smuggled()))
    _refused(folder, r"extra\.pkl: does not belong")
    assert not (folder / "smuggled").exists()


def test_a_pickle_in_place_of_the_weights_is_not_executed(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (folder / "weights.safetensors").write_bytes(pickle.dumps(_Smuggled()))
    _reseal(folder)
    _refused(folder, "does not hold together")
    assert not (folder.parent / "smuggled").exists()


def test_a_file_out_of_the_folder_is_not_followed(folder):
    (folder.parent / "secret").write_text("x")
    manifest = json.loads((folder / "model.json").read_text())
    manifest["files"]["../secret"] = "0" * 64
    _write(folder, manifest)
    _refused(folder, "points out of")


def test_a_well_sealed_lie_about_shapes_is_refused(folder):
    manifest = json.loads((folder / "model.json").read_text())
    manifest["state"]["bits"] = 9
    _write(folder, manifest)
    _refused(folder, "shape")


def test_a_manifest_nested_without_end_is_refused(folder):
    (folder / store.MANIFEST).write_text("[" * 200_000)
    _refused(folder, "cannot be read as JSON")


def test_a_listed_program_is_refused(folder):
    (folder / "evil.py").write_text("raise SystemExit")
    manifest = json.loads((folder / store.MANIFEST).read_text())
    manifest["files"]["evil.py"] = store._sha256(folder / "evil.py")
    manifest["digest"] = store._digest(manifest)
    (folder / store.MANIFEST).write_text(json.dumps(manifest))
    _refused(folder, "of a type that no model needs")


def test_more_labels_than_weights_are_refused(folder):
    manifest = json.loads((folder / store.MANIFEST).read_text())
    manifest["labels"].append("terrorism")
    manifest["thresholds"] *= 2
    manifest["calibration"] = {name: two * 2 for name, two in manifest["calibration"].items()}
    manifest.pop("precisions")
    (folder / store.MANIFEST).write_text(json.dumps(manifest))
    _reseal(folder)
    _refused(folder, "intercept has shape")


@pytest.mark.parametrize(
    ("name", "value"),
    [("below", -1.0), ("above", 0.0), ("intercept", 1e30), ("above", float("nan"))],
)
def test_a_calibration_that_cannot_be_is_refused(folder, name, value):
    manifest = json.loads((folder / store.MANIFEST).read_text())
    manifest["calibration"][name] = [value] * len(manifest["labels"])
    (folder / store.MANIFEST).write_text(json.dumps(manifest))
    _reseal(folder)
    _refused(folder, "calibration")


def test_a_model_with_one_slope_for_both_ends_is_still_read(folder):
    texts = ["A bomb.", "Rents are up."]
    logits = store.load(folder).logits(texts)
    manifest = json.loads((folder / store.MANIFEST).read_text())
    n_labels = len(manifest["labels"])
    manifest["calibration"] = {"slope": [2.0] * n_labels, "intercept": [-1.0] * n_labels}
    (folder / store.MANIFEST).write_text(json.dumps(manifest))
    _reseal(folder)
    expected = 1 / (1 + np.exp(1 - 2 * logits))
    np.testing.assert_allclose(store.load(folder).predict_proba(texts), expected, atol=1e-5)


def test_ngrams_of_endless_length_are_refused(folder):
    manifest = json.loads((folder / store.MANIFEST).read_text())
    manifest["state"]["words"] = 10**9
    (folder / store.MANIFEST).write_text(json.dumps(manifest))
    _reseal(folder)
    _refused(folder, "n-grams must have")


def test_an_unknown_kind_is_refused(folder):
    manifest = json.loads((folder / "model.json").read_text())
    manifest["kind"] = "os.system"
    _write(folder, manifest)
    _refused(folder, "unknown to this version")


def test_a_failed_write_leaves_the_old_model(folder):
    before = (folder / "model.json").read_text()
    model = store.load(folder)

    def fail(scratch):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.save(model, folder, extras=fail)
    assert (folder / "model.json").read_text() == before
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_only_data_is_written(folder):
    model = store.load(folder)
    with pytest.raises(ModelError, match="data only"):
        store.save(model, folder, extras=lambda scratch: (scratch / "run.py").write_text("1"))


def _reseal(folder):
    manifest = json.loads((folder / "model.json").read_text())
    for name in manifest["files"]:
        manifest["files"][name] = store._sha256(folder / name)
    _write(folder, manifest)


def _write(folder, manifest):
    manifest["digest"] = store._digest(manifest)
    (folder / "model.json").write_text(json.dumps(manifest))
