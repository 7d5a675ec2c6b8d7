from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from framing.errors import CodebookError, CorpusError
from framing.web.annotate import database, settled
from framing.web.annotate.decisions import (
    CODERS,
    Conflict,
    Decision,
    decide,
    known_as,
    next_sentence,
    put_setting,
    undo,
)
from framing.web.annotate.project import Project, open_project

_keys = iter(range(1_000_000))


@pytest.fixture
def db(project: Project) -> Iterator[sqlite3.Connection]:
    with project.session() as db:
        yield db


def _say(db, project, number, who, labels, window="w", expected=None, final=False, skipped=None):
    return decide(
        db,
        Decision(
            sentence=number,
            annotator=who,
            window=window,
            key=f"key-{next(_keys)}",
            labels=labels,
            skipped=skipped,
            expected=expected,
            final=final,
        ),
        project.codebook,
    )


def _label_all(db, project, who, labels=()):
    seen = []
    while sentence := next_sentence(db, who, f"window of {who}"):
        seen.append(sentence["n"])
        _say(db, project, sentence["n"], who, labels, f"window of {who}")
    return seen


def test_every_annotator_sees_every_sentence_once_in_the_same_order(db, project):
    ana, ben = _label_all(db, project, "Ana"), _label_all(db, project, "Ben")
    assert sorted(ana) == list(range(1, 13))
    assert ana == ben != sorted(ana)
    assert len(settled.settled(db, project.codebook)) == 12


def test_with_one_annotator_a_sentence_two_share_the_work(db, project):
    put_setting(db, CODERS, 1)
    seen = []
    while True:
        pair = [next_sentence(db, who, who) for who in ("Ana", "Ben")]
        if not any(pair):
            break
        for who, sentence in zip(("Ana", "Ben"), pair, strict=True):
            if sentence:
                seen.append(sentence["n"])
                _say(db, project, sentence["n"], who, ("money",))
    assert sorted(seen) == list(range(1, 13))


def test_two_windows_of_one_annotator_get_different_sentences(db, project):
    first = next_sentence(db, "Ana", "left")
    second = next_sentence(db, "Ana", "right")
    assert first["n"] != second["n"]
    assert next_sentence(db, "Ana", "left")["n"] == first["n"]


def test_a_sentence_open_in_a_window_that_was_closed_is_not_lost(db, project):
    next_sentence(db, "Ana", "closed without a word")
    assert sorted(_label_all(db, project, "Ana")) == list(range(1, 13))


def test_a_second_window_cannot_write_over_a_decision_it_has_not_seen(db, project):
    seq = _say(db, project, 1, "Ana", ("money",), "left")
    with pytest.raises(Conflict) as caught:
        _say(db, project, 1, "Ana", ("roads",), "right")
    assert caught.value.current["labels"] == ["money"]
    assert caught.value.current["seq"] == seq
    _say(db, project, 1, "Ana", ("roads",), "right", expected=seq)
    assert [s.labels for s in settled.settled(db, project.codebook)] == [("roads",)]
    assert db.execute("SELECT COUNT(*) FROM decisions").fetchone()[0] == 2


def test_a_decision_sent_twice_counts_once(db, project):
    decision = Decision(1, "Ana", "w", "the same key", labels=("money",))
    assert decide(db, decision, project.codebook) == decide(db, decision, project.codebook)
    assert db.execute("SELECT COUNT(*) FROM decisions").fetchone()[0] == 1


def test_of_many_writers_at_once_exactly_one_wins(project):
    barrier = threading.Barrier(8)

    def write(k: int) -> bool:
        with project.session() as db:
            barrier.wait()
            try:
                _say(db, project, 5, "Ana", ("money",) if k % 2 else (), f"window {k}")
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1


def test_undo_brings_back_what_stood_before(db, project):
    seq = _say(db, project, 3, "Ana", ("money",))
    _say(db, project, 3, "Ana", ("roads",), expected=seq)
    back = undo(db, "Ana", "w")
    assert back["undone"]["labels"] == ["roads"]
    assert back["decision"]["labels"] == ["money"]
    assert undo(db, "Ana", "w")["decision"] is None
    assert undo(db, "Ana", "w") is None
    assert settled.settled(db, project.codebook) == []


def test_undo_takes_back_this_windows_decision_before_anothers(db, project):
    _say(db, project, 1, "Ana", (), "left")
    _say(db, project, 2, "Ana", (), "right")
    assert undo(db, "Ana", "left")["n"] == 1


def test_a_disagreement_is_reviewed_and_the_final_decision_stands(db, project):
    _say(db, project, 1, "Ana", ("money",))
    _say(db, project, 1, "Ben", ("money", "roads"))
    _say(db, project, 2, "Ana", ())
    _say(db, project, 2, "Ben", None, skipped="no sentence")
    assert settled.counts(db)["disputed"] == 1
    sentence = next_sentence(db, "Cem", "w", final=True)
    assert {v["annotator"]: v["labels"] for v in sentence["votes"]} == {
        "Ana": ["money"],
        "Ben": ["money", "roads"],
    }
    _say(db, project, 1, "Cem", ("roads",), final=True)
    assert next_sentence(db, "Cem", "w", final=True) is None
    by_id = {s.id: s for s in settled.settled(db, project.codebook)}
    assert by_id["s0"].labels == ("roads",)
    assert by_id["s0"].annotator == "Cem"
    with pytest.raises(Conflict):
        _say(db, project, 1, "Dora", ("money",), final=True)


def test_review_can_pass_a_sentence_and_comes_back_to_it(db, project):
    for n in (1, 2):
        _say(db, project, n, "Ana", ("money",))
        _say(db, project, n, "Ben", ())
    assert next_sentence(db, "Cem", "w", final=True)["n"] == 1
    assert next_sentence(db, "Cem", "w", final=True, passed=[1])["n"] == 2
    assert next_sentence(db, "Cem", "w", final=True, passed=[1, 2])["n"] == 1


def test_uncertain_sentences_come_first_once_a_model_has_spoken(db, project):
    db.execute("UPDATE sentences SET doubt = n / 12.0")
    assert next_sentence(db, "Ana", "w", "uncertain")["n"] == 12
    assert next_sentence(db, "Ana", "w", "given")["n"] == 1
    _say(db, project, 4, "Ben", ())
    assert next_sentence(db, "Ana", "w", "uncertain")["n"] == 4  # to be compared with Ben's


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"labels": ("absent",)}, CodebookError),
        ({"labels": None}, CorpusError),
        ({"skipped": "why not"}, CorpusError),
        ({"labels": None, "skipped": "   "}, CorpusError),
        ({"labels": None, "skipped": "later", "final": True}, CorpusError),
        ({"sentence": 99}, CorpusError),
        ({"key": ""}, CorpusError),
    ],
)
def test_what_is_no_decision_is_refused_and_leaves_nothing(db, project, change, error):
    given = {"sentence": 1, "annotator": "Ana", "window": "w", "key": "k", "labels": ("money",)}
    with pytest.raises(error):
        decide(db, Decision(**(given | change)), project.codebook)
    assert db.execute("SELECT COUNT(*) FROM decisions").fetchone()[0] == 0


def test_names_of_annotators(db, project):
    _say(db, project, 1, "Ana", ())
    assert known_as(db, "  ANA ") == "Ana"
    assert known_as(db, "Bén  O'Hara") == "Bén O'Hara"
    for bad in ("", "  ", "x" * 61, "a\u202eb", "a\x00b"):
        with pytest.raises(CorpusError):
            known_as(db, bad)


def test_agreement_of_two_annotators(db, project):
    for n in range(1, 11):
        _say(db, project, n, "Ana", ("money",) if n <= 5 else ())
        _say(db, project, n, "Ben", ("money",) if n <= 4 else ())
    (found,) = settled.agreement(db, project.codebook)
    figures = {row["measure"]: row["value"] for row in found["figures"]}
    assert found["sentences"] == 10
    assert figures["identical sets"] == 0.9
    assert figures["money kappa"] == pytest.approx(0.8)  # po 0.9, pe 0.5
    assert figures["roads kappa"] is None


def test_a_project_keeps_its_codebook_and_refuses_another(project, codebook, tmp_path):
    revised = tmp_path / "revised.toml"
    text = codebook.read_text(encoding="utf-8")
    revised.write_text(text.replace("2.0", "2.1"), encoding="utf-8")
    assert open_project(project.folder, revised).codebook.version == "2.1"
    assert open_project(project.folder).codebook.version == "2.1"
    other = tmp_path / "other.toml"
    other.write_text('[[labels]]\nname = "weather"\n', encoding="utf-8")
    with pytest.raises(CorpusError, match="weather"):
        open_project(project.folder, other)


def test_a_folder_or_database_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(CorpusError, match="no annotation project"):
        open_project(tmp_path)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(CorpusError, match="another program"):
        database.connect(other)
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"not a database at all" * 100)
    with pytest.raises(CorpusError, match="cannot be used"):
        database.connect(broken)


def test_the_token_is_long_kept_and_private(project):
    token = project.token()
    assert len(token) == 32
    assert project.token() == token
    assert (project.folder / "token").stat().st_mode & 0o077 == 0
    (project.folder / "token").write_text("x")
    assert len(project.token()) == 32
