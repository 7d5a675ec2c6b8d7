from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from framing.corpus.tables import read_table

CODEBOOK = """
name = "Weather reports"
[[labels]]
name = "rain"
[[labels]]
name = "wind"
"""


@pytest.fixture
def codebook(tmp_path: Path) -> Path:
    path = tmp_path / "weather.toml"
    path.write_text(CODEBOOK, encoding="utf-8")
    return path


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Two annotators' labels of the same four sentences; they differ on the last."""
    path = tmp_path / "said.jsonl"
    rows = [
        {"id": f"w{i}", "text": f"Report {i}.", "labels": labels, "document": f"day {i // 2}"}
        for i, labels in enumerate((["rain"], [], ["wind", "rain"], ["rain"]))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    other = tmp_path / "other.jsonl"
    rows[3]["labels"] = ["wind"]
    other.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_import_status_export_and_what_is_disputed(framing, codebook, labelled, tmp_path):
    base = ("annotate", "p", "--no-serve", "--import")
    done = framing(*base, labelled, "--codebook", codebook, "--annotator", "Ana")
    assert done.returncode == 0, done.stderr
    assert "4 sentences added, 0 were there already; 4 labelled; 0 refused" in done.stdout
    done = framing(*base, tmp_path / "other.jsonl", "--annotator", "Ben")
    assert "0 sentences added, 4 were there already; 4 labelled" in done.stdout

    status = framing("annotate", "p", "--status", "--format", "json")
    rows = {(row["what"], row["who"]): row["value"] for row in json.loads(status.stdout)}
    assert rows["settled", ""] == 3 and rows["disputed", ""] == 1
    assert rows["labelled", "Ben"] == 4
    assert rows["identical sets", "Ana and Ben"] == 0.75
    assert "identical sets" in framing("annotate", "p", "--status").stdout

    done = framing("annotate", "p", "--export", "out.jsonl")
    assert done.returncode == 0 and "1 disputed sentences are left out" in done.stderr
    table = read_table(tmp_path / "out.jsonl")
    assert [s.labels for s in table.sentences] == [("rain",), (), ("rain", "wind")]
    assert {s.annotator for s in table.sentences} == {"Ana + Ben"}
    assert framing("annotate", "p", "--export", "x.csv", "--disputed", "fail").returncode == 2
    assert not (tmp_path / "x.csv").exists()

    framing("annotate", "p", "--export", "ben.csv", "--annotator", "Ben")
    with (tmp_path / "ben.csv").open(encoding="utf-8", newline="") as file:
        assert [row["wind"] for row in csv.DictReader(file)] == ["0", "0", "1", "1"]


def test_what_is_refused_is_named_and_the_rest_is_there(framing, codebook, tmp_path):
    (tmp_path / "t.csv").write_text("text,context\nIt rains.,Before it.\n,nothing\n")
    done = framing("annotate", "p", "--codebook", codebook, "--import", "t.csv", "--no-serve")
    assert done.returncode == 1
    assert "line 3" in done.stderr and "1 sentences added" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("annotate", "p", "--import", "absent.csv", "--no-serve"), "absent.csv"),
        (("annotate", "p", "--codebook", "absent.toml"), "absent.toml"),
        (("annotate", "weather.toml"), "no annotation project"),
        (("annotate", "p", "--export", "out.doc"), "suffix"),
        (("annotate", "p", "--export", "out.csv", "--annotator", "Zoe"), "nobody yet"),
    ],
)
def test_what_goes_wrong_is_one_line(framing, codebook, arguments, reason):
    done = framing(*arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and reason in done.stderr
