"""``framing report`` as a user runs it, on a run that ``framing batch`` has made."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from framing.batch import Options, plan, run
from tests.batch.conftest import write_archive

Framing = Callable[..., object]


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the real thing, with a title that must not be run."""
    folder = tmp_path_factory.mktemp("scored")
    archive = write_archive(folder / "in", 12)
    (archive / "0000.txt").write_text(
        '<title="<script>alert(\'x\')</script>">\n<date="2024-05-05">\n'
        "The cartels of Velmark are terrorists. On 4 May they killed nine men. We will strike them."
    )
    run(plan([str(archive)], folder / "run", "ngram", None, Options(language="any")), 1)
    return folder / "run"


def test_a_report_is_written_and_says_so(framing, scored: Path, tmp_path: Path) -> None:
    done = framing("report", scored, "--title", "Velmark")
    assert done.returncode == 0, done.stderr
    assert "wrote run-report.html" in done.stderr
    text = (tmp_path / "run-report.html").read_text()
    assert "<h1><bdi>Velmark</bdi></h1>" in text
    assert "alert(&#39;x&#39;)" in text and "<script>alert" not in text


def test_all_tables_as_json_and_one_as_csv(framing, scored: Path) -> None:
    found = json.loads(framing("report", scored, "--format", "json").stdout)
    assert {"headline", "over_time", "passages", "quality"} <= set(found)
    assert len(found["statements"]) == 12
    done = framing("report", scored, "--format", "csv", "--table", "ranking")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 12 and float(rows[0]["score"]) >= float(rows[1]["score"])


def test_two_runs_are_compared(framing, scored: Path, tmp_path: Path) -> None:
    done = framing("report", scored, scored, "--name", "one", "--name", "two", "--out", "c.html")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "c.html").read_text()
    assert "one and two" in text and "What differs" in text
    done = framing("report", scored, scored, "--format", "json", "--table", "differences")
    assert all(row["difference"] == 0 for row in json.loads(done.stdout) if row["first"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), "is no run folder"),
        (("RUN", "RUN", "RUN"), "one run or two, not 3"),
        (("RUN", "--format", "csv"), "choose one with --table"),
        (("RUN", "--format", "json", "--table", "none"), "no table 'none'; there are headline,"),
        (("RUN", "--name", "x"), "--name is for comparisons"),
        (("RUN", "--out", "."), "is a folder"),
    ],
)
def test_what_goes_wrong_is_one_line(framing, scored: Path, arguments, says: str) -> None:
    done = framing("report", *(scored if a == "RUN" else a for a in arguments))
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
