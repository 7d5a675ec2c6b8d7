"""A folder of more bad files than good ones, through the command as a user gives it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

from framing.documents.readers import is_single, registry
from tests.batch.malformed import KINDS, batch_measured, write_bad, write_good


def test_every_good_file_is_scored_and_every_bad_one_named(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "run"
    folder.mkdir()
    good, bad = write_good(folder), write_bad(folder)
    assert len(good) == 40 and len(bad) >= 40
    code, peak = batch_measured(folder, out)
    assert code == 1  # some could not be scored
    scored = pq.read_table(out / "documents").to_pylist()
    assert sorted(Path(row["path"].split("!")[0]).name for row in scored) == sorted(good)
    assert all(row["n_sentences"] >= 5 and row["casus_belli"] is not None for row in scored)
    lines = [json.loads(line) for line in (out / "errors.jsonl").read_text().splitlines()]
    named = {Path(line["path"].split("!")[0]).name: line["reason"] for line in lines}
    assert sorted(named) == sorted(bad)
    assert all(0 < len(reason) < 400 and "\n" not in reason for reason in named.values())
    assert not [name for name, reason in named.items() if "Traceback" in reason]
    assert peak < 500_000  # kB


def test_which_files_are_one_document_is_known_by_their_readers():
    assert set(registry._READERS.values()) >= registry._OF_ONE  # none renamed, none forgotten
    single = {suffix for suffix, _ in KINDS if is_single(suffix)}
    assert single == {".txt", ".md", ".html", ".docx", ".pdf", ".eml"}
