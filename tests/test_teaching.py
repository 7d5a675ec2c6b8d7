"""Lessons: drawn where there is doubt, told by teachers, kept without sentences, learnt from."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from framing import teaching
from framing.classifiers import store
from framing.classifiers.features import HashedNgrams
from framing.classifiers.lessons import Lessons
from framing.classifiers.ngram import NgramClassifier
from framing.cli import app
from framing.codebook import Codebook
from framing.corpus.examples import stand_off
from framing.corpus.splits import grouped_folds
from framing.errors import CorpusError, ModelError
from framing.experiment import Unlabelled, load, open_data, parse, run, unlabelled_rows
from framing.training import describe, groups_of

NGRAM = {"characters": None, "bits": 10, "folds": 3}
TOML = """
kind = "cascade"
codebook = "data"
[data]
path = "data.jsonl"
[unlabelled]
path = "more.jsonl"
[model.fast]
kind = "ngram"
characters = false
bits = 10
[model.careful]
kind = "ngram"
words = 1
bits = 10
[splits]
folds = 3
"""


@pytest.fixture
def folder(tmp_path):
    """30 labelled speeches, and 12 unlabelled sentences of the first twelve of them."""
    kinds = [(["bomb"], "The bomb of {} is near."), ([], "The school of {} is open.")]
    labelled = [
        {"text": text.format(f"land {i}"), "labels": labels, "document": f"d{i}"}
        for i in range(30)
        for labels, text in kinds
    ]
    words = ["The bomb of the school", "The school is open near fields"]
    unlabelled = [
        {"id": f"u{i}", "text": f"{words[i % 2]} of land {i}.", "doc": f"d{i}", "source": "data"}
        for i in range(12)
    ]
    unlabelled.append({"id": "known", "text": labelled[0]["text"], "doc": "d0", "source": "data"})
    for name, rows in (("data.jsonl", labelled), ("more.jsonl", unlabelled)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "plain.toml").write_text(TOML)
    (tmp_path / "taught.toml").write_text(TOML + '[lessons]\npath = "lessons.parquet"\n')
    return tmp_path


@pytest.fixture
def plan(folder):
    return load(folder / "plain.toml")


def _held_out(opened):
    groups, _ = groups_of(opened.sentences, 3)
    targets = np.array([["bomb" in s.labels] for s in opened.sentences])
    _, test = grouped_folds(groups, targets, 3, 0)[0]
    return {opened.sentences[i].document for i in test}


def test_the_most_doubtful_come_first_and_none_of_what_is_held_out(plan):
    opened = open_data(plan)
    everything = teaching.in_doubt(plan, opened, 100)
    closed = _held_out(opened)
    assert closed & {f"d{i}" for i in range(12)}
    kept = [f"u{i}" for i in range(12) if f"d{i}" not in closed]
    assert [row.id for row in everything] == kept
    n_mixed = sum(int(name[1:]) % 2 == 0 for name in kept)
    assert 0 < n_mixed < len(kept)
    mixed = teaching.in_doubt(plan, opened, n_mixed)
    assert all("bomb of the school" in row.text for row in mixed)  # speaks of both sides


def test_lessons_are_asked_again_of_other_teachers_but_none_of_what_is_held_out(folder, plan):
    path, out = folder / "old.parquet", folder / "new.parquet"
    opened = _written(path, plan, [f"u{i}" for i in range(12) if i != 5], [0.5] * 11)
    closed = _held_out(opened)
    kept = [f"u{i}" for i in range(12) if i != 5 and f"d{i}" not in closed]
    assert [row.id for row in teaching.asked_before(path, plan, opened)] == kept
    run(plan, opened, folder / "teacher")
    asked = ["data", "lessons", str(folder / "plain.toml"), "--teacher", str(folder / "teacher")]
    told = CliRunner().invoke(app, [*asked, "--out", str(out), "--again", str(path)])
    assert told.exit_code == 0, told.output
    said = pa.parquet.read_table(out)
    assert said["id"].to_pylist() == kept
    assert set(said["bomb"].to_pylist()) != {0.5}
    held_out = [f"u{i}" for i in range(12) if f"d{i}" in closed]
    _written(path, plan, held_out, [0.5] * len(held_out))
    with pytest.raises(CorpusError, match="held out"):
        teaching.asked_before(path, plan, opened)


class _Says:
    labels = ("bomb",)

    def __init__(self, odds, smoothing=0.0):
        self.odds, self.smoothing = odds, smoothing

    def logits(self, sentences):
        return np.full((len(sentences), 1), self.odds, np.float32)


def test_teachers_are_averaged_in_log_odds_and_smoothing_is_undone():
    read = []
    said = teaching.ask([_Says(3.0), _Says(1.0)], ["a"] * 1500, read.append)
    assert said.shape == (1500, 1) and sum(read) == 3000
    np.testing.assert_allclose(said, 1 / (1 + np.exp(-2.0)), atol=6e-4)
    smooth = [_Says(np.log(0.02 / 0.98), 0.02), _Says(np.log(0.02 / 0.98), 0.02)]
    assert teaching.ask(smooth, ["a"])[0, 0] == 0
    other = _Says(0.0)
    other.labels = ("fire",)
    for teachers in ([], [_Says(0.0), other]):
        with pytest.raises(ModelError, match="labels"):
            teaching.ask(teachers, ["a"])


def _written(path, plan, ids, said, teacher="somebody"):
    opened = open_data(plan)
    every = {row.id: row for row in unlabelled_rows(plan, opened.sentences)}
    rows = [every.get(name, Unlabelled(name, "It is gone.", "data/d1")) for name in ids]
    teaching.write(path, rows, ["bomb"], np.array(said, np.float32)[:, None], teacher, opened)
    return opened


def test_a_file_gives_back_what_was_said_and_holds_no_sentence(folder, plan):
    path = folder / "lessons.parquet"
    opened = _written(path, plan, ["u3", "u1", "gone"], [0.125, 0.75, 0.5], "some  [b]body")
    told = []
    lessons = teaching.read(path, plan, opened, told.append)
    assert lessons.sentences == [f"The school is open near fields of land {i}." for i in (1, 3)]
    assert lessons.probabilities.tolist() == [[0.75], [0.125]]
    assert lessons.groups == ["data/d1", "data/d3"]
    assert lessons.teacher == "some b body"
    assert len(told) == 1 and "1 of 3 lessons" in told[0]
    assert b"fields" not in path.read_bytes()
    assert [p.name for p in folder.glob("*.part")] == []


def test_most_does_not_decide_which_lessons_are_found(folder, plan):
    path = folder / "lessons.parquet"
    opened = _written(path, plan, [f"u{i}" for i in range(12)], [0.5] * 12)
    few = parse(TOML.replace('"more.jsonl"', '"more.jsonl"\nmost = 2'), folder)
    assert len(unlabelled_rows(few, opened.sentences)) == 2
    assert len(teaching.read(path, few, opened).sentences) == 12


def test_a_sentence_that_was_changed_or_is_to_be_left_out_has_no_lesson(folder, plan):
    path = folder / "lessons.parquet"
    opened = _written(path, plan, ["u1", "u3", "u5"], [0.5] * 3)
    more = folder / "more.jsonl"
    more.write_text(more.read_text().replace("fields of land 3", "forests of land 3"))
    (folder / "out.txt").write_text("u5\n")
    left = parse(TOML.replace('"data.jsonl"', '"data.jsonl"\nleave_out = "out.txt"'), folder)
    told = []
    assert teaching.read(path, left, opened, told.append).groups == ["data/d1"]
    assert "2 of 3 lessons" in told[0]
    assert "u5" not in {row.id for row in teaching.in_doubt(left, opened, 100)}


def test_a_teacher_of_other_data_is_told(folder, plan):
    path = folder / "lessons.parquet"
    _written(path, plan, ["u1"], [0.5])
    with (folder / "data.jsonl").open("a") as file:
        file.write(json.dumps({"text": "One more.", "labels": [], "document": "z"}) + "\n")
    told = []
    teaching.read(path, plan, open_data(plan), told.append)
    assert "knew other data" in told[0]


ONE = {"id": ["u1"], "sha256": ["0" * 8], "bomb": [0.5]}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"bomb": None}, "needs one column bomb"),
        ({"id": None}, "needs one column id"),
        ({"sha256": None}, "needs one column sha256"),
        ({"bomb": [1.5]}, "within 0 to 1"),
        ({"bomb": [float("nan")]}, "within 0 to 1"),
        ({"bomb": [1e300]}, "within 0 to 1"),
        ({"bomb": ["much"]}, "the column bomb is of string"),
        ({"bomb": [dt.date(2025, 1, 1)]}, "the column bomb is of date"),
        ({"id": [7]}, "the column id is of int64"),
        ({"id": ["u1", "u1"]}, "stands twice"),
        ({"id": ["u1", None]}, "is missing"),
        ({"id": ["other"]}, "none of its sentences"),
        ({"sha256": ["f" * 8]}, "none of its sentences"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(folder, plan, change, fault):
    path = folder / "lessons.parquet"
    text = next(r.text for r in unlabelled_rows(plan, open_data(plan).sentences) if r.id == "u1")
    columns = ONE | {"sha256": [hashlib.sha256(text.encode()).hexdigest()[:8]]} | change
    n = max(len(cells) for cells in columns.values() if cells)
    kept = {name: (cells * n)[:n] for name, cells in columns.items() if cells}
    pa.parquet.write_table(pa.table(kept), path)
    with pytest.raises(CorpusError, match=fault) as caught:
        teaching.read(path, plan, open_data(plan))
    assert "lessons.parquet" in str(caught.value)


def test_what_is_no_parquet_and_columns_that_stand_twice_are_refused(folder, plan):
    path = folder / "lessons.parquet"
    path.write_bytes(b"PAR1 or not")
    with pytest.raises(CorpusError, match=r"lessons\.parquet: cannot be read as Parquet"):
        teaching.read(path, plan, open_data(plan))
    arrays = [pa.array(cells) for cells in (*ONE.values(), [0.1])]
    table = pa.Table.from_arrays(arrays, names=[*ONE, "bomb"])
    pa.parquet.write_table(table, path)
    with pytest.raises(CorpusError, match="needs one column bomb"):
        teaching.read(path, plan, open_data(plan))


def test_what_cannot_be_written_or_named_is_told(folder, plan):
    with pytest.raises(CorpusError, match="cannot be written"):
        _written(folder / "nowhere" / "lessons.parquet", plan, ["u1"], [0.5])
    with pytest.raises(CorpusError, match="a label is called id"):
        said = np.zeros((0, 1), np.float32)
        teaching.write(folder / "x", [], ["id"], said, "t", open_data(plan))


@pytest.mark.parametrize("kind", ["ngram", "cascade", "cascade that teaches itself"])
def test_lessons_of_what_is_held_out_reach_no_model_that_is_measured(folder, kind, monkeypatch):
    plan = load(folder / "plain.toml")
    opened = open_data(plan)
    closed = _held_out(opened)
    ids = [f"u{i}" for i in range(12)]
    _written(folder / "lessons.parquet", plan, ids, [0.5] * 12)
    heard = []
    matrix = HashedNgrams.matrix

    def listening(self, sentences, idf):
        heard.append(list(sentences))
        return matrix(self, sentences, idf)

    monkeypatch.setattr(HashedNgrams, "matrix", listening)
    text = TOML
    if kind != "cascade that teaches itself":
        text += '[lessons]\npath = "lessons.parquet"\n'
    if kind == "ngram":
        text = text.replace('"cascade"', '"ngram"', 1)
        start, end = text.index("[model.fast]"), text.index("[splits]")
        text = text[:start] + "[model]\ncharacters = false\nbits = 10\n" + text[end:]
    run(parse(text, folder), opened, folder / "model")
    land = {f"u{i}": f"of land {i}." for i in range(12)}
    taught = [
        lot for lot in heard if lot and all(text.endswith(tuple(land.values())) for text in lot)
    ]
    assert len(taught) == (2 if kind == "cascade" else 1)
    expected = [f"u{i}" for i in range(12) if f"d{i}" not in closed]
    assert 0 < len(expected) < 12
    for lot in taught:
        assert [name for name in ids if any(text.endswith(land[name]) for text in lot)] == expected


def test_from_the_command_line_to_a_model_that_was_taught(folder):
    plan = load(folder / "plain.toml")
    run(plan, open_data(plan), folder / "teacher")
    asked = ["data", "lessons", str(folder / "plain.toml"), "--teacher", str(folder / "teacher")]
    path = folder / "lessons.parquet"
    told = CliRunner().invoke(app, [*asked, "--out", str(path), "--most", "5"])
    assert told.exit_code == 0, told.output
    digest = store.read_manifest(folder / "teacher")["digest"][:12]
    assert f"5 lessons of cascade {digest}" in told.output
    taught = load(folder / "taught.toml")
    trained = run(taught, open_data(taught), folder / "pupil")
    about = trained.training["lessons"]
    assert (about["sentences"], about["teacher"]) == (5, f"cascade {digest}")
    assert "has at last learnt from everything" in told.output
    card = (folder / "pupil" / store.CARD).read_text()
    assert f"cascade {digest}" in card
    again = run(taught, open_data(taught), folder / "again")
    assert again.digest == trained.digest
    asked = ["The fields of land 99 are open near the bomb."]
    plain, pupil = (store.load(folder / name).predict_proba(asked) for name in ("teacher", "pupil"))
    assert abs(plain - pupil).max() > 0


def test_lessons_of_held_out_documents_are_left_out():
    lessons = Lessons(["a", "b", "c"], np.zeros((3, 1), np.float32), [1, "d", 2], "t")
    kept = lessons.apart(np.array([2, 3]))
    assert (kept.sentences, kept.groups, kept.teacher) == (["a", "b"], [1, "d"], "t")
    assert kept.probabilities.shape == (2, 1)
    known = lessons.regrouped({"1": 7, "d": 8})
    assert known.groups == [7, 8, 2]
    assert Lessons(["a"], np.zeros((1, 1), np.float32)).regrouped({"1": 7}).groups is None
    with pytest.raises(ValueError, match="cannot teach 2"):
        lessons.expect_labels(2)
    with pytest.raises(ValueError, match="3 lessons"):
        Lessons(["a", "b", "c"], np.zeros((2, 1), np.float32))


def test_an_n_gram_model_does_not_read_lessons_of_what_it_holds_out():
    texts = [f"word{i} here" for i in range(30)]
    y = np.arange(30)[:, None] % 2 == 0
    groups = [f"g{i}" for i in range(30)]
    _, test = grouped_folds(np.asarray(groups), y, 3, 0)[0]
    closed = groups[test[0]]
    taught = Lessons(["zorblatt zorblatt"] * 40, np.ones((40, 1), np.float32), [closed] * 40)
    model = NgramClassifier(["l"], **NGRAM)
    plain = model.fit(texts, y, groups=groups).logits(["zorblatt"])
    untaught = model.fit(texts, y, groups=groups, taught=taught).logits(["zorblatt"])
    np.testing.assert_allclose(plain, untaught, atol=0.05)
    elsewhere = Lessons(taught.sentences, taught.probabilities, ["h"] * 40)
    assert model.fit(texts, y, groups=groups, taught=elsewhere).logits(["zorblatt"]) > plain + 1


def test_which_teachers_may_know_what_is_held_out(plan):
    opened = open_data(plan)
    good = {
        "kind": "encoder",
        "state": {"refit": False, "seed": 0},
        "training": {"data_digest": describe(opened.sentences)["data_digest"]},
        "splits": {"folds": 3, "alike": 0.6},
    }
    assert teaching.concern(good, plan, opened.sentences) is None
    for change in (
        {"kind": "ngram"},
        {"state": {"refit": True, "seed": 0}},
        {"state": {"refit": False, "seed": 1}},
        {"training": {"data_digest": "other"}},
        {"splits": {"folds": 4, "alike": 0.6}},
    ):
        assert teaching.concern(good | change, plan, opened.sentences)


def test_a_command_that_cannot_end_well_stops_before_it_asks(folder):
    plan = load(folder / "plain.toml")
    run(plan, open_data(plan), folder / "teacher")
    asked = ["data", "lessons", str(folder / "plain.toml"), "--teacher"]
    for more, fault in (
        ([str(folder / "teacher"), "--out", str(folder / "no" / "x.parquet")], "not there"),
        (["ngram", "--out", str(folder / "x.parquet")], "other labels"),
    ):
        told = CliRunner().invoke(app, [*asked, *more])
        assert told.exit_code != 0
        assert fault in str(told.exception)


@pytest.mark.parametrize("part", ["careful", "fast", "fast, of the careful one"])
def test_a_cascade_of_which_a_part_cannot_be_taught_says_so(folder, part):
    plan = load(folder / "plain.toml")
    opened = _written(folder / "lessons.parquet", plan, ["u1"], [0.5])
    name = "plain.toml" if "," in part else "taught.toml"
    text, part = (folder / name).read_text(), part.split(",")[0]
    start = text.index(f"[model.{part}]")
    end = text.index("[", start + 1)
    pipeline = f'[model.{part}]\nkind = "pipeline"\nfactory = "mine:words"\n'
    (folder / "mine.py").write_text(PIPELINE)
    with pytest.raises(ModelError, match="kind pipeline cannot be taught"):
        run(parse(text[:start] + pipeline + text[end:], folder), opened, folder / "model")


PIPELINE = """
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def words():
    return make_pipeline(TfidfVectorizer(), LogisticRegression())
"""


@pytest.mark.parametrize("lessons", [False, True])
def test_a_kind_that_cannot_be_taught_says_so(folder, lessons):
    text = 'kind = "pipeline"\ncodebook = "data"\n[data]\npath = "data.jsonl"\n'
    text += '[unlabelled]\npath = "more.jsonl"\n[model]\nfactory = "mine:words"\n'
    if lessons:
        _written(folder / "lessons.parquet", load(folder / "plain.toml"), ["u1"], [0.5])
        text += '[lessons]\npath = "lessons.parquet"\n'
    (folder / "mine.py").write_text(PIPELINE)
    (folder / "own.toml").write_text(text)
    plan = load(folder / "own.toml")
    with pytest.raises(ModelError, match=r"does not learn from (sentences without|a teacher)"):
        run(plan, open_data(plan), folder / "own")


def test_the_shipped_lessons_are_of_no_sentence_that_is_labelled_or_left_out():
    data = Path(__file__).resolve().parents[1] / "training_data"
    table = pa.parquet.read_table(data / "lessons.parquet")
    ids = table["id"].to_pylist()
    assert len(set(ids)) == len(ids) > 10_000
    assert not set(ids) & set((data / "rated_sentences.txt").read_text().split())
    assert not set(ids) & {label.id for label in stand_off(data)}
    assert table.column_names == ["id", "sha256", *Codebook.load().names]
    assert {len(digits) for digits in table["sha256"].to_pylist()} == {8}
