"""Files of labelled sentences: every form gives the same, and a bad line is named."""

from __future__ import annotations

import json

import pytest

from framing.errors import CorpusError
from framing.evaluation.labelled import (
    Columns,
    read_data,
    read_labelled,
    strange_labels,
    trained_on,
)

ROWS = [
    {"text": "Velmar hides a bomb, or two.", "labels": ["wmd", "terrorism"], "document": "d1"},
    {"text": "„Der Weg“ ist frei; sagt er.", "labels": [], "document": "d1"},
    {"text": "We shall strike.", "labels": ["call_to_force"], "document": "d2"},
]


def _write(path, form):
    if form == "jsonl":
        text = "\n".join(json.dumps(row) for row in ROWS)
    elif form == "parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
        return
    else:
        between = "\t" if form == "tsv" else ","
        rows = [
            between.join((f'"{row["text"]}"', f'"{"; ".join(row["labels"])}"', row["document"]))
            for row in ROWS
        ]
        text = "\ufeff" + "\r\n".join([between.join(("text", "labels", "document")), *rows])
    path.write_bytes(text.encode())


@pytest.mark.parametrize("form", ["jsonl", "csv", "tsv", "parquet"])
def test_every_form_gives_the_same_sentences(tmp_path, form):
    path = tmp_path / f"mine.{form}"
    _write(path, form)
    found, missing = read_data(path)
    assert missing == []
    assert [(s.text, list(s.labels), s.document) for s in found] == [
        (row["text"], row["labels"], row["document"]) for row in ROWS
    ]
    assert {s.source for s in found} == {"mine"}
    assert len({s.id for s in found}) == 3


def test_columns_by_option_and_those_kept(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "Satz,Codes,date,speaker,source,rest\n"
        'One.,"a|b, b",2020-01-02,Ada,radio,x\n'
        'Two.,"[""c""]",,,,y\n',
        encoding="utf-8",
    )
    one, two = read_labelled(path, Columns("Satz", "Codes", "Rede"))
    assert (one.labels, two.labels) == (("a", "b"), ("c",))
    assert (one.date, one.speaker, one.source) == ("2020-01-02", "Ada", "radio")
    assert (two.date, two.speaker, two.source) == (None, None, "mine")
    assert one.document != two.document


def test_dates_and_numbers_of_parquet_become_text(tmp_path):
    import datetime

    import pyarrow
    import pyarrow.parquet

    row = {"text": "One.", "labels": None, "document": 7, "date": datetime.date(1999, 3, 24)}
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "mine.parquet")
    (found,) = read_labelled(tmp_path / "mine.parquet")
    assert (found.labels, found.document, found.date) == ((), "7", "1999-03-24")


GOOD = '{"text": "One.", "labels": []}\n'
HEAD = "text,labels\nOne.,wmd\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", GOOD + "{", "line 2: is not JSON"),
        ("a.jsonl", GOOD + "[1]", "line 2: is not a JSON object"),
        ("a.jsonl", GOOD + '\n{"text": "Two."}', "line 3: has no column 'labels'; it has text"),
        ("a.jsonl", GOOD + '{"text": " ", "labels": []}', "line 2: .* holds no text"),
        ("a.jsonl", GOOD + '{"text": 3, "labels": []}', "line 2: .* holds no text"),
        ("a.jsonl", GOOD + '{"text": "Two.", "labels": 3}', "line 2: 'labels' must be a list"),
        ("a.jsonl", GOOD + '{"text": "Two.", "labels": [3]}', "line 2: 'labels' must be a list"),
        ("a.jsonl", '{"text": "1", "labels": [], "document": [1]}', "line 1: 'document' must be"),
        ("a.csv", HEAD + "Two.\n", "line 3: has not as many cells"),
        ("a.csv", HEAD + "Two.,wmd,more\n", "line 3: has not as many cells"),
        ("a.csv", HEAD + '"Two.,wmd\n', "line 3: is not CSV"),
        ("a.csv", HEAD + 'Two.,"[wmd"\n', "line 3: 'labels' is no JSON list"),
        ("a.csv", HEAD + "\udcff,wmd\n", "line 3: is not UTF-8"),
        ("a.csv", "sentence,labels\nOne.,wmd\n", "line 2: has no column 'text'"),
        ("a.csv", "text,labels\n", "holds no labelled sentence"),
        ("a.csv", "", "holds no labelled sentence"),
        ("a.parquet", "no such thing", "cannot be read as Parquet"),
        ("a.xls", HEAD, "the suffix must be one of"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(CorpusError, match=message) as caught:
        read_labelled(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(CorpusError, match="no such file"):
        read_data(tmp_path / "nothing.csv")
    with pytest.raises(CorpusError, match="no such file"):
        read_labelled(tmp_path / "nothing.csv")
    with pytest.raises(CorpusError, match="is no corpus"):
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
