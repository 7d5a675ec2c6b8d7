from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.errors import CorpusError, ReadError
from framing.web.annotate import intake, settled
from framing.web.annotate.intake import Columns
from framing.web.annotate.project import Project

STATEMENT = (
    "The bridge at Oberau is closed. It will cost 400 crowns to mend. We object to that. "
    "The choir sings on Sunday."
)


def _read(path: Path, project: Project, **options):
    refused: list[str] = []
    return list(intake.read(path, project.codebook, refused.append, **options)), refused


def test_a_table_with_its_own_column_names(project, tmp_path):
    path = tmp_path / "minutes.csv"
    path.write_text(
        "satz;davor;danach;akte;codes\n"
        "Die Brücke ist zu.;Vorher.;Nachher.;A1;R\n"
        "Nichts.;;;A1;\n"
        "  ;leer;;A2;\n"
        "Was nun?;;;A2;X\n",
        encoding="utf-8",
    )
    columns = Columns("satz", before="davor", after="danach", document="akte", labels="codes")
    found, refused = _read(path, project, columns=columns)
    assert [c.text for c in found] == ["Die Brücke ist zu.", "Nichts."]
    assert (found[0].before, found[0].after, found[0].document) == ("Vorher.", "Nachher.", "A1")
    assert found[0].labels == ("roads",)
    assert found[1].labels is None
    assert len(refused) == 2
    assert "line 4" in refused[0] and "no text" in refused[0]
    assert "line 5" in refused[1] and "'X'" in refused[1]


def test_a_column_that_is_not_there_is_named(project, table):
    with pytest.raises(CorpusError, match="has no column 'satz'; it has id, text"):
        _read(table(3), project, columns=Columns(text="satz"))


def test_running_text_becomes_sentences_with_their_neighbours(project, tmp_path):
    path = tmp_path / "speech.txt"
    path.write_text(STATEMENT, encoding="utf-8")
    found, _ = _read(path, project)
    assert len(found) == 4
    assert found[0].before == ""
    assert found[2].before == "The bridge at Oberau is closed. It will cost 400 crowns to mend."
    assert found[2].after == "The choir sings on Sunday."
    assert len({c.document for c in found}) == 1
    elsewhere = tmp_path / "elsewhere" / "speech.txt"
    elsewhere.parent.mkdir()
    elsewhere.write_text(STATEMENT, encoding="utf-8")
    assert [c.id for c in _read(elsewhere, project)[0]] == [c.id for c in found]


def test_lines_are_sentences_of_their_own(project, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("One. Still one.\n\n  Two \x07 words \n" + "x" * 30_000 + "\n")
    found, refused = _read(path, project, lines=True)
    assert [c.text for c in found] == ["One. Still one.", "Two words"]
    assert found[0].document != found[1].document
    assert len(refused) == 1 and "line 4" in refused[0]


def test_what_is_no_text_is_refused_with_a_reason(project, tmp_path):
    binary = tmp_path / "image.txt"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    with pytest.raises(ReadError, match="PNG"):
        _read(binary, project)
    with pytest.raises(CorpusError, match="not UTF-8"):
        _read(binary, project, lines=True)
    with pytest.raises((CorpusError, ReadError), match="absent"):
        _read(tmp_path / "absent.csv", project)


def test_hostile_cells_become_plain_text(project, tmp_path):
    path = tmp_path / "evil.jsonl"
    rows = [
        {"text": "a\u0000b\u2028c\u202ed", "before": ["not", "text"]},
        {"text": "\ud800 lone"},
        {"text": {"nested": "text"}},
        {"text": "x", "labels": 7},
        {"text": "y", "labels": ["money", "money", "R"]},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found, refused = _read(path, project)
    assert found[0].text == "a b c\u202ed"
    assert found[1].text == "lone"
    assert len(refused) == 1 and "labels" in refused[0]
    with project.session() as db:
        done = intake.add(db, found, project.codebook)
        assert done.sentences == len(found)
        by_text = {s.text: s.labels for s in settled.settled(db, project.codebook)}
    assert by_text == {"y": ("money", "roads")}


def test_import_again_adds_nothing_and_another_text_is_refused(project, table, tmp_path):
    with project.session() as db:
        again = intake.add(db, _read(table(12), project)[0], project.codebook)
        assert (again.sentences, again.known, again.refused) == (0, 12, [])
        other = [intake.Candidate(id="s1", text="Another.", source="m", document="d")]
        assert "another text" in intake.add(db, other, project.codebook).refused[0]


def test_a_failure_in_the_middle_of_an_import_leaves_nothing(project):
    def broken():
        yield intake.Candidate(id="new", text="New.", source="m", document="d")
        raise CorpusError("the file ends here")

    with project.session() as db:
        with pytest.raises(CorpusError):
            intake.add(db, broken(), project.codebook)
        assert db.execute("SELECT COUNT(*) FROM sentences WHERE id = 'new'").fetchone()[0] == 0


def test_a_corpus_comes_in_with_its_annotators(project, tmp_path):
    folder = tmp_path / "corpus" / "authored"
    folder.mkdir(parents=True)
    rows = [
        {"id": "a1", "text": "The lane is closed.", "labels": ["roads"], "annotator": "Ana"},
        {"id": "a2", "text": "It rains.", "labels": []},
        {"id": "a3", "text": "Sunny.", "labels": ["weather"]},
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "part.jsonl").write_text(lines, encoding="utf-8")
    found, refused = _read(folder.parent, project)
    assert len(found) == 2 and "weather" in refused[0]
    with project.session() as db:
        done = intake.add(db, found, project.codebook, "somebody")
        assert done.labels == 2
        assert [s.id for s in settled.by_annotator(db, project.codebook, "somebody")] == ["a2"]
