"""The columns that say whom a statement accuses, with what, and where it is strongest."""

from __future__ import annotations

import csv

import pyarrow.parquet as pq
import pytest

import framing
from framing.batch.query import query
from framing.batch.sheets import write_sheets

THREATS = (
    "The regime that rules Iran arms and pays the terrorists of Hamas. "
    "Iran is building a nuclear weapon, and our inspectors counted 40 centrifuges in May. "
    "We will strike the bases from which the terrorists of Hamas attack our people. "
)
HARMLESS = "The harbour is being enlarged. The school was opened by the deputy minister. "


@pytest.fixture
def mixed(tmp_path, score):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "1.txt").write_text(THREATS)
    (folder / "2.txt").write_text(HARMLESS)
    (folder / "3.txt").write_text(HARMLESS * 12 + THREATS)
    out, _ = score(folder)
    return out


def test_the_columns_are_those_of_the_score(mixed):
    model = framing.load("ngram")
    rows = pq.read_table(mixed / "documents").to_pylist()
    assert len(rows) == 3
    for row in rows:
        text = (mixed.parent / "in" / row["path"].rsplit("/", 1)[1]).read_text().strip()
        alone = framing.score(text, model)
        assert row["bands"] == pytest.approx(list(alone.bands.values()), abs=1e-6)
        assert sum(row["bands"]) == pytest.approx(1, abs=1e-5)
        assert (row["accusing"], row["backed"]) == (alone.evidence.accusing, alone.evidence.backed)
        assert row["unbacked"] == list(alone.evidence.unbacked)
        assert [(a["name"], a["count"]) for a in row["adversaries"]] == list(alone.adversaries)
        assert row["passage_text"] == alone.quote()
        assert row["profile"] == pytest.approx(list(alone.profile), abs=1e-3)
        if alone.passage:
            assert text[row["passage_start"] : row["passage_end"]] == row["passage_text"]
    assert [bool(row["passage_text"]) for row in rows] == [True, False, True]
    assert [bool(row["adversaries"]) for row in rows] == [True, False, True]
    assert [len(row["profile"]) for row in rows] == [0, 0, 5]


def test_adversaries_can_be_counted_with_sql(mixed):
    rows = list(
        query(
            mixed,
            "SELECT one.name AS name, sum(one.count) AS n FROM "
            "(SELECT unnest(adversaries) AS one FROM documents) GROUP BY ALL ORDER BY n DESC, name",
        )
    )
    assert {"Iran", "Hamas"} <= {row["name"] for row in rows}


def test_a_sheet_shows_them_as_text(mixed):
    write_sheets(mixed)
    with (mixed / "documents.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second, _ = csv.DictReader(file)
    assert "Hamas 2" in first["adversaries"].split("; ")
    assert second["adversaries"] == second["passage_text"] == ""
    assert sum(map(float, first["bands"].split())) == pytest.approx(1, abs=1e-3)
