"""Every format gives its text, title, date, source and address; archives stream."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from framing.documents.readers import Fields, read, suffixes
from framing.errors import ReadError

from .conftest import STATEMENT, Reading, mail, pdf, zipped

FEED = f"""<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Press Office</title>
<item><title>Shells &amp; lies</title><link>https://example.gov/1</link>
<dc:creator>A. Reed</dc:creator>
<pubDate>Mon, 04 Mar 2024 10:00:00 GMT</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>{STATEMENT}</p><ul><li>One</li><li>Two</li></ul>]]></content:encoded></item>
<item><title>Nothing in it</title></item><item><description>The last.</description></item>
</channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Office</title><entry><title>Shells</title>
<link rel="self" href="https://example.gov/feed"/><link href="https://example.gov/2"/>
<published>2024-03-04T10:00:00Z</published><author><name>A. Reed</name></author>
<content type="html">{STATEMENT}</content></entry></feed>"""
PAGE = f"""<!DOCTYPE html><html><head><title>Shells</title><script>alert("run")</script>
<meta property="og:site_name" content="Press Office">
<meta property="article:published_time" content="2024-03-04T10:00:00Z">
<link rel="canonical" href="https://example.gov/3"></head><body><nav><a href="/">Home</a></nav>
<article><h1>Shells</h1><p>{STATEMENT}</p><p>{STATEMENT} It is late.</p><ul><li>First point.</li>
<li>Second point.</li></ul></article><footer>All rights reserved</footer></body></html>"""


def test_plain_text_with_header_lines(reading: Reading) -> None:
    head = '<title="On the shells">\n<date="March 4, 2024">\n'
    (document,) = reading.read("a.txt", head + STATEMENT + "\r\nThe end.\r\n")
    assert (document.title, document.date) == ("On the shells", "2024-03-04")
    assert document.text == STATEMENT + "\nThe end."
    assert document.path == str(reading.folder / "a.txt")


def test_front_matter(reading: Reading) -> None:
    head = (
        "---\ntitle: 'On the shells: a statement'\ndate: 2024-03-04\nspeaker: [A. Reed, B. Fox]\n"
    )
    head += "source_url: https://www.example.gov/4\n---\n"
    for name in ("a.md", "a.txt"):
        (document,) = reading.read(name, head + STATEMENT)
        assert document.title == "On the shells: a statement"
        assert document.date == "2024-03-04"
        assert document.speaker == "A. Reed, B. Fox"
        assert (document.url, document.source) == ("https://www.example.gov/4", "example.gov")
        assert document.text == STATEMENT


def test_front_matter_that_is_not_quite_yaml(reading: Reading) -> None:
    (document,) = reading.read("a.md", f"---\ntitle: Fact: one: two\n---\n{STATEMENT}")
    assert document.title == "Fact: one: two"


def test_markdown_marks_are_taken_off(reading: Reading) -> None:
    text = (
        "# The **Threat**\n\nIt [grows](https://e.gov/a_(b)) *fast*, says\n`Gen.` Fox. "
        "5 \\* 3 &amp; 2\n\n-   one ~~gun~~\n    on hand\n-   two bombs\n\n1. a list\n\n"
        "> quoted\n\n| a | b |\n|--|--|\n| c | d |\n\n![picture](x.png)\n\n"
        "<div>raw &lt; html</div>\n\n***\n"
    )
    (document,) = reading.read("a.md", text)
    assert document.text.split("\n\n") == [
        "The Threat",
        "It grows fast, says Gen. Fox. 5 * 3 & 2",
        "one gun on hand",
        "two bombs",
        "a list",
        "quoted",
        *"abcd",
        "raw < html",
    ]


def test_html_keeps_the_statement_and_drops_the_rest(reading: Reading) -> None:
    (document,) = reading.read("a.html", PAGE)
    assert document.title == "Shells"
    assert document.date == "2024-03-04"
    assert (document.source, document.url) == ("Press Office", "https://example.gov/3")
    blocks = document.text.split("\n\n")
    assert STATEMENT in blocks
    assert {"First point.", "Second point."} <= set(blocks)
    assert not {"alert", "Home", "rights"} & set(document.text.replace("(", " ").split())


def test_html_of_a_few_words_is_taken_whole(reading: Reading) -> None:
    (document,) = reading.read("a.htm", "<p>A short one.<br>Two lines.<script>no()</script>")
    assert document.text == "A short one.\n\nTwo lines."


def test_html_in_its_own_charset(reading: Reading) -> None:
    page = f"<meta charset='iso-8859-2'><p>{STATEMENT} Wałęsa said so.".encode("iso-8859-2")
    (document,) = reading.read("a.html", page)
    assert "Wałęsa" in document.text


def test_pdf(reading: Reading) -> None:
    (document,) = reading.read("a.pdf", pdf("The govern-", "ment will act.", "- 3 -", "Not wait."))
    assert document.text == "The government will act.\nNot wait."
    assert (document.title, document.date) == ("On the shells", "2024-03-04")


def test_docx(reading: Reading) -> None:
    import docx

    package = docx.Document()
    package.core_properties.title = "On the shells"
    package.add_heading("The Threat", 1)
    package.add_paragraph(STATEMENT)
    package.add_paragraph("a point", style="List Bullet")
    table = package.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    table.cell(1, 0).text, table.cell(1, 1).text = "left", "right"
    package.save(str(reading.folder / "a.docx"))
    (document,) = reading.read("a.docx")
    assert document.title == "On the shells"
    blocks = document.text.split("\n\n")
    assert blocks == ["The Threat", STATEMENT, "a point", "wide", "left", "right"]


def test_mail(reading: Reading) -> None:
    (document,) = reading.read("a.eml", mail())
    assert document.text == STATEMENT
    assert (document.title, document.date) == ("On thé shells", "2024-03-04")
    assert document.source == "Press Office <press@example.gov>"
    (document,) = reading.read("b.eml", mail(html_only=True))
    assert document.text == STATEMENT + "\n\nThe end."


def test_mailbox(reading: Reading) -> None:
    box = b"".join(b"From a Mon Mar  4 10:00:00 2024\n" + mail() + b"\n" for _ in range(3))
    documents = reading.read("a.mbox", box)
    assert [d.position for d in documents] == [0, 1, 2]
    assert {d.text for d in documents} == {STATEMENT}


@pytest.mark.parametrize("name", ["a.rss", "a.xml", "a.atom"])
def test_rss(reading: Reading, name: str) -> None:
    first, last = reading.read(name, FEED)
    assert first.text == f"{STATEMENT}\n\nOne\n\nTwo"
    assert (first.title, first.date, first.speaker) == ("Shells & lies", "2024-03-04", "A. Reed")
    assert (first.source, first.url) == ("Press Office", "https://example.gov/1")
    assert (last.text, last.position) == ("The last.", 2)
    assert [error.position for error in reading.errors] == [1]


def test_atom(reading: Reading) -> None:
    (document,) = reading.read("a.atom", ATOM)
    assert (document.text, document.date) == (STATEMENT, "2024-03-04")
    assert (document.url, document.speaker) == ("https://example.gov/2", "A. Reed")


RECORD = {"Text": STATEMENT, "headline": "Shells", "published": "4 March 2024", "author": "A. Reed"}


def rows(name: str) -> bytes:
    """The record twice, with one that is bad between, in the format of ``name``."""
    table = [RECORD, {**RECORD, "Text": ""}, RECORD]
    if name.endswith(".jsonl"):
        return b"\n".join(json.dumps(row).encode() for row in table)
    if name.endswith(".json"):
        return json.dumps({"count": 3, "documents": table}).encode()
    if name.endswith((".csv", ".tsv")):
        out = io.StringIO()
        writer = csv.DictWriter(out, RECORD, delimiter="\t" if name.endswith(".tsv") else ",")
        writer.writeheader()
        writer.writerows(table)
        return out.getvalue().encode()
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(table), sink)
    return sink.getvalue().to_pybytes()


TABLES = ["a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet"]


@pytest.mark.parametrize(
    "name", [*TABLES, *(f"{n}.gz" for n in TABLES), *(f"{n}.zst" for n in TABLES)]
)
def test_records(reading: Reading, name: str) -> None:
    content = rows(name.removesuffix(".gz").removesuffix(".zst"))
    if name.endswith(".gz"):
        content = gzip.compress(content)
    if name.endswith(".zst"):
        content = zstandard.compress(content)
    documents = reading.read(name, content)
    assert [d.position for d in documents] == [0, 2]
    assert {d.text for d in documents} == {STATEMENT}
    first = documents[0]
    assert (first.title, first.date, first.speaker) == ("Shells", "2024-03-04", "A. Reed")
    (error,) = reading.errors
    assert (error.position, error.reason) == (1, "the text is empty")


def test_fields_of_ones_own(reading: Reading) -> None:
    content = "Datum;Rede;Wer\n4.3.2024;Wir wissen es. ;Fuchs\n"
    fields = Fields(text="Rede", date=("Tag", "Datum"), speaker="Wer")
    (document,) = reading.read("a.csv", content, fields=fields)
    assert (document.text, document.speaker) == ("Wir wissen es.", "Fuchs")


def test_windows_csv(reading: Reading) -> None:
    (document,) = reading.read("a.csv", "text\n“We know” – caf\xe9\n".encode("cp1252"))
    assert document.text == "“We know” – café"


def test_dataset_on_disk(reading: Reading) -> None:
    from datasets import Dataset, DatasetDict

    rows = Dataset.from_dict({"text": [STATEMENT, "The end."], "k": [1, 2]})
    rows.save_to_disk(str(reading.folder / "one"))
    DatasetDict({"train": rows, "test": rows}).save_to_disk(str(reading.folder / "two"))
    assert [d.text for d in reading.read("one")] == [STATEMENT, "The end."]
    found = [(d.path, d.position) for d in reading.read("two")]
    two = reading.folder / "two"
    assert found == [(f"{two}!{split}", i) for split in ("train", "test") for i in (0, 1)]


def test_zip_members_by_their_own_suffix(reading: Reading) -> None:
    members = {
        "in/a.txt": STATEMENT.encode(),
        "b.md": b"---\ntitle: B\n---\n*B* it is.",
        "c.parquet": rows("c.parquet"),
        "empty.txt": b"",
        "inner.zip": b"PK",
        ".hidden.txt": b"x",
        "__MACOSX/._a.txt": b"x",
    }
    path = zipped(reading.folder / "a.zip", members)
    documents = reading.read("a.zip")
    names = [f"{path}!{name}" for name in ("in/a.txt", "b.md", "c.parquet", "c.parquet")]
    assert [d.path for d in documents] == names
    assert documents[1].text == "B it is."
    assert [e.where for e in reading.errors] == [
        f"{path}!c.parquet",
        f"{path}!empty.txt",
        f"{path}!inner.zip",
    ]


def test_standard_input() -> None:
    code = (
        "from framing.documents.readers import read;print([d.text for d in read('-', suffix={!r})])"
    )
    for suffix, given in ((None, b"We know."), (".jsonl", b'{"text": "We know."}')):
        command = [sys.executable, "-c", code.format(suffix)]
        run = subprocess.run(command, input=given, capture_output=True, check=True)
        assert run.stdout == b"['We know.']\n"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.csv", "a.mbox", "a.parquet", "a.zip"])
def test_memory_does_not_grow_with_the_archive(reading: Reading, name: str) -> None:
    def peak(count: int) -> int:
        texts = [f"{STATEMENT} {i} " * 50 for i in range(count)]
        lines = [json.dumps({"text": text}).encode() for text in texts]
        path = reading.folder / name
        if name.endswith(".jsonl"):
            path.write_bytes(b"\n".join(lines))
        elif name.endswith(".gz"):
            path.write_bytes(gzip.compress(b"\n".join(lines), 1))
        elif name.endswith(".csv"):
            path.write_text("text\n" + "\n".join(texts))
        elif name.endswith(".mbox"):
            path.write_text("".join(f"From a\nSubject: s\n\n{text}\n\n" for text in texts))
        elif name.endswith(".zip"):
            zipped(path, {f"{i}.txt": text.encode() for i, text in enumerate(texts)})
        else:
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table({"text": texts}), path, row_group_size=100)
        for _ in read(path):  # what is imported and cached once is not the archive's
            break
        tracemalloc.start()
        assert sum(1 for _ in read(path)) == count
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    # A zip's directory of names does grow, by some hundred bytes a member.
    allowed = 900 * 600 if name.endswith(".zip") else 0
    assert peak(1_000) < 1.5 * peak(100) + 300_000 + allowed


def test_reading_text_imports_no_heavy_library(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from framing.documents.readers import read;"
        "pathlib.Path('x.txt').write_text('We know.'); list(read('x.txt'));"
        "heavy = {'pandas', 'pyarrow', 'datasets', 'numpy', 'trafilatura', 'pypdf', 'docx'};"
        "print(*heavy & {name.partition('.')[0] for name in sys.modules})"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert run.stdout.strip() == b""


def test_suffixes_are_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text()
    assert [s for s in suffixes() if f"`{s}`" not in page] == []


def test_without_on_error_a_bad_record_is_raised(reading: Reading) -> None:
    path = reading.write("a.jsonl", '{"text": "We know."}\n{bad\n{"text": "It is."}')
    documents = read(path)
    assert next(documents).text == "We know."
    with pytest.raises(ReadError, match="record 1: not valid JSON"):
        next(documents)
