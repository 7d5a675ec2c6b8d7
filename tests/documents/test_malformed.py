"""What cannot be read costs one clear error that names it, bounded memory, and nothing else."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import zstandard

from framing.documents.readers import Limits, find, read
from framing.errors import ReadError

from .conftest import STATEMENT, Reading, bomb, mail, pdf, zipped

XML_BOMB = (
    "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"
    "<rss><channel><item><description>&b;</description></item></channel></rss>"
)
XML_FILE = (
    "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    "<rss><channel><item><description>&x;</description></item></channel></rss>"
)
BAD: list[tuple[str, bytes | str, str]] = [
    ("empty.txt", b"", "empty file"),
    ("blank.txt", b" \n\t\n", "white space"),
    ("nul.txt", b"We know\0 it", "NUL"),
    ("bytes.txt", b"We will act \xff\xfe now", "not valid UTF-8"),
    ("cut.txt", "It is caf\u00e9".encode()[:-1], "not valid UTF-8"),
    ("controls.txt", b"\x01\x02\x03We know", "control characters"),
    ("picture.txt", b"\x89PNG\r\n\x1a\n", "PNG picture"),
    ("portable.txt", pdf("x"), "PDF file"),
    ("office.txt", b"PK\x03\x04xx", "zip archive"),
    ("page.txt", "<!doctype HTML><html><p>We know.</p>", "HTML page"),
    ("line.txt", b"x" * 11_000_000, "a single line longer than 10 million"),
    ("header.md", "---\ntitle: T\n---\n", "no text"),
    ("pictures.md", "![a](b.png)\n\n***\n", "no text"),
    ("script.html", "<html><script>document.write('We know')</script></html>", "no text"),
    ("other.xyz", "We know.", "unknown suffix '.xyz'"),
    ("bomb.xml", XML_BOMB, "entities"),
    ("outside.xml", XML_FILE, "entities"),
    ("sitemap.xml", "<urlset><url/></urlset>", "no RSS or Atom feed"),
    ("cut.rss", "<rss><channel><item><title>T", "not well-formed XML"),
    ("none.rss", "<rss><channel><title>T</title></channel></rss>", "no record"),
    ("cut.pdf", pdf("We know.")[:300], "not a readable PDF"),
    ("text.pdf", "We know.", "not a PDF file"),
    ("scan.pdf", pdf(), "run OCR"),
    ("text.docx", "We know.", "not a readable DOCX"),
    ("cut.docx", b"PK\x03\x04" + b"\0" * 40, "not a readable DOCX"),
    ("text.eml", "\n\n", "white space"),
    ("text.mbox", "We know.\n", "not a mailbox"),
    ("text.json", "{", "not valid JSON"),
    ("number.json", "3", "neither an object nor an array"),
    ("deep.json", "[" * 200_000, "nested too deeply"),
    ("none.csv", "a,b\n1,2\n", "no column for the text"),
    ("head.csv", "text,title\n", "no record"),
    ("text.parquet", "We know.", "not a readable Parquet"),
    ("cut.gz", gzip.compress(STATEMENT.encode() * 99)[:-9], "damaged or cut short"),
    ("text.gz", "We know.", "damaged or cut short"),
    ("bomb.txt.gz", bomb(), "zip bomb"),
    ("bomb.jsonl.gz", bomb(), "zip bomb"),
    ("bomb.jsonl.zst", zstandard.compress(b"0" * 50_000_000), "zip bomb"),
    ("cut.zst", zstandard.compress(STATEMENT.encode() * 99)[:-9], "damaged or cut short"),
    ("text.zst", "We know.", "damaged or cut short"),
    ("nested.zip.gz", gzip.compress(b"PK\x03\x04"), "archive inside an archive"),
    ("text.zip", "We know.", "not a readable zip"),
]


@pytest.mark.parametrize(("name", "content", "reason"), BAD, ids=[name for name, *_ in BAD])
def test_bad_file(reading: Reading, name: str, content: bytes | str, reason: str) -> None:
    assert reason in reading.reason(name, content)
    assert reading.errors == []


def test_zip_bomb(reading: Reading) -> None:
    zipped(reading.folder / "a.zip", {f"{i}.txt": b"0" * 10_000_000 for i in range(10)})
    assert "zip bomb" in reading.reason("a.zip")


def test_docx_bomb(reading: Reading) -> None:
    zipped(reading.folder / "a.docx", {"word/document.xml": b" " * 30_000_000})
    assert "zip bomb" in reading.reason("a.docx")


def test_zip_that_lies_about_its_size(reading: Reading) -> None:
    path = zipped(reading.folder / "a.zip", {"a.txt": b"We know. " * 9_000})
    content = path.read_bytes()
    true, told = struct.pack("<I", 81_000), struct.pack("<I", 90)
    path.write_bytes(content.replace(true, told))
    assert reading.read("a.zip") == []
    (error,) = reading.errors
    assert error.where == f"{path}!a.txt"


def test_locked_zip_member(reading: Reading) -> None:
    path = zipped(reading.folder / "a.zip", {"a.txt": STATEMENT.encode()})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag of an encrypted member, in both of its headers
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert reading.read("a.zip") == []
    assert "cannot be unpacked" in reading.errors[0].reason


def test_recursive_zip(reading: Reading) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.txt", STATEMENT)
    zipped(reading.folder / "a.zip", {"a.zip": inner.getvalue(), "b.txt": STATEMENT.encode()})
    assert [d.text for d in reading.read("a.zip")] == [STATEMENT]
    assert "inside an archive" in reading.errors[0].reason


def test_bad_lines_cost_themselves_only(reading: Reading) -> None:
    lines = [
        json.dumps({"text": STATEMENT}),
        "{bad",
        '["a list"]',
        json.dumps({"title": "no text"}),
        json.dumps({"text": 5}),
        json.dumps({"text": "NUL \0"}),
        "[" * 200_000,
        "x" * 10_000_001,
        "",
        json.dumps({"text": STATEMENT}),
    ]
    raw = "\n".join(lines).encode() + b'\n{"text": "\xff\xfe"}\n'
    documents = reading.read("a.jsonl", raw)
    assert [d.position for d in documents] == [0, 8]
    assert [e.position for e in reading.errors] == [1, 2, 3, 4, 5, 6, 7, 9]
    reasons = "not valid JSON,not an object,no text,not a string,NUL,nested,a line longer,UTF-8"
    for error, reason in zip(reading.errors, reasons.split(","), strict=True):
        assert reason in error.reason
        assert f"a.jsonl, record {error.position}: " in str(error)


def test_a_file_of_nothing_but_bad_records_is_given_up(reading: Reading) -> None:
    assert "the first 1,000 records are all bad" in reading.reason("a.jsonl", "{bad\n" * 5_000)
    assert len(reading.errors) == 1_000


def test_bad_rows_and_an_open_quote(reading: Reading) -> None:
    content = 'title,text\nA,We know.\nB\nC,"It is"\nD,"open ' + "x\n" * 200 + 'E,"It was"\n'
    documents = reading.read("a.csv", content, limits=Limits(line=150))
    assert [d.title for d in documents][:2] == ["A", "C"]
    assert [e.position for e in reading.errors][:2] == [1, 3]
    assert "not a valid row" in reading.errors[1].reason


def test_bad_messages_cost_themselves_only(reading: Reading) -> None:
    good = b"From a\n" + mail() + b"\n"
    box = good + b"From b\n\nno header\n\n" + b"From c\nSubject: none\n\n\n" + good
    documents = reading.read("a.mbox", box)
    assert [d.position for d in documents] == [0, 3]
    assert [e.position for e in reading.errors] == [1, 2]


def test_hostile_mail_headers(reading: Reading) -> None:
    raw = b"Subject: =?utf-8?q?" + b"=" * 5_000 + b"\nDate: " + b"(" * 5_000 + b"\n\nWe know.\n"
    try:
        documents = reading.read("a.eml", raw)
    except ReadError as error:
        assert "a.eml" in str(error)
    else:
        assert [d.text for d in documents] == ["We know."]
        assert documents[0].date is None


def test_limits_are_those_given(reading: Reading) -> None:
    reading.write("a.txt", STATEMENT)
    with pytest.raises(ReadError, match="larger than"):
        reading.read("a.txt", limits=Limits(text=20))


# A process counts the memory of the one it was started from as its own: a small one stands between.
MEASURED = """
import json, resource, subprocess, sys
code = subprocess.run([sys.executable, *sys.argv[1:]]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime, used.ru_maxrss]))
"""
READ = """
import sys
from framing.documents.readers import read
(document,) = read(sys.argv[1])
assert document.text.count("We know.") == 1_200_000
"""


def test_a_huge_page_takes_bounded_time_and_memory(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<p>We know.</p>" * 1_200_000)
    command = [sys.executable, "-c", MEASURED, "-c", READ, str(page)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    code, seconds, kilobytes = json.loads(done.stdout)
    assert code == 0
    assert seconds < 60  # of processor time
    assert kilobytes < 1_200_000


def test_yaml_is_never_executed(reading: Reading) -> None:
    path = reading.folder / "made"
    head = f"---\ntitle: !!python/object/apply:os.mkdir ['{path}']\n---\n"
    (document,) = reading.read("a.md", head + STATEMENT)
    assert document.text == STATEMENT
    assert not path.exists()


@pytest.mark.parametrize(
    "block", ["[" * 15_000, "a: &a [1]\n" + "b: *a\n" * 2_000, "x: 2024-99-99"]
)
def test_hostile_front_matter(reading: Reading, block: str) -> None:
    (document,) = reading.read("a.md", f"---\n{block}\n---\n{STATEMENT}")
    assert document.text == STATEMENT


@pytest.mark.parametrize("unit", ["[", "*", "`", "<a", "> ", "- ", "![](", "&amp", "| ", "\\"])
def test_hostile_markdown_takes_no_time(reading: Reading, unit: str) -> None:
    import time

    start = time.process_time()
    text = "\n".join([unit * (15_000 // len(unit))] * 8)
    try:
        reading.read("a.md", text + "\n\nWe know.")
    except ReadError as error:
        assert "no text" in error.reason
    assert time.process_time() - start < 10  # 2 s at most on one idle core


def test_find_goes_through_folders_and_globs(reading: Reading) -> None:
    for name in ("b.txt", "a.md", ".hidden.txt"):
        reading.write(name, STATEMENT)
    (reading.folder / "sub").mkdir()
    reading.write("sub/c.txt", STATEMENT)
    (reading.folder / ".git").mkdir()
    reading.write(".git/d.txt", STATEMENT)
    top = str(reading.folder)
    found = [str(path.relative_to(top)) for path in find([top], on_error=reading.errors.append)]
    assert found == ["a.md", "b.txt", "sub/c.txt"]
    given = [f"{top}/*.txt", "-", f"{top}/sub", f"{top}/**/c.txt"]
    names = [path.name for path in find(given, on_error=reading.errors.append)]
    assert names == ["b.txt", "-", "c.txt", "c.txt"]
    assert reading.errors == []


def test_find_names_what_is_missing_and_goes_on(reading: Reading) -> None:
    reading.write("a.txt", STATEMENT)
    top = reading.folder
    given = [f"{top}/no.txt", f"{top}/*.pdf", f"{top}/a.txt", "\0", "n" * 5_000]
    found = list(find(given, on_error=reading.errors.append))
    assert found == [top / "a.txt"]
    assert [e.where for e in reading.errors] == [given[0], given[1], given[3], given[4]]


def test_links_are_followed_once(reading: Reading) -> None:
    top = reading.folder
    (top / "real").mkdir()
    reading.write("real/a.txt", STATEMENT)
    (top / "real" / "up").symlink_to(top)
    (top / "self").symlink_to("self")
    (top / "nowhere").symlink_to("gone.txt")
    found = list(find([str(top)], on_error=reading.errors.append))
    for path in found:
        if path.is_symlink():
            with pytest.raises(ReadError, match=path.name):
                list(read(path))
    assert [p.name for p in found if not p.is_symlink()] == ["a.txt"]
    assert [Path(e.where).name for e in reading.errors] == ["up"]
    errors: list[ReadError] = []
    assert list(find([str(top / "self"), str(top / "nowhere")], on_error=errors.append)) == []
    assert [Path(e.where).name for e in errors] == ["self", "nowhere"]


def test_folders_and_pipes_are_not_files(reading: Reading) -> None:
    os.mkfifo(reading.folder / "pipe.txt")
    assert "not a regular file" in reading.reason("pipe.txt")
    (reading.folder / "sub").mkdir()
    assert "is a folder" in reading.reason("sub")
    assert "No such file" in reading.reason("gone.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_forbidden_file(reading: Reading) -> None:
    reading.write("a.txt", STATEMENT).chmod(0)
    assert "Permission denied" in reading.reason("a.txt")


def test_damaged_dataset_folder(reading: Reading) -> None:
    (reading.folder / "ds").mkdir()
    reading.write("ds/dataset_info.json", "{}")
    reading.write("ds/state.json", "{bad")
    assert "not a readable dataset" in reading.reason("ds")


def test_errors_cross_to_other_processes() -> None:
    error = ReadError("a.jsonl", "two\nlines", 3)
    again = pickle.loads(pickle.dumps(error))
    assert (again.where, again.reason, again.position) == ("a.jsonl", "two\nlines", 3)
    assert str(again) == "a.jsonl, record 3: two lines"


def slow_pdf(pages: int, lines: int) -> bytes:
    """Every page shows the same stream, so that a small file takes very long to read."""
    once = pdf(*["We know of it."] * lines).decode()
    page = once[once.index("3 0 obj") : once.index("4 0 obj")]
    copies = "".join(page.replace("3 0 obj", f"{n} 0 obj") for n in range(7, 7 + pages))
    kids = " ".join(f"{n} 0 R" for n in range(7, 7 + pages))
    body = once[: once.index("xref")].replace("[3 0 R] /Count 1", f"[{kids}] /Count {pages}")
    return (
        f"{body}{copies}trailer << /Size {7 + pages} /Root 1 0 R >>\nstartxref\n0\n%%EOF".encode()
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no clock of processor time")
def test_a_pdf_that_would_take_hours_is_given_up_and_the_next_one_read(reading: Reading) -> None:
    reading.write("slow.pdf", slow_pdf(pages=2_000, lines=20_000))
    with pytest.raises(ReadError, match=r"slow\.pdf: takes over 0\.5 s of processor time"):
        reading.read("slow.pdf", limits=Limits(seconds=0.5))
    assert [d.text for d in reading.read("a.pdf", pdf("We know."))] == ["We know."]
