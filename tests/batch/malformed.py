"""Forty good files of every kind, and more bad ones: what a folder found on the web may hold."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import docx
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tests.batch.conftest import statement
from tests.documents.conftest import pdf

MB = 1_000_000
# A process counts the memory of the one it was started from as its own: a small one stands between.
_MEASURE = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode
print(json.dumps([code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""


def batch_measured(folder: Path, out: Path) -> tuple[int, int]:
    """``framing batch`` over a folder: its exit code, the memory in kB of its largest process."""
    start = "from framing.cli import main; main()"
    options = ["--model", "ngram", "--language", "any", "--workers", "1"]
    command = [sys.executable, "-c", start, "batch", str(folder), "--out", str(out), *options]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        check=True,
    )
    code, peak = json.loads(done.stdout.splitlines()[-1])
    return code, peak


def _html(text: str) -> bytes:
    menu = "<nav><a href='/'>Home</a></nav><script>alert('We will strike')</script>"
    return f"<html><body>{menu}<article><p>{text}</p></article></body></html>".encode()


def _docx(text: str) -> bytes:
    package, held = docx.Document(), io.BytesIO()
    package.add_paragraph(text)
    package.save(held)
    return held.getvalue()


def _mail(text: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "A statement"
    message.set_content(text)
    return bytes(message)


def _record(text: str) -> bytes:
    return json.dumps({"text": text}).encode() + b"\n"


def _feed(text: str) -> bytes:
    item = f"<item><title>T</title><description>{text}</description></item>"
    return f"<rss><channel><title>C</title>{item}</channel></rss>".encode()


def _parquet(text: str) -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table({"text": [text]}), held)
    return held.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def _tar(text: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text.encode()))
    return held.getvalue()


KINDS: tuple[tuple[str, Callable[[str], bytes]], ...] = (
    (".txt", str.encode),
    (".md", lambda text: f"# Statement\n\n**{text}**\n".encode()),
    (".html", _html),
    (".docx", _docx),
    (".pdf", lambda text: pdf(*(f"{line}." for line in text.rstrip(".").split(". ")))),
    (".eml", _mail),
    (".mbox", lambda text: b"From a\n" + _mail(text)),
    (".jsonl", _record),
    (".json", _record),
    (".csv", lambda text: f'title,text\nT,"{text}"\n'.encode()),
    (".rss", _feed),
    (".parquet", _parquet),
    (".txt.gz", lambda text: gzip.compress(text.encode())),
    (".jsonl.zst", lambda text: zstandard.compress(_record(text))),
    (".zip", lambda text: _zip({"a.txt": text.encode()})),
    (".TXT", lambda text: text.encode("utf-16")),
)


def write_good(folder: Path, count: int = 40) -> list[str]:
    """Write files of every kind, one statement in each; their names."""
    names = []
    for number in range(count):
        suffix, form = KINDS[number % len(KINDS)]
        names.append(f"good-{number:02d}{suffix}")
        (folder / names[-1]).write_bytes(form(statement(number, 6)))
    return names


def bad_files(line: int = 12 * MB) -> dict[str, bytes]:
    """Bad files by name; ``line`` is the length of the line that is too long."""
    text = statement(0, 6)
    inner = _zip({"a.txt": text.encode()})
    zeros = b"0" * (50 * MB)
    billion = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 9))
    return {
        "empty.txt": b"",
        "empty.pdf": b"",
        "empty.jsonl": b"",
        "empty.zip": _zip({}),
        "blank.md": b" \n\n\t\n",
        "dots.txt": b"...\n---\n***\n",
        "nul.txt": text.encode() + b"\0",
        "nul.jsonl": _record(text + "\0"),
        "controls.txt": bytes(range(1, 9)) * 99,
        "latin-cut.txt": text.encode() + b" \xff\xfe\xfd",
        "utf8-cut.txt": "It is caf\u00e9".encode()[:-1],
        "utf16-cut.txt": b"\xff\xfea",
        "surrogates.jsonl": b'{"text": "We \\ud800 know."}\n',
        "line.txt": b"x" * line,
        "line.jsonl": b'{"text": "' + b"x" * line + b'"}\n',
        "line.csv": b'text\n"' + b"x" * line + b'"\n',
        "script.html": b"<html><script>document.write('We will strike')</script></html>",
        "deep.html": b"<div>" * 100_000,
        "hidden.html": b"<style>We will strike.</style><template>We know.</template>",
        "cut.pdf": pdf(text)[:300],
        "text.pdf": text.encode(),
        "scan.pdf": pdf(),
        "cut.docx": _docx(text)[:-500],
        "text.docx": text.encode(),
        "bomb.docx": _zip({"word/document.xml": b" " * (30 * MB)}),
        "no-header.eml": b"\n\nWe know.\n",
        "text.mbox": text.encode(),
        "billion.rss": f"<!DOCTYPE r [<!ENTITY a0 'ha'>{billion}]><rss>&a8;</rss>".encode(),
        "outside.atom": b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><feed>&x;</feed>",
        "cut.rss": _feed(text)[:90],
        "page.xml": b"<html><p>We know.</p></html>",
        "cut.json": b'{"text": "We know.',
        "deep.json": b"[" * 200_000,
        "number.json": b"3",
        "other-keys.jsonl": b'{"a": 1}\n',
        "no-text.csv": b"a,b\n1,2\n",
        "cut.parquet": _parquet(text)[:-20],
        "text.parquet": text.encode(),
        "no-text.parquet": b"PAR1" * 9,
        "cut.txt.gz": gzip.compress(text.encode() * 9)[:-9],
        "text.txt.gz": text.encode(),
        "bomb.txt.gz": gzip.compress(zeros),
        "bomb.jsonl.zst": zstandard.compress(zeros),
        "cut.txt.zst": zstandard.compress(text.encode() * 9)[:-9],
        "bomb.zip": _zip({f"{n}.txt": zeros for n in range(2)}),
        "recursive.zip": _zip({"a.zip": inner}),
        "nested.zip.gz": gzip.compress(inner),
        "cut.zip": inner[:-30],
        "text.zip": text.encode(),
        "tar.tgz": _tar(text),
        "bzip.txt": bz2.compress(text.encode()),
        "picture.txt": b"\x89PNG\r\n\x1a\n" + bytes(99),
        "office.txt": _docx(text),
        "zip.pdf": inner,
        "program": b"\x7fELF" + bytes(99),
        "unknown.xyz": text.encode(),
    }


def write_bad(folder: Path, line: int = 12 * MB) -> list[str]:
    """Write the bad files, links that lead nowhere and a pipe; their names."""
    files = bad_files(line)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "itself.txt").symlink_to("itself.txt")
    (folder / "nowhere.txt").symlink_to("gone.txt")
    (folder / "loop").mkdir()
    (folder / "loop" / "up").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    names = [*files, "itself.txt", "nowhere.txt", "up", "pipe.txt"]
    if os.geteuid():  # root may read everything
        (folder / "forbidden.txt").write_bytes(b"We know.")
        (folder / "forbidden.txt").chmod(0)
        names.append("forbidden.txt")
    return names
