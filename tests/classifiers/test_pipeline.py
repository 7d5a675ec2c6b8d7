"""Any scikit-learn pipeline is a model too; its folder is data, and builds trusted types only."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from framing.classifiers import skops_file, store
from framing.classifiers.pipeline import FITTED, PipelineClassifier
from framing.errors import ModelError

NAMES = ("rent", "build")


def words():
    return make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))


def bayes(alpha=1.0):
    return make_pipeline(CountVectorizer(), ComplementNB(alpha=alpha))


def joint():
    return make_pipeline(HashingVectorizer(n_features=256), OneVsRestClassifier(SGDClassifier()))


def neighbours():
    return make_pipeline(TfidfVectorizer(), KNeighborsClassifier(5))


def transformer():
    return TfidfVectorizer()


def broken():
    raise KeyError("token")


def shout(texts):
    return [text.upper() for text in texts]


def own():
    return make_pipeline(FunctionTransformer(shout), TfidfVectorizer(), LogisticRegression())


@pytest.fixture(scope="module")
def data():
    """240 sentences of 40 documents and which of two labels they have."""
    says = (
        ((1, 0), "The rent in {} eats half of a nurse's pay."),
        ((0, 1), "We will build {} thousand flats beside the canal."),
        ((1, 1), "Build now in {}, so that rents fall."),
        ((0, 0), "The choir of {} sang at the opening."),
        ((1, 0), "Tenants in {} cannot pay what landlords ask."),
        ((0, 0), "Trains to {} leave every hour."),
    )
    rows = [(text.format(i), flags, f"d{i}") for i in range(40) for flags, text in says]
    texts, flags, groups = zip(*rows, strict=True)
    return list(texts), np.array(flags), list(groups)


def _model(name, **more):
    return PipelineClassifier(f"{__name__}:{name}", NAMES, folds=3, **more)


@pytest.fixture(
    scope="module",
    params=[("words", {}), ("bayes", {"arguments": {"alpha": 0.3}}), ("joint", {"together": True})],
    ids=lambda p: p[0],
)
def fitted(request, data):
    name, more = request.param
    texts, targets, groups = data
    return _model(name, **more).fit(texts, targets, groups=groups)


def test_it_learns_is_calibrated_and_decides_by_its_thresholds(fitted, data):
    texts, targets, _ = data
    chances = fitted.predict_proba(texts)
    assert chances.dtype == np.float32 and chances.shape == targets.shape
    assert chances[targets == 1].mean() > chances[targets == 0].mean() + 0.5
    assert (fitted.predict(texts) == (chances >= fitted.thresholds)).all()
    rows, held_out = fitted.held_out_
    assert len(rows) == len(texts) and ((held_out >= 0) & (held_out <= 1)).all()
    assert fitted.predict_proba([]).shape == (0, 2)


def test_a_stored_one_answers_as_before_and_can_learn_anew(fitted, data, tmp_path):
    texts, targets, groups = data
    store.save(fitted, tmp_path / "model")
    stored = store.load(tmp_path / "model")
    np.testing.assert_allclose(stored.predict_proba(texts), fitted.predict_proba(texts), atol=1e-5)
    stored.factory = "absent:never"  # a copy of the stored pipeline is what learns
    again = clone(stored).set_params(label_names=NAMES).fit(texts, targets, groups=groups)
    assert again.labels == NAMES


def test_the_same_pipeline_gives_the_same_file_in_another_process(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.feature_extraction.text import TfidfVectorizer\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from framing.classifiers import skops_file\n"
        "made = make_pipeline(TfidfVectorizer(), LogisticRegression())\n"
        "made.fit(['rents are up', 'trains run', 'rents again'], [1, 0, 1])\n"
        "skops_file.write([made, 10.0], Path(sys.argv[1]))\n"
    )
    for number, seed in enumerate(("1", "2")):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / f"{number}.skops")],
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        )
    first, second = ((tmp_path / f"{n}.skops").read_bytes() for n in (0, 1))
    assert first == second
    made, constant = skops_file.read(tmp_path / "0.skops")
    assert list(made.predict(["rents"])) == [1] and constant == 10.0


def test_a_label_seen_one_way_is_a_constant(data, tmp_path):
    texts, targets, groups = data
    targets = np.column_stack([targets[:, 0], np.zeros(len(texts), int)])
    model = _model("words").fit(texts, targets, groups=groups)
    store.save(model, tmp_path / "model")
    assert (store.load(tmp_path / "model").predict_proba(texts)[:, 1] < 0.01).all()


def test_probabilities_of_several_labels_at_once(data):
    texts, targets, groups = data
    model = _model("neighbours", together=True).fit(texts, targets, groups=groups)
    assert model.predict_proba(texts[:3]).shape == (3, 2)


def test_every_pipeline_fitted_is_told(data):
    steps = []
    texts, targets, groups = data
    _model("words").fit(texts, targets, groups, on_step=lambda *step: steps.append(step))
    assert steps == [(i, 8) for i in range(1, 9)]


@pytest.mark.parametrize(
    ("factory", "pattern"),
    [
        (None, "module:function"),
        ("nocolon", "module:function"),
        ("absent_module:make", "cannot be imported"),
        (f"{__name__}:absent", "cannot be imported"),
        (f"{__name__}:broken", "failed with KeyError"),
        (f"{__name__}:transformer", "not an estimator"),
        (f"{__name__}:own", "not trusted: .*shout"),
    ],
)
def test_a_factory_of_no_use_is_refused_before_anything_is_learnt(data, factory, pattern):
    texts, targets, groups = data
    with pytest.raises(ModelError, match=pattern) as caught:
        PipelineClassifier(factory, NAMES).fit(texts, targets, groups)
    assert "\n" not in str(caught.value)


def test_types_of_ones_own_need_trust_to_write_and_to_read(data, tmp_path, monkeypatch):
    texts, targets, groups = data
    name = f"{shout.__module__}.shout"
    model = _model("own", trusted=[name]).fit(texts, targets, groups)
    store.save(model, tmp_path / "model")
    with pytest.raises(ModelError, match=f"not trusted: {name}"):
        store.load(tmp_path / "model")
    monkeypatch.setenv(skops_file.VARIABLE, f"other.thing, {name}")
    assert store.load(tmp_path / "model").labels == NAMES


def test_a_hostile_folder_is_refused_and_nothing_in_it_runs(data, tmp_path):
    import skops.io

    texts, targets, groups = data
    model = _model("words").fit(texts, targets, groups)
    trap = make_pipeline(FunctionTransformer(os.system), LogisticRegression())

    class Hostile(PipelineClassifier):
        def write(self, folder):
            (folder / FITTED).write_bytes(skops.io.dumps([trap]))
            return {**model_state, "trusted": ["posix.system"]}

    model_state = {"factory": None, "folds": 3}
    model.__class__ = Hostile
    store.save(model, tmp_path / "model")
    with pytest.raises(ModelError, match=r"not trusted: .*system") as caught:
        store.load(tmp_path / "model")
    assert "\n" not in str(caught.value)


def test_reading_imports_no_factory(data, tmp_path):
    texts, targets, groups = data
    (tmp_path / "makes_it.py").write_text(
        "from pathlib import Path\n"
        "Path(__file__).with_name('imported').touch()\n"
        f"from {__name__} import words\n"
    )
    sys.path.append(str(tmp_path))
    try:
        model = PipelineClassifier("makes_it:words", NAMES, folds=2).fit(texts, targets, groups)
        store.save(model, tmp_path / "model")
        (tmp_path / "imported").unlink()
        del sys.modules["makes_it"]
        store.load(tmp_path / "model").predict(["Rents."])
    finally:
        sys.path.remove(str(tmp_path))
    assert not (tmp_path / "imported").exists()


def test_a_strangers_factory_is_not_called_to_learn_anew(data, tmp_path):
    from framing.evaluation.predictions import maker

    texts, targets, groups = data
    never = np.zeros_like(targets)  # both labels seen only one way: the folder holds constants
    model = PipelineClassifier(f"{__name__}:words", NAMES, folds=2).fit(texts, never, groups)
    store.save(model, tmp_path / "model")
    manifest = store.read_manifest(tmp_path / "model")
    command = {"cmd": f"touch {tmp_path / 'called'}"}
    manifest["state"] |= {"factory": "subprocess:getoutput", "arguments": command}
    (tmp_path / "model" / store.MANIFEST).write_text(json.dumps(manifest))
    store.reseal(tmp_path / "model")
    hostile = store.load(tmp_path / "model")
    with pytest.raises(ModelError, match="no pipeline, only constants"):
        maker(hostile)().fit(texts, targets, groups)
    assert not (tmp_path / "called").exists()


def test_bytes_that_are_no_skops(tmp_path):
    (tmp_path / "a.skops").write_bytes(b"PK no zip")
    with pytest.raises(ModelError, match="cannot be read as skops"):
        skops_file.read(tmp_path / "a.skops")
