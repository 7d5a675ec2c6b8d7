from __future__ import annotations

import time

import numpy as np
import pytest

import framing
from framing.errors import ModelError
from framing.web.annotate import intake, jobs, learning
from framing.web.annotate.decisions import Decision, decide
from framing.web.annotate.project import Project
from framing.web.annotate.settled import settled
from tests.web.conftest import sentences, truth


@pytest.fixture
def labelled(project: Project, table) -> Project:
    """160 sentences, 120 of them labelled by Ana as their text shows."""
    with project.session() as db:
        intake.add(db, intake.read(table(160), project.codebook, pytest.fail), project.codebook)
        _label(db, project, 0, 120)
    return project


def _label(db, project, begin, end):
    rows = db.execute("SELECT n, text FROM sentences WHERE n > ? AND n <= ?", (begin, end))
    for row in rows.fetchall():
        labels = tuple(truth(row["text"]))
        decide(db, Decision(row["n"], "Ana", "w", f"k{row['n']}", labels), project.codebook)


def test_the_offer_comes_after_a_hundred_and_again_after_another(labelled):
    with labelled.session() as db:
        assert jobs.offer(db, 19)["possible"] is False
        assert jobs.offer(db, 99)["offered"] is False
        assert jobs.offer(db, 100)["offered"] is True
        jobs.decline(db, 120)
        assert jobs.offer(db, 219)["offered"] is False
        assert jobs.offer(db, 220)["offered"] is True


def test_train_in_its_own_process_then_again_and_see_what_changed(labelled):
    number = jobs.begin(labelled, jobs.TRAIN)
    with pytest.raises(jobs.Busy):
        jobs.begin(labelled, jobs.TRAIN)
    first = _wait(labelled)
    assert (first["n"], first["state"]) == (number, "done"), first["error"]
    assert first["result"]["sentences"] == 120
    assert first["result"]["macro"]["now"]["value"] > 0.6
    assert first["result"]["macro"]["change"] is None
    model = framing.load(first["model"])
    assert set(model.labels) == set(labelled.codebook.names)
    with labelled.session() as db:
        assert db.execute("SELECT COUNT(*) FROM sentences WHERE doubt IS NULL").fetchone()[0] == 0
        assert jobs.offer(db, 120)["offered"] is False
        _label(db, labelled, 120, 160)
        jobs.run(labelled, _row(db))
        second = jobs.latest(db)
    assert second["state"] == "done", second["error"]
    change = second["result"]["macro"]["change"]
    assert second["result"]["before_sentences"] == 120
    assert change["low"] <= change["value"] <= change["high"]


def _row(db):
    db.execute(
        "INSERT INTO jobs (kind, state, started, beat) VALUES ('train', 'running', '', ?)",
        (time.time(),),
    )
    return db.execute("SELECT MAX(n) FROM jobs").fetchone()[0]


def _wait(project):
    for _ in range(6_000):  # patience for a machine that does other things too
        with project.session() as db:
            job = jobs.latest(db)
        if job["state"] != "running":
            return job
        time.sleep(0.1)
    pytest.fail(f"the job did not end: {job}")


def test_too_few_labels_are_said_kindly(project):
    with project.session() as db:
        _label(db, project, 0, 12)
        jobs.run(project, _row(db))
        job = jobs.latest(db)
    assert job["state"] == "failed"
    assert job["error"] == "12 settled sentences are too few to learn from; 20 are the least"


def test_a_job_whose_process_was_killed_is_buried(project):
    with project.session() as db:
        number = _row(db)
        db.execute("UPDATE jobs SET pid = 4194303, beat = beat - 60 WHERE n = ?", (number,))
        assert jobs.latest(db)["state"] == "failed"
    assert jobs.begin(project, jobs.SCORE, "absent") > number
    assert "no such model" in _wait(project)["error"]


def test_a_model_of_other_labels_is_not_asked(project):
    with project.session() as db, pytest.raises(ModelError, match="money"):
        learning.ask(db, "ngram", project.codebook, lambda *_: None)


def test_changes_tell_labels_apart_and_leave_out_rare_ones(project):
    rows = sentences(60)
    there = np.array([[name in truth(r["text"]) for name in project.codebook.names] for r in rows])
    there[:, 2] = False
    there[:3, 2] = True  # three sentences are no measure
    then = there.copy()
    then[:30] = False
    groups = [row["document"] for row in rows]
    found = learning.changes(project.codebook, there, there, then, groups)
    money, roads, protest = found["labels"]
    assert money["now"]["value"] == 1 and money["change"]["low"] > 0
    assert roads["before"] < 1
    assert protest["now"] is None and found["macro"]["labels"] == 2
    rare, perfect = found["notes"]
    assert rare == "Too few sentences to measure, fewer than 5: Protest (3)."
    assert "no certainty" in perfect
    same = learning.changes(project.codebook, there, then, then, groups)
    assert same["macro"]["change"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_few_documents_are_tested_by_sentence_and_said_so(labelled):
    with labelled.session() as db:
        found = settled(db, labelled.codebook)
        _, groups, notes = learning.grouped(found)
        assert 5 <= len(set(groups)) < len(found)
        assert not any("fewer than" in note for note in notes)
        db.execute("UPDATE sentences SET document = 'one'")
        alone, groups, notes = learning.grouped(settled(db, labelled.codebook))
    assert len(set(groups)) >= 5
    assert len({s.document for s in alone}) == len(alone)
    assert "fewer than 5 documents" in notes[0]


def test_doubt_is_greatest_at_the_threshold():
    found = learning.doubt(np.array([[0.0, 1.0], [0.3, 0.0], [0.9, 0.65]]), np.array([0.3, 0.3]))
    assert found.tolist() == pytest.approx([0.0, 1.0, 0.5])
