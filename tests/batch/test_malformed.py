"""A folder of more bad files than good ones, through the command as a user gives it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from tests.batch.malformed import write_bad, write_good

ROOT = Path(__file__).parents[2]


def test_every_good_file_is_scored_and_every_bad_one_named(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "run"
    folder.mkdir()
    good, bad = write_good(folder), write_bad(folder)
    assert len(good) == 40 and len(bad) >= 40
    code, peak = _batch(folder, out)
    assert code == 1  # some could not be scored
    scored = pq.read_table(out / "documents").to_pylist()
    assert sorted(Path(row["path"].split("!")[0]).name for row in scored) == sorted(good)
    assert all(row["n_sentences"] >= 5 and row["casus_belli"] is not None for row in scored)
    lines = [json.loads(line) for line in (out / "errors.jsonl").read_text().splitlines()]
    named = {Path(line["path"].split("!")[0]).name: line["reason"] for line in lines}
    assert sorted(named) == sorted(bad)
    assert all(0 < len(reason) < 400 and "\n" not in reason for reason in named.values())
    assert not [name for name, reason in named.items() if "Traceback" in reason]
    assert peak < 700_000  # kB


def _batch(folder: Path, out: Path) -> tuple[int, int]:
    """Exit code and peak memory in kB of the largest process."""
    options = ["--model", "ngram", "--language", "any", "--workers", "1"]
    start = "from framing.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", start, "batch", str(folder), "--out", str(out), *options],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss
