"""``framing train`` as a researcher runs it, on her own table and codebook."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from framing.classifiers import store
from framing.cli import app
from framing.errors import FramingError
from framing.experiment import load
from framing.parameters import build

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial"
MAIN = "from framing.cli import main; main()"
SMALL = """\
kind = "ngram"
codebook = "book.toml"
[data]
path = "speeches.csv"
[columns]
text = "sentence"
labels = "codes"
document = "speech"
[model]
words = 1
bits = 10
characters = false
[splits]
folds = 2
"""
QUICK = ("--folds", 2, "--jobs", 1, "--words", 1)


@pytest.fixture
def at(tmp_path, monkeypatch):
    """An empty folder to work in, with half of the tutorial's sentences."""
    lines = (TUTORIAL / "speeches.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "speeches.csv").write_text("".join(lines[:131]), encoding="utf-8")
    (tmp_path / "book.toml").write_bytes((TUTORIAL / "codebook.toml").read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


COLUMNS = ("--text", "sentence", "--labels", "codes", "--document", "speech")
DATA = ("--data", "speeches.csv", *COLUMNS, "--codebook", "book.toml")


def _run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def _printed(*arguments):
    result = _run(*arguments)
    assert result.exit_code == 0, result.output or result.exception
    return result


def _refused(*arguments):
    result = _run(*arguments)
    assert isinstance(result.exception, FramingError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_two_processes_with_other_hashes_give_the_same_model(at):
    (at / "small.toml").write_text(SMALL, encoding="utf-8")
    digests = []
    for seed in ("1", "2"):
        out = ("--out", seed, "--format", "json")
        done = subprocess.run(
            [sys.executable, "-c", MAIN, "train", "--experiment", "small.toml", *out],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        digests.append(json.loads(done.stdout)[0]["digest"])
    assert digests[0] == digests[1]


def test_the_folder_keeps_the_experiment_and_it_gives_the_same_model_again(at):
    (at / "small.toml").write_text(SMALL, encoding="utf-8")
    told = _printed("train", "--experiment", "small.toml", "--out", "a", "--format", "json")
    first = json.loads(told.stdout)[0]
    assert first["sentences"] == 130 and set(first["f1"]) == set(store.load("a").labels)
    kept = at / "a" / "experiment.toml"
    assert kept.read_bytes() == (at / "small.toml").read_bytes()
    assert (at / "a" / "codebook.toml").read_bytes() == (at / "book.toml").read_bytes()
    again = _printed("train", "--experiment", kept, "--out", "b", "--format", "json")
    assert json.loads(again.stdout)[0]["digest"] == first["digest"]


def test_a_pipeline_beside_its_experiment_is_not_needed_to_read_the_model(at):
    (at / "its_own.py").write_text(
        "from sklearn.feature_extraction.text import CountVectorizer\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.pipeline import make_pipeline\n\n"
        "def make(C):\n    return make_pipeline(CountVectorizer(), LogisticRegression(C=C))\n"
    )
    (at / "its_own.toml").write_text(
        SMALL.replace("ngram", "pipeline").split("[model]")[0]
        + '[model]\nfactory = "its_own:make"\narguments = { C = 2.0 }\n[splits]\nfolds = 2\n'
    )
    _printed("train", "--experiment", "its_own.toml", "--out", "m")
    (at / "its_own.py").unlink()
    del sys.modules["its_own"]
    assert store.load("m").predict_proba(["The rent is half of her pay."]).shape == (1, 4)
    assert "its_own" not in sys.modules


def test_the_experiment_of_options_names_no_folder_of_this_machine(at):
    _printed("train", *DATA, "--data", at / "speeches.csv", *QUICK, "--C", 2, "--out", "m")
    text = (at / "m" / "experiment.toml").read_text(encoding="utf-8")
    assert str(at) not in text
    assert tomllib.loads(text) == {
        "kind": "ngram",
        "seed": 0,
        "codebook": "book.toml",
        "data": {"path": "speeches.csv", "part": "all"},
        "columns": {"text": "sentence", "labels": "codes", "document": "speech"},
        "splits": {"folds": 2, "alike": 0.6},
        "model": {"words": 1, "C": 2.0},
    }


def test_check_counts_and_trains_nothing(at):
    result = _printed("train", *DATA, "--check", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["label"] for row in rows] == [
        "cost_burden",
        "build_more",
        "market_blame",
        "keep_the_place",
    ]
    assert "with fewer than 50 its figures are rough" in result.stderr
    assert sorted(p.name for p in at.iterdir()) == ["book.toml", "speeches.csv"]


def test_sentences_without_a_document_are_told(at):
    result = _printed("train", *DATA[:6], "--codebook", "book.toml", "--check")
    assert "130 of 130 sentences name no document" in result.stderr
    assert "130 documents" in result.stdout


def test_labels_of_the_data_alone_and_renamed(at):
    given = ("train", "--data", "speeches.csv", *COLUMNS, "--check", "--format", "json")
    assert "has none of them" in _refused(*given)
    renamed = ("--rename", "keep_the_place=Old streets", "--rename", "build_more=")
    rows = json.loads(_printed(*given, "--codebook", "data", *renamed).stdout)
    assert [row["label"] for row in rows] == ["cost_burden", "market_blame", "old_streets"]


def test_what_cannot_be_is_said_in_one_line(at):
    (at / "a.toml").write_text('kind = "svm"\ncodebook="data"\n[data]\npath="speeches.csv"\n')
    beside = _refused("train", "--experiment", "a.toml", "--out", "m", "--words", 3)
    assert beside == "a.toml: says what is trained; write words there, not beside it"
    assert "no column 'text'" in _refused("train", "--experiment", "a.toml", "--out", "m")
    assert "kind 'svm' is unknown" in _refused("train", *DATA, "--kind", "svm", "--out", "m")
    assert "write VALUE=LABEL" in _refused("train", *DATA, "--rename", "x", "--out", "m")
    assert "cannot be imported" in _refused("train", *DATA, "--factory", "no:no", "--out", "m")
    assert "no parameter 'epochs'" in _refused("train", *DATA, "--epochs", 2, "--out", "m")
    assert _run("train", *DATA).exit_code == 2
    assert not (at / "m").exists()


def test_the_recipe_of_the_teacher_holds_out_what_the_shipped_models_do():
    teacher, shipped = (load(ROOT / "recipes" / f"{n}.toml") for n in ("teacher", "cascade"))
    build(teacher.kind, teacher.parameters, teacher.folds, teacher.seed, 1)
    for name in ("seed", "folds", "alike", "path", "leave_out"):
        assert getattr(teacher, name) == getattr(shipped, name)
    assert teacher.parameters["refit"] is False


@pytest.mark.parametrize("name", ["ngram", "encoder", "cascade"])
def test_the_recipes_of_shipped_models_can_be_built(name):
    plan = load(ROOT / "recipes" / f"{name}.toml")
    model = build(plan.kind, plan.parameters, plan.folds, plan.seed, 1)
    assert model.kind == name == plan.kind


def test_the_recipe_says_how_the_shipped_cascade_is_joined():
    plan = load(ROOT / "recipes" / "cascade.toml")
    made = build(plan.kind, plan.parameters, plan.folds, plan.seed, 1).get_params()
    state = store.read_manifest(ROOT / "models" / "cascade")["state"]
    assert {key: state[key] for key in ("loss", "blend")} == {
        key: made[key] for key in ("loss", "blend")
    }


@pytest.mark.parametrize("part", ["fast", "careful"])
def test_the_recipe_says_what_the_shipped_cascade_says_of_its_parts(part):
    plan = load(ROOT / "recipes" / "cascade.toml")
    made = build(plan.kind, plan.parameters, plan.folds, plan.seed, 1).get_params()[part]
    manifest = store.read_manifest(ROOT / "models" / "cascade" / part)
    stated = {k: tuple(v) if isinstance(v, list) else v for k, v in manifest["state"].items()}
    usual = store.kind_class(manifest["kind"])().get_params()
    assert {k: made.get(k, usual[k]) for k in stated} == stated
