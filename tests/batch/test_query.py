from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from framing.batch import query
from framing.cli.batch import batch as batch_command
from framing.cli.query import query as query_command
from framing.errors import FramingError
from tests.batch.conftest import contents

app = typer.Typer()
app.command("batch")(batch_command)
app.command("query")(query_command)


@pytest.fixture(scope="module")
def finished(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("query") / "it's a run"
    arguments = ["batch", str(archive), "--out", str(out), "--language", "any", "--workers", "1"]
    result = CliRunner().invoke(app, [*arguments, "--format", "csv"])
    assert result.exit_code == 0, result.output
    return out


def test_views_can_be_joined(finished):
    sql = """
        SELECT d.title, d.date, count(*) AS n, max(s.p_wmd) AS wmd
        FROM documents d JOIN sentences s ON s.document = d.id
        GROUP BY ALL ORDER BY d.date, d.title LIMIT 3
    """
    rows = list(query(finished, sql))
    assert [row["n"] for row in rows] == [12, 12, 12] and rows[0]["date"] == "2024-03-01"
    assert all(0 <= row["wmd"] <= 1 for row in rows)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "COPY (SELECT 1) TO '{folder}/new.csv'",
        "COPY (SELECT 1 AS a) TO '{part}'",
        "EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '{part}'",
        "ATTACH '{folder}/new.db'",
        "SET enable_external_access = true",
        "DROP VIEW documents",
        "CREATE TABLE t AS SELECT 1",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "",
        "SELECT no_such_column FROM documents",
        "this is no SQL",
    ],
)
def test_sql_reads_the_run_and_nothing_else(finished, tmp_path, sql):
    secret = tmp_path / "secret.csv"
    secret.write_text("password\nhunter2\n")
    before = contents(finished)
    filled = sql.format(
        secret=secret, folder=tmp_path, part=finished / "documents" / "part-00000.parquet"
    )
    with pytest.raises(FramingError, match=r"^query: ") as caught:
        list(query(finished, filled))
    assert "\n" not in str(caught.value)
    assert contents(finished) == before and [p.name for p in tmp_path.iterdir()] == ["secret.csv"]


def test_an_unfinished_run_is_not_answered_for(finished, tmp_path):
    manifest = json.loads((finished / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps(manifest | {"state": "running"}))
    with pytest.raises(FramingError, match="not complete"):
        list(query(tmp_path, "SELECT 1"))
    with pytest.raises(FramingError, match="no run folder"):
        list(query(tmp_path / "nowhere", "SELECT 1"))


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_every_format_prints(finished, form):
    sql = "SELECT title, casus_belli, date FROM documents WHERE title = 'Statement 7'"
    result = CliRunner().invoke(app, ["query", str(finished), sql, "--format", form])
    assert result.exit_code == 0 and "Statement 7" in result.output
    if form == "json":
        assert json.loads(result.output)[0]["date"] == "2024-03-08"


def test_spreadsheets_hold_all_rows_and_no_formula(finished):
    with (finished / "sentences.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40 * 12
    assert rows[0]["text"].endswith(".") and float(rows[0]["p_terrorism"]) <= 1


def test_a_formula_in_a_title_is_made_harmless(tmp_path):
    (tmp_path / "a.txt").write_text('<title="=HYPERLINK(1)">\nWe talk. We wait.\n')
    out = tmp_path / "run"
    arguments = ["batch", str(tmp_path / "a.txt"), "--out", str(out), "--language", "any"]
    result = CliRunner().invoke(app, [*arguments, "--format", "csv", "--workers", "1"])
    assert result.exit_code == 0, result.output
    with (out / "documents.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["title"] == "'=HYPERLINK(1)"


def test_a_plan_writes_nothing(archive, tmp_path):
    out = tmp_path / "run"
    arguments = ["batch", str(archive), "--out", str(out), "--language", "any", "--plan"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 and "40 documents" in result.output
    assert "seconds" in result.output and not out.exists()


def test_standard_input_is_one_input(tmp_path):
    out = tmp_path / "run"
    arguments = ["batch", "-", "--out", str(out), "--language", "any", "--workers", "1"]
    result = CliRunner().invoke(app, arguments, input="We will strike. They have the bomb.")
    assert result.exit_code == 0, result.output
    assert [row["path"] for row in query(out, "SELECT path FROM documents")] == ["-"]


def test_exit_codes(archive, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"")
    common = ["--language", "any", "--workers", "1", "--out"]
    one = CliRunner().invoke(
        app, ["batch", str(archive / "0001.txt"), str(bad), *common, str(tmp_path / "one")]
    )
    none = CliRunner().invoke(app, ["batch", str(bad), *common, str(tmp_path / "none")])
    assert (one.exit_code, none.exit_code) == (1, 2)
