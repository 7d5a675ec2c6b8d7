"""What a researcher asks of her data by commands: splits, suspects, a learning curve, a report."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from framing.classifiers import store
from framing.classifiers.ngram import NgramClassifier
from framing.cli import app
from framing.cli.suspects import Doubt, _doubted
from framing.corpus.suspects import Suspect
from framing.errors import CodebookError, CorpusError, FramingError
from framing.evaluation.crossval import targets_of

LABELS = ("wmd", "evidentiary_claim", "terrorism", "call_to_force")
TURNED = {3, 40, 77, 111, 150}


def _run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=True)


def _printed(*arguments):
    result = _run(*arguments)
    assert result.exit_code == 0, result.output or result.exception
    return result.stdout


@pytest.fixture(scope="module")
def table(sentences, tmp_path_factory):
    """All sentences with a source, a speaker and a date; five have lost or gained ``wmd``."""
    path = tmp_path_factory.mktemp("data") / "mine.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("id", "text", "labels", "document", "source", "speaker", "date"))
        for i, s in enumerate(sentences):
            labels = set(s.labels) ^ ({"wmd"} if i in TURNED else set())
            who = s.document.split(" and ")[0]
            source = ("radio", "paper")[len(who) % 2]
            row = (i, s.text, ";".join(sorted(labels)), s.document, source, who)
            writer.writerow((*row, f"{1990 + i // 24}-01-02"))
    return path


@pytest.fixture(scope="module")
def small(sentences, tmp_path_factory):
    """A quick model whose settings are trained anew."""
    folder = tmp_path_factory.mktemp("models") / "small"
    learnt = NgramClassifier(LABELS, words=1, characters=None, bits=10, folds=2)
    learnt.fit([s.text for s in sentences], targets_of(sentences, LABELS))
    store.save(learnt, folder)
    return folder


def test_turned_labels_stand_first(table, small):
    arguments = ("data", "suspects", "--data", table, "--model", small, "--folds", 3)
    found = json.loads(_printed(*arguments, "--top", 5, "--label", "wmd", "--format", "json"))
    assert len({int(row["id"]) for row in found} & TURNED) >= 4
    for row in found:
        if int(row["id"]) in TURNED:
            assert "wmd" in (row["drop"] if "wmd" in row["labels"] else row["add"])
    shown = _run(*arguments, "--top", 3, "--doubt", "any")
    assert found[0]["text"].split()[1] in shown.stdout
    assert "sentences are doubtful; 3 shown" in shown.stderr


def test_doubts_of_one_kind_can_be_asked_for():
    one = Suspect(None, ("wmd",), ("terrorism",), 0.1, {})
    assert [_doubted(one, kind) for kind in Doubt] == [
        ("wmd", "terrorism"),
        ("wmd",),
        ("terrorism",),
    ]


def test_the_curve_rises_and_is_drawn(table, small, tmp_path):
    out = tmp_path / "curve.svg"
    arguments = ("data", "curve", "--data", table, "--model", small, "--shares", "0.2,1")
    shown = _printed(*arguments, "--out", out).splitlines()
    rows = [line.split() for line in shown if line.strip().split()[0] in ("20%", "100%")]
    first, last = rows
    assert int(first[1]) < int(last[1])
    assert 0 <= float(first[2]) <= float(last[2]) <= 1
    assert "macro-F1 moved by" in " ".join(" ".join(shown).split())
    assert out.read_text(encoding="utf-8").lstrip().startswith("<?xml")


def test_a_split_by_source_is_measured_and_written_down(table, small, tmp_path):
    out = [tmp_path / f"found{suffix}" for suffix in (".html", ".md", ".json", ".csv")]
    options = [part for path in out for part in ("--out", path)]
    shown = _printed(
        *("evaluate", small, "--data", table, "--split", "source", "--smallest", 20),
        *("--by", "source,speaker", *options),
    )
    assert "trained anew without each source in turn" in " ".join(shown.split())
    found = json.loads(out[2].read_text(encoding="utf-8"))
    assert {part["value"] for part in found["measured"] if part["view"] == "source"} == {
        "radio",
        "paper",
    }
    assert found["measured"][0]["sentences"] == 168
    assert "trained anew without each source" in out[1].read_text(encoding="utf-8")
    assert "<svg" in out[0].read_text(encoding="utf-8")
    rows = list(csv.DictReader(out[3].read_text(encoding="utf-8").splitlines()))
    assert {row["label"] for row in rows} == {*LABELS, "macro", "micro"}


def test_later_is_judged_by_what_was_learnt_earlier(table, small):
    found = json.loads(
        _printed(
            *("evaluate", small, "--data", table, "--split", "time:1994-01-01"),
            *("--by", "year", "--smallest", 5, "--format", "json", "--baseline"),
        )
    )
    years = [part["value"] for part in found["measured"] if part["view"] == "year"]
    assert years == ["1994", "1995", "1996"]
    assert [part["of"] for part in found["measured"] if part["view"] == "all"] == [
        "model",
        "baseline",
    ]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (("--folds", 3, "--split", "source"), FramingError, "choose one"),
        (("--folds", 1), FramingError, "2 or more"),
        (("--baseline",), FramingError, "give --folds or --split too"),
        (("--by", "colour"), FramingError, "no such view; there are source, stratum"),
        (("--out", "found.xls"), FramingError, "the suffix must be one of .html"),
        (("--split", "colour"), CorpusError, "there is no such split"),
        (("--split", "time:2030-01-01"), CorpusError, "on one side of 2030-01-01"),
        (("--codebook", "none.toml"), CodebookError, "cannot be read"),
        (("--out", "/proc/no/found.csv"), FramingError, "cannot be written"),
    ],
)
def test_what_cannot_be_measured_is_told_in_a_line(table, small, options, error, message):
    result = _run("evaluate", small, "--data", table, *options)
    assert isinstance(result.exception, error), result.output
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


@pytest.mark.parametrize("shares", ["0", "1.5", "half", "", "-1"])
def test_shares_that_are_none_are_told(table, small, shares):
    result = _run("data", "curve", "--data", table, "--model", small, "--shares", shares)
    assert isinstance(result.exception, FramingError)
    assert "--shares" in str(result.exception)


def test_columns_one_a_label_are_read(sentences, small, tmp_path):
    path = tmp_path / "wide.csv"
    truth = targets_of(sentences, LABELS)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("text", *LABELS))
        for s, row in zip(sentences, truth.astype(int).tolist(), strict=True):
            writer.writerow((s.text, *row))
    found = json.loads(
        _printed(
            "evaluate", small, "--data", path, "--labels", ",".join(LABELS), "--format", "json"
        )
    )
    support = {row["label"]: row["support"] for row in found["measured"][0]["labels"]}
    assert support == dict(zip(LABELS, np.sum(truth, axis=0).tolist(), strict=True))
