"""One TOML file is a whole experiment, and the same file gives the same model."""

from __future__ import annotations

import json
import tomllib

import pytest

from framing.classifiers.ngram import NgramClassifier
from framing.errors import CorpusError, ModelError
from framing.experiment import ExperimentError, load, open_data, parse, unlabelled_rows, write
from framing.parameters import build

ROWS = [("The rent is too high.", ["Burden"]), ("We build.", ["Supply side", "x"]), ("Hello.", [])]
BOOK = """
name = "Housing"
[[labels]]
name = "burden"
[[labels]]
name = "supply"
title = "Supply side"
"""


@pytest.fixture
def folder(tmp_path):
    rows = [{"text": text, "labels": labels, "document": "d"} for text, labels in ROWS]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "data.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "book.toml").write_text(BOOK, encoding="utf-8")
    return tmp_path


def _parse(folder, text):
    return parse(text, folder)


PLAIN = '[data]\npath = "data.jsonl"\n'


def test_what_is_not_said_has_a_default(folder):
    plan = _parse(folder, PLAIN)
    assert (plan.kind, plan.seed, plan.folds, plan.alike) == ("ngram", 0, 5, 0.6)
    assert plan.source == PLAIN


def test_labels_get_the_codebooks_names_and_strange_ones_are_counted(folder):
    opened = open_data(_parse(folder, 'codebook = "book.toml"\n' + PLAIN))
    assert [s.labels for s in opened.sentences] == [("burden",), ("supply",), ()]
    assert opened.strange == {"x": 1}
    assert opened.codebook.name == "Housing"


def test_labels_as_they_stand_in_the_data(folder):
    opened = open_data(_parse(folder, 'codebook = "data"\n' + PLAIN))
    assert opened.codebook.names == ("burden", "supply_side", "x")
    assert opened.codebook.by_name("supply_side").title == "Supply side"
    assert [s.labels for s in opened.sentences] == [("burden",), ("supply_side", "x"), ()]


def test_a_codebook_that_has_none_of_the_labels(folder):
    with pytest.raises(CorpusError, match="has none of them"):
        open_data(_parse(folder, PLAIN))


def test_paths_are_beside_the_file_or_where_the_command_runs(folder, monkeypatch, tmp_path):
    (folder / "deep").mkdir()
    (folder / "deep" / "plan.toml").write_text('codebook = "data"\n' + PLAIN, encoding="utf-8")
    monkeypatch.chdir(folder)
    assert len(open_data(load(folder / "deep" / "plan.toml")).sentences) == 3
    monkeypatch.chdir(folder / "deep")
    with pytest.raises(CorpusError, match="no such file"):
        open_data(load(folder / "deep" / "plan.toml"))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("[data", "not valid TOML"),
        ("seed = 1", "needs a path under"),
        ('sede = 1\n[data]\npath="a"', "does not know 'sede'"),
        ('seed = "1"\n[data]\npath="a"', "seed must be int"),
        ('seed = true\n[data]\npath="a"', "seed must be int"),
        ("data = 3", "data must be dict"),
        ('[data]\npath="a"\nparts="all"', r"\[data\]: does not know 'parts'"),
        ('[data]\npath="a"\npart="some"', "part must be one of"),
        ('[data]\npath="a"\n[splits]\nfolds=1', "folds of 2 or more"),
        ('[data]\npath="a"\n[columns]\nlabels=[1]', "must be strings"),
        ('[data]\npath="a"\n[columns]\nseparator=""', "must not be empty"),
        ('[data]\npath="a"\n[unlabelled]\nmost=3', "needs a path under"),
        ('[data]\npath="a"\n[lessons]\npath="b"', "that .unlabelled. must name"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(folder, text, pattern):
    with pytest.raises(ExperimentError, match=pattern) as caught:
        _parse(folder, text)
    assert "\n" not in str(caught.value)
    assert "experiment.toml" in str(caught.value)


def test_files_that_cannot_be_read(folder):
    with pytest.raises(ExperimentError, match="cannot be read"):
        load(folder / "absent.toml")
    (folder / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ExperimentError, match="not UTF-8"):
        load(folder / "bytes.toml")


def test_toml_that_is_written_reads_back():
    raw = {
        "kind": "pipeline",
        "seed": 3,
        "data": {"path": 'a "b" \\ \x7f ä\n.csv'},
        "columns": {"labels": ["a", "b"], "single": True, "rename": {"x y": "z", "1": ""}},
        "splits": {"alike": 0.5},
    }
    assert tomllib.loads(write(raw)) == raw


def test_parameters_are_checked_before_anything_runs():
    model = build("ngram", {"characters": [2, 4], "C": 2}, folds=3, seed=7, jobs=2)
    assert isinstance(model, NgramClassifier)
    assert (model.characters, model.C, model.folds, model.seed) == ((2, 4), 2.0, 3, 7)
    assert build("ngram", {"characters": False}, 3, 0, 1).characters is None
    with pytest.raises(ModelError, match="no parameter 'word'; it has words"):
        build("ngram", {"word": 2}, 3, 0, 1)
    with pytest.raises(ModelError, match="words must be int"):
        build("ngram", {"words": "2"}, 3, 0, 1)
    with pytest.raises(ModelError, match="kind 'svm' is unknown"):
        build("svm", {}, 3, 0, 1)


def test_a_model_inside_a_model_has_parameters_too():
    parts = {"fast": {"kind": "ngram", "bits": 8}, "careful": {"kind": "ngram", "words": 1}}
    model = build("cascade", {**parts, "loss": 0.01}, folds=3, seed=7, jobs=1)
    assert model.fast == {"kind": "ngram", "bits": 8, "folds": 3, "seed": 7, "jobs": 1}
    with pytest.raises(ModelError, match="ngram: has no parameter"):
        build("cascade", {"fast": {"kind": "ngram", "depth": 3}}, 3, 0, 1)


def test_unlabelled_sentences_are_not_the_labelled_ones(folder):
    rows = [
        {"text": "The rent is too high.", "document": "e"},  # known word for word
        *({"text": f"New {i}.", "document": "e", "source": "s"} for i in range(9)),
    ]
    (folder / "more.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    plan = _parse(
        folder, 'codebook = "data"\n' + PLAIN + '[unlabelled]\npath = "more.jsonl"\nmost = 4\n'
    )
    rows = unlabelled_rows(plan, open_data(plan).sentences)
    assert len(rows) == 4 and all(row.text.startswith("New") for row in rows)
    assert {row.document for row in rows} == {"s/e"}
    assert rows == unlabelled_rows(plan, open_data(plan).sentences)
    assert [row.text for row in rows] == sorted(row.text for row in rows)
    assert len({row.id for row in rows}) == 4


def test_sentences_can_be_left_out(folder):
    everything = open_data(_parse(folder, 'codebook = "data"\n' + PLAIN)).sentences
    (folder / "out.txt").write_text(f"{everything[0].id}\n{everything[2].id}\n")
    plain = PLAIN.replace("[data]\n", '[data]\nleave_out = "out.txt"\n')
    assert plain != PLAIN
    kept = open_data(_parse(folder, 'codebook = "data"\n' + plain)).sentences
    assert kept == [everything[1], *everything[3:]]
    lost = plain.replace("out.txt", "nowhere.txt")
    with pytest.raises(CorpusError, match=r"nowhere\.txt"):
        open_data(_parse(folder, 'codebook = "data"\n' + lost))
