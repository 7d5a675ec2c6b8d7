"""Inputs that fsspec opens by URL, and outputs that it could not write safely."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framing.batch import Options, plan, run
from framing.batch.remote import is_url
from framing.errors import FramingError
from tests.batch.conftest import contents, statement


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


def parquet(texts: list[str]) -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table({"text": texts}), held)
    return held.getvalue()


def zipped(text: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("inside.txt", text)
    return held.getvalue()


def test_every_kind_of_file_is_read_as_from_disk(store, tmp_path, score):
    lines = "".join(json.dumps({"text": statement(n)}) + "\n" for n in (1, 2))
    files = {
        "a/one.txt": statement(0).encode(),
        "a/two.jsonl.gz": gzip.compress(lines.encode()),
        "a/b/three.parquet": parquet([statement(3)]),
        "c.zip": zipped(statement(4)),
        "d.pdf": b"not a PDF",
        ".hidden.txt": b"We know.",
    }
    for name, content in files.items():
        store.pipe(f"/archive/{name}", content)
        (tmp_path / "archive" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "archive" / name).write_bytes(content)
    out = tmp_path / "remote"
    options = Options(language="any", part_size=2)
    summary = run(plan(["memory://archive"], out, "ngram", None, options), 1)
    assert (summary.documents, summary.errors) == (5, 1)
    local, _ = score(tmp_path / "archive", part_size=2)
    mine, theirs = (pq.read_table(folder / "documents").to_pylist() for folder in (out, local))
    assert [row["casus_belli"] for row in mine] == [row["casus_belli"] for row in theirs]
    assert mine[0]["path"] == "memory:///archive/a/b/three.parquet"
    (error,) = [json.loads(line) for line in (out / "errors.jsonl").read_text().splitlines()]
    assert error["path"] == "memory:///archive/d.pdf"


def test_globs_and_what_is_not_there(store, tmp_path):
    store.pipe("/in/a.txt", b"We will strike.")
    store.pipe("/in/b.md", b"We will wait.")
    options = Options(language="any")
    given = ["memory://in/*.md", "memory://in/none.txt"]
    planned = plan(given, tmp_path / "run", "ngram", None, options)
    assert [item.name for item in planned.inputs] == ["memory:///in/b.md"]
    assert [error.where for error in planned.missing] == ["memory://in/none.txt"]


def test_a_changed_object_is_another_run(store, tmp_path):
    store.pipe("/in/a.txt", b"We will strike.")
    options = Options(language="any")
    first = plan(["memory://in"], tmp_path / "run", "ngram", None, options)
    assert first.fingerprint == plan(["memory://in"], "x", "ngram", None, options).fingerprint
    store.pipe("/in/a.txt", b"We will  wait.")
    assert first.fingerprint != plan(["memory://in"], "x", "ngram", None, options).fingerprint


@pytest.mark.parametrize(
    "url", ["nosuch://bucket/a.txt", "simplecache::memory://a.txt", "zip://a::memory://b.zip"]
)
def test_a_url_that_nothing_opens_is_one_line(tmp_path, url):
    with pytest.raises(FramingError) as caught:
        plan([url], tmp_path / "run", "ngram")
    assert url in str(caught.value) and "\n" not in str(caught.value)


def test_a_run_is_not_written_to_an_object_store(archive, tmp_path):
    with pytest.raises(FramingError, match="written to a folder"):
        plan([str(archive)], "s3://bucket/run", "ngram")
    planned = plan([f"file://{archive}"], f"file://{tmp_path}/run", "ngram")
    assert planned.out == f"{tmp_path}/run" and len(planned.inputs) == 40


def test_names_in_the_results_are_those_given(archive, tmp_path, monkeypatch, score):
    monkeypatch.chdir(archive.parent)
    options = Options(language="any", part_size=8)
    run(plan(["in"], tmp_path / "relative", "ngram", None, options))
    paths = pq.read_table(tmp_path / "relative" / "documents")["path"].to_pylist()
    assert paths[0] == "in/0000.txt"
    assert contents(tmp_path / "relative").keys() == contents(score(archive)[0]).keys()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("s3://a/b", True), ("file:///a", False), ("C:\\a", False), ("a/b", False), ("a:b//c", False)],
)
def test_what_a_url_is(name, expected):
    assert is_url(name) is expected
