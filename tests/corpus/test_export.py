import csv
import json
from pathlib import Path

import pytest

from framing.codebook import Codebook
from framing.corpus.card import renew
from framing.corpus.examples import load
from framing.corpus.export import card_head, export, put_text, without_head
from framing.corpus.stats import count
from framing.errors import CorpusError

BOOK = Codebook.load()
FEATURES = ["id", "text", "labels", "source", "document", "date", "speaker", "stratum"]


@pytest.fixture
def sentences(planted):
    return load(planted.folder, "all", planted.mirror)[0]


@pytest.fixture
def datasets(tmp_path, monkeypatch):
    from huggingface_hub import constants

    library = pytest.importorskip("datasets")
    library.disable_progress_bars()
    # not by the environment: what it says when first imported would stay for all other tests
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(library.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(library.config, "HF_DATASETS_CACHE", tmp_path / "hf")
    return library


def check_configurations(datasets, folder, sentences):
    for name, source in (("authored", {"authored"}), ("real", {"un-general-debate"})):
        rows = datasets.load_dataset(str(folder), name, split="train")
        assert set(rows["source"]) == source
    rows = datasets.load_dataset(str(folder), split="train")  # "all" is the default
    assert rows.column_names == FEATURES
    assert rows.features["labels"].feature.names == list(BOOK.names)
    names = rows.features["labels"].feature
    found = {r["id"]: (r["text"], tuple(names.int2str(r["labels"]))) for r in rows}
    assert found == {s.id: (s.text, s.labels) for s in sentences}


def test_datasets_loads_the_corpus_when_its_text_is_in_place(planted, sentences, datasets):
    (planted.folder / "README.md").write_text(card_head(BOOK))
    put_text(sentences, BOOK, planted.folder)
    check_configurations(datasets, planted.folder, sentences)


def test_datasets_loads_the_folder_for_the_hub(planted, tmp_path, sentences, datasets):
    card = tmp_path / "CARD.md"
    card.write_text(f"{card_head(BOOK)}# A card\n")
    export(sentences, BOOK, tmp_path / "hub", "hub", card)
    check_configurations(datasets, tmp_path / "hub", sentences)
    written = (tmp_path / "hub" / "README.md").read_text()
    assert without_head(written) == "# A card\n" and "data/real.parquet" in written
    export(sentences, BOOK, tmp_path / "hub", "hub", card)  # again, in place
    (tmp_path / "hub" / "mine.txt").write_text("x")
    with pytest.raises(CorpusError, match="holds other things"):
        export(sentences, BOOK, tmp_path / "hub", "hub", card)


def test_the_projects_card_is_up_to_date():
    """If not, run ``framing data stats --card training_data/README.md``."""
    folder = Path(__file__).resolve().parents[2] / "training_data"
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.count("<!-- stats: ") >= 5
    assert renew(card, count(folder), BOOK) == card


def test_a_card_is_made_anew_around_what_is_written(planted):
    card = "---\nold: head\n---\n# Mine\n<!-- stats: part -->\nold\n<!-- end -->\nkept\n"
    new = renew(card, count(planted.folder), BOOK)
    assert new.startswith(card_head(BOOK) + "# Mine\n") and new.endswith("<!-- end -->\nkept\n")
    assert "| authored | 3 | 2 | 1 |" in new and "old" not in new
    assert renew(new, count(planted.folder), BOOK) == new
    with pytest.raises(CorpusError, match="asks for a table 'moon'"):
        renew("<!-- stats: moon -->\n<!-- end -->", count(planted.folder), BOOK)


def test_text_that_is_gone_leaves_no_old_file(planted, sentences):
    put_text(sentences, BOOK, planted.folder)
    (path,) = put_text([s for s in sentences if s.source == "authored"], BOOK, planted.folder)
    assert path.name == "authored.parquet"
    assert not (planted.folder / "text" / "real.parquet").exists()


def test_parquet_jsonl_and_csv_hold_the_same(tmp_path, sentences):
    import pyarrow.parquet as pq

    for form in ("parquet", "jsonl", "csv"):
        export(sentences, BOOK, tmp_path / f"all.{form}", form)
    table = pq.read_table(tmp_path / "all.parquet").to_pylist()
    lines = [json.loads(x) for x in (tmp_path / "all.jsonl").read_text().splitlines()]
    with (tmp_path / "all.csv").open(newline="") as file:
        cells = list(csv.DictReader(file))
    for sentence, row, line, cell in zip(sentences, table, lines, cells, strict=True):
        assert sentence.id == row["id"] == line["id"] == cell["id"]
        assert sentence.text == row["text"] == line["text"] == cell["text"]
        assert list(sentence.labels) == row["labels"] == line["labels"] == cell["labels"].split()
        assert [n for n in BOOK.names if cell[n] == "1"] == row["labels"]
        assert row["speaker"] == line.get("speaker") == (cell["speaker"] or None)


def test_bad_targets_are_one_line(tmp_path, sentences):
    with pytest.raises(CorpusError, match="no format 'xml'"):
        export(sentences, BOOK, tmp_path / "x.xml", "xml")
    with pytest.raises(CorpusError, match="is a folder"):
        export(sentences, BOOK, tmp_path, "csv")
    (tmp_path / "file").write_text("x")
    with pytest.raises(CorpusError, match="cannot be written"):
        export(sentences, BOOK, tmp_path / "file" / "x.csv", "csv")
    other = Codebook.of_labels(("risk", "hope"))
    with pytest.raises(CorpusError, match="no label"):
        put_text(sentences, other, tmp_path)
