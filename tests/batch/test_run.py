from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import framing
from framing.batch import Options, plan, run
from framing.batch.files import Layout, locked
from framing.errors import FramingError
from tests.batch.conftest import contents, statement, write_archive


def test_a_run_holds_what_scoring_one_by_one_gives(archive, score):
    out, summary = score(archive)
    documents = pq.read_table(out / "documents").to_pylist()
    sentences = pq.read_table(out / "sentences").to_pylist()
    assert (summary.documents, summary.parts, summary.errors) == (40, 5, 0)
    assert [d["title"] for d in documents] == [f"Statement {n}" for n in range(40)]
    assert summary.sentences == len(sentences) == sum(d["n_sentences"] for d in documents)
    model = framing.load("ngram")
    for number in (0, 17, 39):
        text = (archive / f"{number:04d}.txt").read_text().split("\n", 2)[2].strip()
        alone = framing.score(text, model)
        row = documents[number]
        assert row["casus_belli"] == pytest.approx(alone.casus_belli, abs=1e-4)
        mine = [s for s in sentences if s["document"] == row["id"]]
        assert [s["text"] for s in mine] == [s.text for s in alone.sentences]
        assert all(text[s["start"] : s["end"]] == s["text"] for s in mine)
        for got, expected in zip(mine, alone.sentences, strict=True):
            for name, value in expected.probabilities.items():
                assert got[f"p_{name}"] == pytest.approx(value, abs=1e-6)


def test_the_number_of_workers_changes_nothing(archive, score):
    one, _ = score(archive, out="one", workers=1)
    two, _ = score(archive, out="two", workers=2)
    assert contents(one) == contents(two)


def test_nothing_but_the_results_is_left(archive, score):
    out, _ = score(archive)
    names = sorted(p.name for p in out.iterdir())
    assert names == ["documents", "errors.jsonl", "run.json", "sentences"]


def test_a_complete_run_is_left_as_it_is(archive, score):
    out, first = score(archive)
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*.parquet")}
    _, second = score(archive)
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*.parquet")} == before
    assert second.documents == first.documents and second.resumed == 5


def test_bad_documents_cost_a_line_each(tmp_path, score):
    folder = write_archive(tmp_path / "in", 10)
    (folder / "0002a.txt").write_bytes(b"")
    (folder / "0004a.txt").write_bytes(b"abc\0def")
    (folder / "0006a.pdf").write_bytes(b"%PDF-1.7 cut short")
    (folder / "0007a.txt").write_text("...\n\n---\n")
    (folder / "0008a.txt").symlink_to("0008a.txt")
    gone = tmp_path / "gone.txt"
    out, summary = score(gone, folder, part_size=4)
    lines = [json.loads(line) for line in (out / "errors.jsonl").read_text().splitlines()]
    names = ["gone.txt", "0002a.txt", "0004a.txt", "0006a.pdf", "0007a.txt", "0008a.txt"]
    assert [Path(line["path"]).name for line in lines] == names
    assert all(line["reason"] and set(line) == {"path", "position", "reason"} for line in lines)
    assert (summary.documents, summary.errors) == (10, 6)
    other, _ = score(gone, folder, part_size=4, out="two", workers=2)
    assert contents(out) == contents(other)


def test_a_document_the_model_stumbles_over_is_named_and_the_rest_scored(
    archive, score, monkeypatch
):
    from framing.classifiers.ngram import NgramClassifier

    honest = NgramClassifier.logits
    poison = (archive / "0005.txt").read_text().split("\n", 2)[2].split(".")[0]

    def logits(self, sentences):
        if any(s.startswith(poison) for s in sentences) and len(sentences) == 12:
            raise FloatingPointError("cannot digest this")
        if len(sentences) > 12:
            raise FloatingPointError("one of these")
        return honest(self, sentences)

    monkeypatch.setattr(NgramClassifier, "logits", logits)
    out, summary = score(archive / "0005.txt", archive / "0006.txt", archive / "0007.txt")
    lines = (out / "errors.jsonl").read_text().splitlines()
    assert summary.documents + summary.errors == 3 and summary.errors == len(lines) >= 1
    assert "cannot digest this" in lines[0] and "0005.txt" in lines[0]


@pytest.mark.parametrize(
    ("change", "named"),
    [({"part_size": 4}, "part_size"), ({"language": "en"}, "language"), ({}, "inputs")],
)
def test_a_changed_run_is_refused_in_one_line(tmp_path, score, change, named):
    folder = write_archive(tmp_path / "in", 6)
    out, _ = score(folder)
    before = contents(out)
    if not change:
        (folder / "0003.txt").write_text(statement(99))
    with pytest.raises(FramingError, match=named) as caught:
        score(folder, **change)
    assert "\n" not in str(caught.value) and "another folder" in str(caught.value)
    assert contents(out) == before


def test_another_model_is_refused(tmp_path, archive, score):
    from framing.classifiers import store
    from framing.models import locate

    out, _ = score(archive)
    other = framing.load("ngram")
    other.thresholds_ = other.thresholds_ * 0.5
    store.save(other, tmp_path / "other")
    assert store.verify(tmp_path / "other") != store.verify(locate("ngram"))
    options = Options(language="any", part_size=8)
    with pytest.raises(FramingError, match="other model"):
        run(plan([str(archive)], out, tmp_path / "other", None, options))


def test_a_folder_with_something_else_is_not_written_to(tmp_path, archive, score):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.docx").write_text("my only copy")
    with pytest.raises(FramingError, match=r"thesis\.docx"):
        score(archive)
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["thesis.docx"]


def test_two_at_once_are_refused(archive, score, tmp_path):
    layout = Layout(tmp_path / "run")
    layout.begin()
    with locked(layout), pytest.raises(FramingError, match="another `framing batch`"):
        score(archive)


def test_a_half_written_part_is_made_again(archive, score, tmp_path, monkeypatch):
    """Sentences are there, the documents that make the part count are not."""
    whole, _ = score(archive, out="whole")
    from framing.batch import worker

    honest = worker.write_table

    def full_disk(table, path, scratch):
        if path.name == "part-00002.parquet" and "id" in table.column_names:
            raise OSError(28, "No space left on device")
        honest(table, path, scratch)

    monkeypatch.setattr(worker, "write_table", full_disk)
    with pytest.raises(FramingError, match="No space left on device; make room"):
        score(archive)
    out = tmp_path / "run"
    assert (out / "sentences" / "part-00002.parquet").exists()
    assert json.loads((out / "run.json").read_text())["state"] == "running"
    (out / "sentences" / "part-00002.parquet").write_bytes(b"half")
    monkeypatch.undo()
    _, summary = score(archive)
    assert summary.resumed == 2
    assert contents(out) == contents(whole)


def test_unusual_text_is_kept_as_utf8(tmp_path, score):
    folder = tmp_path / "in"
    folder.mkdir()
    text = "Café «Zürich» — 平和. We will not wait. \U0001f54a We act now."
    (folder / "a.txt").write_text(text, encoding="utf-8")
    out, _ = score(folder)
    got = pq.read_table(out / "sentences").to_pylist()
    assert all(text[s["start"] : s["end"]] == s["text"] for s in got) and len(got) >= 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(tmp_path, score):
    folder = write_archive(tmp_path / "in", 3)
    (folder / "0001.txt").chmod(0)
    out, summary = score(folder)
    assert summary.errors == 1 and "ermission" in (out / "errors.jsonl").read_text()


def test_a_file_that_vanishes_between_plan_and_run(tmp_path):
    folder = write_archive(tmp_path / "in", 3)
    planned = plan([str(folder)], tmp_path / "run", "ngram", None, Options(language="any"))
    shutil.move(folder / "0001.txt", tmp_path / "elsewhere.txt")
    summary = run(planned)
    assert (summary.documents, summary.errors) == (2, 1)


def test_killed_before_there_was_a_run_it_begins(archive, score, tmp_path):
    Layout(tmp_path / "run").begin()
    (tmp_path / "run" / ".work" / "tmp" / "run.json.123").write_text('{"format"')
    out, summary = score(archive)
    assert summary.documents == 40 and not (out / ".work").exists()
