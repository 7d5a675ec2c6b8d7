"""From a corpus of one's own to a model, its figures and a comparison, by commands alone."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from framing.classifiers import store
from framing.classifiers.ngram import NgramClassifier
from framing.cli import app
from framing.errors import CorpusError, ModelError
from framing.evaluation.crossval import targets_of


def _run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=True)


def _printed(*arguments):
    result = _run(*arguments)
    assert result.exit_code == 0, result.output or result.exception
    return result.stdout


@pytest.fixture(scope="module")
def held_out(sentences, tmp_path_factory):
    """What is said of the two countries that the corpus leaves out, as CSV."""
    path = tmp_path_factory.mktemp("data") / "held_out.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("sentence", "codes", "speech", "year"))
        for s in sentences:
            if "Dravnik" in s.text or "Essaly" in s.text:
                writer.writerow((s.text + " ", ";".join(s.labels), s.document, 2003))
        for i in range(10):
            writer.writerow((f"The harvest of year {i} was good.", "", f"year {i}", 2003))
    return path


COLUMNS = ("--text", "sentence", "--labels", "codes", "--document", "speech")


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    """Two models of the same corpus: one as it should be, one regularised into blindness."""
    folder = tmp_path_factory.mktemp("models")
    for name, strength in (("good", 4), ("blind", 0.0001)):
        _printed(
            *("train", "--data", corpus, "--part", "authored", "--out", folder / name),
            *("--C", strength, "--words", 1, "--jobs", 1),
        )
    return folder


@pytest.fixture(scope="module")
def muddled(sentences, labels, tmp_path_factory):
    """A model that learnt each sentence with the labels of another."""
    learnt = NgramClassifier(labels, characters=None, bits=8, folds=2)
    texts = [sentence.text for sentence in sentences]
    learnt.fit(texts, np.roll(targets_of(sentences, labels), 1, axis=0))
    folder = tmp_path_factory.mktemp("muddled") / "muddled"
    store.save(learnt, folder)
    return folder


def test_training_writes_a_card_that_claims_only_what_it_measured(trained):
    text = (trained / "good" / store.CARD).read_text(encoding="utf-8")
    assert "120 labelled sentences of 20 documents" in text
    assert text.count("Not measured yet.") == 1  # behaviour
    assert "120 sentences of held-out documents" in text


def test_evaluate_reads_a_file_and_its_columns(trained, held_out):
    printed = _printed(
        "evaluate", trained / "good", "--data", held_out, *COLUMNS, "--format", "json"
    )
    first = json.loads(printed)["measured"][0]
    assert (first["sentences"], first["documents"]) == (58, 9)  # ten speeches repeat one another
    by_label = {row["label"]: row for row in first["labels"]}
    assert by_label["wmd"]["support"] == 16
    assert by_label["wmd"]["f1"] > 0.9


def test_evaluate_records_what_it_measured_in_the_card(trained, held_out):
    arguments = ("evaluate", trained / "good", "--data", held_out, *COLUMNS)
    printed = _printed(*arguments, "--record", "--format", "json")
    macro = json.loads(printed)["measured"][0]["macro_f1"]
    manifest = store.verify(trained / "good")
    assert manifest["metrics"]["macro_f1"] == round(macro, 4)
    text = (trained / "good" / store.CARD).read_text(encoding="utf-8")
    assert f"Macro-F1 **{macro:.3f}**" in text
    assert "`framing evaluate good --data held_out.csv`" in text
    assert "### source held_out" in text


def test_compare_finds_the_better_model(trained, muddled, held_out):
    good = trained / "good"
    arguments = ("compare", muddled, good, "--data", held_out, *COLUMNS)
    (found,) = json.loads(_printed(*arguments, "--format", "json"))
    rows = {row["label"]: row for row in found["differences"]}
    assert (found["sentences"], found["documents"]) == (58, 9)
    assert rows["wmd"]["better"] == str(good)
    assert rows["wmd"]["interval"][0] > 0
    table = csv.DictReader(io.StringIO(_printed(*arguments, "--format", "csv")))
    assert [row["label"] for row in table] == list(rows)
    assert "intervals over only 9 documents are rough" in _run(*arguments).stderr
    shown = " ".join(_printed(*arguments).split())
    assert re.search(r"good is better on F1 for wmd by \d\.\d+ \(\d\.\d+ to \d\.\d+\)", shown)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (["good"], ModelError, "two models"),
        (["good", "good"], ModelError, "named twice"),
        (["good", "nowhere"], ModelError, "no such model"),
    ],
)
def test_what_cannot_be_compared_is_told(trained, held_out, given, error, message):
    models = [trained / name for name in given]
    result = _run("compare", *models, "--data", held_out, *COLUMNS)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)


def test_a_wrong_column_is_told(trained, held_out):
    result = _run("evaluate", trained / "good", "--data", held_out)
    assert isinstance(result.exception, CorpusError)
    assert "has no column 'text'; it has codes, sentence, speech, year" in str(result.exception)


def test_figures_on_what_it_was_trained_on_are_not_recorded(corpus, trained, tmp_path):
    """The same ids, texts and labels in a file are known for what they are."""
    path = tmp_path / "again.jsonl"
    path.write_bytes((corpus / "authored" / "ours.jsonl").read_bytes())
    result = _run("evaluate", trained / "blind", "--data", path, "--record")
    assert isinstance(result.exception, CorpusError)
    assert "was trained on these sentences" in str(result.exception)
    assert "held-out documents" in store.read_manifest(trained / "blind")["metrics"]["how"]
    assert _run("evaluate", trained / "blind", "--data", path).exit_code == 0


def test_a_corpus_without_real_sentences_measures_nothing(corpus, trained):
    for command in (["evaluate", trained / "good"], ["compare", *trained.iterdir()]):
        result = _run(*command, "--data", corpus)
        assert isinstance(result.exception, CorpusError)
        assert "no real sentence is at hand" in str(result.exception)
