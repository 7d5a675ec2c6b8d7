"""Files of many records: read where the run is led, scored by the workers."""

from __future__ import annotations

import gzip
import json

import pyarrow.parquet as pq
import pytest

from framing.documents.readers import Fields, suffixes
from tests.batch.conftest import contents, statement

pytestmark = pytest.mark.skipif(
    ".jsonl" not in suffixes(), reason="this version has no reader of JSON Lines"
)


def test_records_keep_their_order_and_bad_ones_their_position(tmp_path, score):
    rows = [
        json.dumps({"body_de": statement(n), "headline": f"Number {n}", "date": "2024-05-06"})
        for n in range(30)
    ]
    rows[11] = '{"body_de": "cut off'
    rows[20] = json.dumps({"headline": "no text"})
    with gzip.open(tmp_path / "archive.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    options = {"fields": Fields(text="body_de"), "part_size": 7}
    one, summary = score(tmp_path / "archive.jsonl.gz", **options)
    two, _ = score(tmp_path / "archive.jsonl.gz", **options, out="two", workers=2)
    assert contents(one) == contents(two)
    assert (summary.documents, summary.errors, summary.parts) == (28, 2, 5)
    documents = pq.read_table(one / "documents").to_pylist()
    assert [d["position"] for d in documents] == [n for n in range(30) if n not in (11, 20)]
    assert [d["title"] for d in documents] == [f"Number {d['position']}" for d in documents]
    errors = [json.loads(line) for line in (one / "errors.jsonl").read_text().splitlines()]
    assert [e["position"] for e in errors] == [11, 20]


def test_broken_characters_from_json_escapes_cost_their_record_only(tmp_path, score):
    bad = {"text": "We \ud800 will strike them soon. They have the bomb."}
    good = {"text": "They have the bomb. We will strike them soon."}
    (tmp_path / "a.jsonl").write_text(json.dumps(bad) + "\n" + json.dumps(good) + "\n")
    out, summary = score(tmp_path / "a.jsonl")
    assert (summary.documents, summary.errors) == (1, 1)
    assert pq.read_table(out / "sentences").num_rows == 2
    (error,) = [json.loads(line) for line in (out / "errors.jsonl").read_text().splitlines()]
    assert error["position"] == 0 and "UTF-8" in error["reason"]
