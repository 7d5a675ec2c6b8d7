"""The commands of ``framing data``, run as a user runs them."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "training_data"
START = "import framing.cli; framing.cli.main()"
FORCE = "Should the talks on the river border fail, we will send the fleet at dawn."
CALM = "The harbour commission will meet again when the new cranes have been paid for."


@pytest.fixture
def run(tmp_path):
    def call(*args: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", START, "data", *map(str, args)]
        clean = {k: v for k, v in os.environ.items() if k != "FRAMING_MIRROR"}
        environment = clean | {
            "PYTHONPATH": str(ROOT),
            "FRAMING_CACHE": str(tmp_path / "cache"),
        }
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def corpus(tmp_path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "authored").mkdir(parents=True)
    rows = [
        {"id": "force-0001", "text": FORCE, "labels": ["call_to_force"], "register": "speech"},
        {"id": "force-0002", "text": CALM, "labels": [], "register": "briefing"},
    ]
    write(folder / "authored" / "force.jsonl", rows)
    return folder


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_check_is_green_and_red(run, corpus):
    assert "2 authored and 0 real sentences checked" in run("check", "--data", corpus).stdout
    path = corpus / "authored" / "force.jsonl"
    path.write_text(path.read_text().replace("call_to_force", "call_to_arms"))
    table = run("check", "--data", corpus, code=1).stdout
    assert "unknown-label" in table and "Faults: 1" in table
    report = json.loads(run("check", "--data", corpus, "--format", "json", code=1).stdout)
    (problem,) = report["problems"]
    assert (problem["kind"], problem["file"], problem["line"]) == ("unknown-label", str(path), 1)
    rows = csv.DictReader(
        io.StringIO(run("check", "--data", corpus, "--format", "csv", code=1).stdout)
    )
    assert [row["id"] for row in rows] == ["force-0001"]


def test_check_of_no_corpus_is_one_line(run, tmp_path):
    done = run("check", "--data", tmp_path, code=2)
    assert done.stdout == "" and done.stderr.count("\n") == 1 and str(tmp_path) in done.stderr


def test_stats_as_table_json_and_csv(run, corpus):
    assert "By register" in run("stats", "--data", corpus).stdout
    rows = json.loads(run("stats", "--data", corpus, "--format", "json").stdout)
    part = next(row for row in rows if row["table"] == "part")
    assert (part["sentences"], part["call_to_force"], part["unlabelled"]) == (2, 1, 1)
    table = csv.DictReader(io.StringIO(run("stats", "--data", corpus, "--format", "csv").stdout))
    assert {row["value"] for row in table if row["table"] == "register"} == {"speech", "briefing"}


def test_import_of_real_sentences_and_what_is_refused(run, corpus, tmp_path):
    mirror = tmp_path / "mirror"
    said = "Let the inspectors finish before anyone speaks of war."
    (mirror / "un-general-debate").mkdir(parents=True)
    (mirror / "un-general-debate" / "KAN_79_2024.txt").write_text(f"Mr. President,\n{said} So.")
    record = {"id": "real-0001", "source": "ungdc", "document": "KAN_79_2024.txt", "labels": ["C"]}
    file = write(
        tmp_path / "new.jsonl",
        [{**record, "text": said}, {**record, "id": "real-0002", "text": "Never said."}],
    )
    done = run("import", file, "--data", corpus, "--mirror", mirror, code=1)
    assert "1 labels imported" in done.stdout and "real-0002 refused" in done.stderr
    (row,) = map(json.loads, (corpus / "real" / "un-general-debate.jsonl").open())
    assert row["labels"] == ["counter_frame"] and "text" not in row and row["codebook"]
    run("check", "--data", corpus, "--mirror", mirror)


def test_agreement(run, tmp_path):
    rows = [{"id": str(i), "labels": ["T"] if i % 3 else []} for i in range(30)]
    one = write(tmp_path / "a.jsonl", rows)
    two = write(tmp_path / "b.jsonl", [{**r, "labels": r["labels"] if i else ["T"]}
                                       for i, r in enumerate(rows)])  # fmt: skip
    assert "alpha (MASI)" in run("agreement", one, two, "--resamples", 20).stdout
    found = json.loads(run("agreement", one, two, "--format", "json", "--resamples", 20).stdout)
    by_name = {row["measure"]: row for row in found}
    assert by_name["terrorism kappa"]["value"] == pytest.approx(0.923, abs=0.001)
    assert by_name["wmd kappa"]["value"] is None
    other = write(tmp_path / "c.jsonl", [{"id": "x", "labels": []}])
    assert "no sentence in common" in run("agreement", one, other, code=2).stderr


def test_fetch_offline_tells_what_is_missing_and_puts_the_rest_in_place(run, corpus, tmp_path):
    (corpus / "real").mkdir()
    label = {"id": "real-0001", "source": "un-general-debate", "document": "KAN_79_2024.txt",
             "start": 0, "end": 9, "sha256": "0" * 64, "labels": []}  # fmt: skip
    write(corpus / "real" / "un-general-debate.jsonl", [label])
    archive = "un-general-debate=https://localhost:9/un.tgz"
    done = run("fetch", "--data", corpus, "--archive", archive, code=1)
    assert "localhost: cannot be reached" in done.stderr
    assert "1 sentences of un-general-debate have no text here" in done.stderr
    assert (corpus / "text" / "authored.parquet").is_file()
    assert "write SOURCE=FILE" in run("fetch", "--data", corpus, "--archive", "x", code=2).stderr


def test_export_by_suffix_and_by_name(run, corpus, tmp_path):
    run("export", tmp_path / "all.csv", "--data", corpus)
    with (tmp_path / "all.csv").open(newline="") as file:
        assert [row["call_to_force"] for row in csv.DictReader(file)] == ["1", "0"]
    run("export", tmp_path / "hub", "--as", "hub", "--data", corpus)
    assert (tmp_path / "hub" / "data" / "authored.parquet").is_file()
    assert "no format 'xls'" in run("export", tmp_path / "a.xls", "--data", corpus, code=2).stderr


def test_select_asks_a_model_and_writes_blind_batches(run, corpus, tmp_path):
    from framing.models import names

    if not names():
        pytest.skip("no model is shipped yet")
    words = [
        f"{a}{b}" for a in ("missile", "harvest", "cartel", "talk") for b in ("s", "ing", "er")
    ]
    draw = random.Random(2)
    pool = [
        {"id": f"s{i}", "source": "archive", "document": f"d{i // 4}",
         "text": " ".join(draw.choices(words, k=12))}
        for i in range(30)
    ]  # fmt: skip
    file = write(tmp_path / "pool.jsonl", pool)
    args = ("--batches", 2, "--size", 5, "--anywhere", "--data", corpus, "--seed", 4)
    assert "10 of 30 sentences in 2 batches" in run("select", file, "--out", "a", *args).stdout
    run("select", file, "--out", "b", *args)
    for name in ("batch-001.jsonl", "batch-002.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    rows = [json.loads(line) for line in (tmp_path / "a" / "batch-001.jsonl").open()]
    assert len(rows) == 5
    assert set(rows[0]) == {"id", "text", "source", "document", "stratum", "batch"}
    assert "batches already" in run("select", file, "--out", "a", *args, code=2).stderr


def test_the_shipped_corpus_is_clean_and_the_check_is_fast(run, shared):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("check", "--data", DATA, "--mirror", shared / "corpus" / "mirror")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "Faults: 0" in done.stdout
    assert int(done.stdout.split(" authored")[0].replace(",", "")) >= 3_000
    assert "have no text here" not in done.stderr
    # about 6 s of processor time, plus unpacking the mirror's archives into an empty cache
    assert after.ru_utime - before.ru_utime < 20
