import json

import pytest

from framing.codebook import Codebook
from framing.corpus.examples import REAL, load, stand_off
from framing.corpus.importing import import_file
from framing.corpus.sources import Originals

from .conftest import SOURCE

BOOK = Codebook.load()
RECORD = {
    "id": "new-0001",
    "source": SOURCE,
    "document": "KAN_79_2024.txt",
    "text": "The Government of Kandoria has built cent-rifuges for one purpose alone: a bomb.",
    "labels": ["E", "W"],
    "title": "is dropped",
}


@pytest.fixture
def bring(planted, tmp_path):
    def run(*records):
        file = tmp_path / "new.jsonl"
        file.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
        defaults = {"annotator": "reader", "labelled_on": "2026-11-26", "codebook": "1.3"}
        return import_file(file, planted.folder, Originals(planted.mirror), BOOK, defaults)

    return run


def test_a_sentence_becomes_a_label_without_its_text(planted, bring):
    done = bring(RECORD)
    assert not done.refused
    row = next(r for r in planted.lines(f"real/{SOURCE}.jsonl") if r["id"] == "new-0001")
    assert row["labels"] == ["wmd", "evidentiary_claim"]  # in the codebook's order
    assert (row["annotator"], row["labelled_on"]) == ("reader", "2026-11-26")
    assert not {"text", "title"} & set(row)
    found, missing = load(planted.folder, REAL, planted.mirror)
    assert not missing
    assert {s.text for s in found if s.id == "new-0001"} == {RECORD["text"]}


def test_rows_stay_sorted_and_a_known_id_is_replaced(planted, bring):
    bring(RECORD)
    done = bring({**RECORD, "labels": []})
    assert done.replaced == 1
    rows = stand_off(planted.folder)
    assert [row.id for row in rows] == ["new-0001", "real-0001", "real-0002"]
    assert rows[0].labels == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": "Kandoria has never built anything."}, "does not hold the sentence"),
        ({"start": 0, "end": 14}, "holds another text"),
        ({"document": "KAN_80_2025.txt"}, "lacks the document"),
        ({"labels": ["Z"]}, "no code 'Z'"),
        ({"text": "Our ports are open, and our harvest was good this year!"}, "overlaps real-0002"),
    ],
)
def test_what_cannot_be_verified_is_refused(planted, bring, change, reason):
    before = stand_off(planted.folder)
    done = bring({**RECORD, **change})
    assert [reason in r.reason for r in done.refused] == [True]
    assert stand_off(planted.folder) == before


def test_a_record_without_text_is_refused_and_the_others_go_on(bring):
    done = bring({"id": "x-0001", "source": SOURCE}, RECORD)
    assert [(r.line, r.reason) for r in done.refused] == [(1, "lacks document, text, labels")]
    assert len(done.labels) == 1
