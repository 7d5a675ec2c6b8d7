import json

import pytest

from framing.codebook import Codebook
from framing.corpus.check import check
from framing.corpus.examples import digest
from framing.corpus.sources import Originals
from framing.errors import CorpusError

from .conftest import SOURCE, SPEECH

FORCE = "authored/force.jsonl"
REAL = f"real/{SOURCE}.jsonl"
BOOK = Codebook.load()


def run(planted, cases=None, project=None):
    return check(planted.folder, BOOK, Originals(planted.mirror), cases, project)


def test_a_clean_corpus_has_no_fault(planted):
    report = run(planted)
    assert report.problems == []
    assert (report.authored, report.real, report.verified) == (3, 2, 2)


def test_without_originals_hashes_are_counted_as_missing(planted, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    report = check(planted.folder, BOOK, Originals(empty))
    assert report.problems == [] and report.verified == 0
    assert [(m.source, m.sentences) for m in report.missing] == [(SOURCE, 2)]


@pytest.mark.parametrize(
    ("file", "line", "change", "kind"),
    [
        (FORCE, 3, {"labels": ["call_to_arms"]}, "unknown-label"),
        (FORCE, 3, {"labels": ["call_to_force", "call_to_force"]}, "bad-field"),
        (FORCE, 3, {"labels": "call_to_force"}, "bad-field"),
        (FORCE, 3, {"id": "no id"}, "bad-id"),
        (FORCE, 3, {"id": "force-0001"}, "duplicate-id"),
        (REAL, 2, {"id": "force-0003"}, "duplicate-id"),
        (FORCE, 3, {"text": " … "}, "bad-text"),
        (FORCE, 3, {"register": "poem"}, "unknown-register"),
        (FORCE, 3, {"labelled_on": "26.11.2026"}, "bad-date"),
        (FORCE, 3, {"mood": "grim"}, "unknown-field"),
        (FORCE, 3, {"pair": "force-2"}, "bad-pair"),
        (FORCE, 2, {"labels": ["evidentiary_claim"]}, "bad-pair"),
        (FORCE, 2, {"phenomenon": "negation"}, "bad-pair"),
        (FORCE, 3, {"text": "THE militia of Sarkovia burned four villages, last night!"},
         "duplicate-text"),
        (FORCE, 3, {"text": "The militia of Velmar burned four villages last night in anger."},
         "near-duplicate"),
        (REAL, 2, {"sha256": digest("another sentence")}, "wrong-hash"),
        (REAL, 2, {"sha256": "abc"}, "bad-field"),
        (REAL, 2, {"start": 400, "end": 300}, "bad-span"),
        (REAL, 2, {"end": 9999}, "bad-span"),
        (REAL, 2, {"source": "a-blog"}, "unknown-source"),
        (REAL, 2, {"text": "Our ports are open."}, "real-text"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_named_with_its_line(planted, file, line, change, kind):
    planted.change(file, line, **change)
    found = [(p.kind, p.line) for p in run(planted).problems if p.file.endswith(file)]
    assert (kind, line) in found
    assert {k for k, _ in found} == {kind}


def test_overlapping_stretches(planted):
    row = planted.lines(REAL)[0]
    start, end = row["start"] + 7, row["end"]
    planted.append(
        REAL, **{**row, "id": "real-0003", "start": start, "sha256": digest(SPEECH[start:end])}
    )
    assert [(p.kind, p.line) for p in run(planted).problems] == [("overlap", 3)]


def test_a_broken_line_is_one_fault(planted):
    path = planted.folder / FORCE
    path.write_text(path.read_text() + '{"id": "force-0004", \n')
    assert [(p.kind, p.line) for p in run(planted).problems] == [("unreadable", 4)]


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("Should the talks on the river border fail, we will send the fleet at dawn.", FORCE),
        ("Should the talks on the river border fail, we will send the army at dawn.", FORCE),
        ("Our ports are open, and our harvest was good this year.", REAL),
    ],
)
def test_a_behaviour_test_in_the_training_data(planted, tmp_path, text, file):
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps({"id": "case-1", "text": text}) + "\n")
    problems = run(planted, cases).problems
    assert [p.kind for p in problems] == ["leak"]
    assert problems[0].file.endswith(file) and str(cases) in problems[0].message


def test_other_behaviour_tests_are_no_leak(planted, tmp_path):
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps({"text": "The river border is quiet, and nobody sails."}) + "\n")
    report = run(planted, cases)
    assert report.problems == [] and report.cases == 1


def test_a_real_sentence_among_the_authored(planted):
    text = "We ask the Assembly to wait for the inspectors before anyone speaks of a war."
    planted.append(FORCE, id="force-0004", text=text, labels=["counter_frame"])
    assert [(p.kind, p.line) for p in run(planted).problems] == [("real-text", 4)]


def test_a_real_sentence_in_a_file_of_the_project(planted, tmp_path):
    page = tmp_path / "docs" / "example.md"
    page.parent.mkdir()
    page.write_text(
        "# Example\n\n> We ask the *Assembly* to wait for\n"
        "> the inspectors before anyone speaks of war. And so on.\n"
    )
    (problem,) = run(planted, project=tmp_path).problems
    assert (problem.kind, problem.file, problem.line) == ("real-text", str(page), 3)


def test_no_corpus_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="is no corpus"):
        check(tmp_path, BOOK)
