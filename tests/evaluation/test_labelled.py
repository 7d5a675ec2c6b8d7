"""What is measured on: a corpus or a table, and labels and sources that do not fit a model."""

from __future__ import annotations

import pytest

from framing.corpus.tables import Columns
from framing.errors import CorpusError
from framing.evaluation.labelled import read_data, strange_labels, trained_on


def test_a_table_and_a_corpus_are_told_apart(tmp_path, corpus):
    path = tmp_path / "mine.csv"
    path.write_text("Satz,Codes\nOne.,wmd\nTwo.,\n", encoding="utf-8")
    found, missing = read_data(path, columns=Columns("Satz", "Codes"))
    assert [(s.text, s.labels, s.source) for s in found] == [
        ("One.", ("wmd",), "mine"),
        ("Two.", (), "mine"),
    ]
    assert missing == []
    assert len(read_data(corpus)[0]) == 120


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(CorpusError, match="no such file"):
        read_data(tmp_path / "nothing.csv")
    with pytest.raises(CorpusError, match="neither a corpus folder nor"):
        read_data(tmp_path)


def test_labels_that_the_model_lacks_are_told(sentences):
    assert strange_labels(sentences, ("wmd",)) == (
        "call_to_force",
        "evidentiary_claim",
        "terrorism",
    )
    with pytest.raises(CorpusError, match="knows none of them, only trade"):
        strange_labels(sentences, ("trade",))


def test_sources_that_a_model_learnt_from_are_told(sentences):
    assert "sentences of ours too" in trained_on({"training": {"sources": {"ours": 4}}}, sentences)
    assert trained_on({"training": {"sources": {"others": 4}}}, sentences) is None
    assert trained_on({}, sentences) is None
