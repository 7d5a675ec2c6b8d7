"""Whatever a researcher keeps her labels in becomes the same labelled sentences."""

from __future__ import annotations

import datetime
import json

import pytest

from framing.corpus.tables import Columns, labels_used, read_table
from framing.errors import CorpusError

ROWS = [
    ("The rent of a flat has doubled.", ["burden"], "s1"),
    ("Build more, and build higher.", ["supply", "burden"], "s1"),
    ("The minutes were approved.", [], "s2"),
]
LABELS = [tuple(labels) for _, labels, _ in ROWS]


def _write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def _csv(folder, head="text,labels,document", between=",", name="data.csv"):
    cells = [f'"{t}"{between}{";".join(ls)}{between}{d}' for t, ls, d in ROWS]
    if between == ";":
        cells = [f'"{t}";{"|".join(ls)};{d}' for t, ls, d in ROWS]
    return _write(folder / name, "\n".join([head, *cells]) + "\n")


def _same(path, columns=None, **more):
    table = read_table(path, columns or Columns(), **more)
    assert [s.text for s in table.sentences] == [text for text, _, _ in ROWS]
    assert [s.labels for s in table.sentences] == LABELS
    assert [s.document for s in table.sentences] == ["s1", "s1", "s2"]
    assert table.alone == 0
    return table.sentences


def _refused(path, pattern, columns=None, **more):
    with pytest.raises(CorpusError, match=pattern) as caught:
        read_table(path, columns or Columns(), **more)
    assert "\n" not in str(caught.value)


def test_csv_by_comma_semicolon_or_tab(tmp_path):
    _same(_csv(tmp_path))
    _same(_csv(tmp_path, "text;labels;document", ";", "german.csv"))
    lines = [f"{t}\t{','.join(ls)}\t{d}" for t, ls, d in ROWS]
    _same(_write(tmp_path / "data.tsv", "\n".join(["text\tlabels\tdocument", *lines])))


def test_csv_as_a_spreadsheet_writes_it(tmp_path):
    text = _csv(tmp_path).read_text(encoding="utf-8")
    path = tmp_path / "excel.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (text + ",,\n").replace("\n", "\r\n").encode())
    _same(path)


def test_jsonl_and_parquet(tmp_path):
    import pyarrow
    import pyarrow.parquet

    records = [{"text": t, "labels": ls, "document": d} for t, ls, d in ROWS]
    _same(_write(tmp_path / "a.jsonl", "".join(json.dumps(r) + "\n" for r in records)))
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), tmp_path / "a.parquet")
    _same(tmp_path / "a.parquet")


def test_a_saved_dataset_and_a_folder_of_files(tmp_path):
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value

    names = ["burden", "supply"]
    features = Features(
        text=Value("string"), labels=Sequence(ClassLabel(names=names)), document=Value("string")
    )
    records = [
        {"text": t, "labels": [names.index(x) for x in ls], "document": d} for t, ls, d in ROWS
    ]
    data = Dataset.from_list(records, features=features)
    data.save_to_disk(tmp_path / "one")
    _same(tmp_path / "one")
    DatasetDict({"train": data, "test": data.select([0])}).save_to_disk(tmp_path / "splits")
    _same(tmp_path / "splits")
    _same(tmp_path / "splits", split="train")
    assert len(read_table(tmp_path / "splits", split="test").sentences) == 1
    _refused(tmp_path / "splits", "train, test", split="dev")
    (tmp_path / "files").mkdir()
    _csv(tmp_path / "files", name="train.csv")
    _same(tmp_path / "files")


def test_a_folder_that_is_none_of_these(tmp_path):
    (tmp_path / "empty").mkdir()
    _refused(tmp_path / "empty", "neither a corpus folder nor")
    _refused(tmp_path / "absent", "no such file or folder")
    _refused(_write(tmp_path / "a.docx", "x"), "suffix must be one of")


def test_columns_by_other_names_and_numbers_as_codes(tmp_path):
    path = _write(tmp_path / "a.csv", "Satz,Code,Rede,Tag\nWe build.,2,7,2024-05-01\n")
    columns = Columns(
        "Satz", "Code", document="Rede", rename={"2": "supply"}, others={"date": "Tag"}
    )
    (sentence,) = read_table(path, columns).sentences
    assert (sentence.labels, sentence.document, sentence.date) == (("supply",), "7", "2024-05-01")
    assert sentence.id == "a-2"
    assert sentence.source == "a"
    _refused(path, "'Datum'; it has Code, Rede", Columns("Satz", "Code", others={"date": "Datum"}))
    _refused(path, "no field 'day'", Columns("Satz", "Code", others={"day": "Tag"}))


def test_one_column_a_label(tmp_path):
    path = _write(tmp_path / "a.csv", "text,burden,supply\nA.,1,0\nB.,TRUE,x\nC.,,no\n")
    table = read_table(path, Columns(labels=("burden", "supply")))
    assert [s.labels for s in table.sentences] == [("burden",), ("burden", "supply"), ()]
    bad = _write(tmp_path / "b.csv", "text,burden\nA.,1\nB.,maybe\n")
    _refused(bad, "line 3: 'burden' must be 0 or 1, not 'maybe'", Columns(labels=("burden",)))


def test_one_label_a_sentence_may_hold_a_comma_and_none_is_none(tmp_path):
    path = _write(tmp_path / "a.csv", 'text,label\nA.,"tax, rent"\nB.,other\nC.,\n')
    columns = Columns(labels="label", single=True, rename={"other": ""})
    assert [s.labels for s in read_table(path, columns).sentences] == [("tax, rent",), (), ()]


def test_a_separator_of_ones_own(tmp_path):
    path = _write(tmp_path / "a.csv", "text,labels\nA.,rent/tax\n")
    table = read_table(path, Columns(separator="/"))
    assert table.sentences[0].labels == ("rent", "tax")


def test_without_a_document_a_sentence_stands_alone(tmp_path):
    path = _write(tmp_path / "a.jsonl", '{"text":"A.","labels":[]}\n{"text":"B.","labels":[]}\n')
    table = read_table(path)
    assert table.alone == 2
    assert len({s.document for s in table.sentences}) == 2
    half = _write(tmp_path / "b.csv", "text,labels,document\nA.,,d\nB.,,\n")
    assert read_table(half).alone == 1
    _refused(path, "no column 'speech'", Columns(document="speech"))


def test_dates_and_years_of_parquet_become_text(tmp_path):
    import pyarrow
    import pyarrow.parquet

    record = {"text": "A.", "labels": None, "date": datetime.date(2024, 5, 1), "speaker": 12.0}
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([record]), tmp_path / "a.parquet")
    (sentence,) = read_table(tmp_path / "a.parquet").sentences
    assert (sentence.date, sentence.speaker, sentence.labels) == ("2024-05-01", "12", ())


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("", "is empty"),
        ("text,labels\n", "holds no labelled sentence"),
        ("text,labels\nA.,x,y\n", "line 2: has 3 cells, the header has 2"),
        ('text,labels\n"A.,x\n', "line 2|line 3"),
        ("text,labels\n ,x\n", "line 2: the column 'text' holds no text"),
        ("text,text,labels\nA.,B.,x\n", "two columns 'text'"),
        ("sentence,labels\nA.,x\n", "no column 'text'; it has labels, sentence"),
        ("text,labels\nA.,[1\n", "no JSON list"),
        ("id,text,labels\na1,A.,\na1,B.,\n", "line 3: the id 'a1' stands also in line 2"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path, text, pattern):
    _refused(_write(tmp_path / "a.csv", text), pattern)


def test_bytes_that_are_no_text_are_named(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"text,labels\nA.,x\nB\xff.,x\n")
    _refused(tmp_path / "a.csv", "line 3: is not UTF-8")
    (tmp_path / "a.parquet").write_bytes(b"PAR1 is not enough")
    _refused(tmp_path / "a.parquet", "cannot be read as Parquet")
    _refused(_write(tmp_path / "a.jsonl", '{"text": "A."'), "line 1: is not JSON")
    _refused(_write(tmp_path / "b.jsonl", '{"text": "A.", "labels": {"a": 1}}'), "list of labels")
    lacking = '{"text":"A.","labels":[]}\n{"text":"B."}\n'
    _refused(_write(tmp_path / "c.jsonl", lacking), "line 2: lacks 'labels'")


def test_labels_used_are_counted(tmp_path):
    assert labels_used(read_table(_csv(tmp_path)).sentences) == {"burden": 2, "supply": 1}
