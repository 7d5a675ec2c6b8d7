"""The one entrance: choose the reader by suffix and give it an open, bounded source."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from framing.documents.document import Document
from framing.documents.readers.fields import Fields
from framing.documents.readers.records import is_dataset, read_dataset
from framing.documents.readers.source import Limits, Options, Source
from framing.errors import ReadError

Reader = Callable[[Source], Iterator[Document]]

# Modules are named, not imported, so that one text file does not pay for the others' libraries.
_READERS = {
    "": "plain.read_text",
    ".txt": "plain.read_text",
    ".text": "plain.read_text",
    ".md": "plain.read_markdown",
    ".markdown": "plain.read_markdown",
    ".html": "markup.read_html",
    ".htm": "markup.read_html",
    ".xhtml": "markup.read_html",
    ".rss": "markup.read_feed",
    ".atom": "markup.read_feed",
    ".xml": "markup.read_feed",
    ".pdf": "pdf.read_pdf",
    ".docx": "office.read_docx",
    ".eml": "mail.read_message",
    ".mbox": "mail.read_mailbox",
    ".jsonl": "records.read_jsonl",
    ".ndjson": "records.read_jsonl",
    ".json": "records.read_json",
    ".csv": "records.read_csv",
    ".tsv": "records.read_csv",
    ".parquet": "records.read_parquet",
    ".gz": "archives.read_gzip",
    ".zst": "archives.read_zstandard",
    ".zip": "archives.read_zip",
}

# Those that make one document of a file; the others may make any number.
_OF_ONE = frozenset(
    (
        "plain.read_text",
        "plain.read_markdown",
        "markup.read_html",
        "pdf.read_pdf",
        "office.read_docx",
        "mail.read_message",
    )
)


def is_single(suffix: str) -> bool:
    """Whether a file with this suffix, in lower case with its dot, is one document."""
    return _READERS.get(suffix) in _OF_ONE


def suffixes() -> tuple[str, ...]:
    """The suffixes ``read`` knows, sorted; compressed forms (``.txt.gz``) come on top of them."""
    return tuple(sorted(filter(None, _READERS)))


def read(
    path: str | Path,
    *,
    fields: Fields | None = None,
    on_error: Callable[[ReadError], None] | None = None,
    limits: Limits | None = None,
    suffix: str | None = None,
) -> Iterator[Document]:
    """Yield the documents of one file, folder of ``datasets``, or standard input (``-``).

    The suffix chooses the reader; ``suffix`` overrides it, for standard input above all, which is
    plain text otherwise. A file that cannot be read raises ReadError. A bad record inside one that
    can is given to ``on_error`` and skipped; without ``on_error`` it is raised. Memory is bounded
    by ``limits`` and does not grow with the number of records.
    """
    options = Options(fields or Fields(), limits or Limits(), on_error)
    name = str(path)
    try:
        if name == "-":
            yield from dispatch(Source(name, suffix or "", sys.stdin.buffer, options))
            return
        path = Path(path)
        if is_dataset(path):
            yield from read_dataset(path, options)
            return
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ReadError(name, "is a folder" if stat.S_ISDIR(mode) else "not a regular file")
        with path.open("rb") as stream:
            yield from dispatch(
                Source(name, (suffix or path.suffix).lower(), stream, options, path)
            )
    except OSError as error:
        raise ReadError(name, error.strerror or str(error)) from error


def dispatch(source: Source) -> Iterator[Document]:
    """Read ``source`` with the reader of its suffix."""
    target = _READERS.get(source.suffix)
    if target is None:
        raise source.error(f"unknown suffix {source.suffix!r}; known: {' '.join(suffixes())}")
    module, function = target.split(".")
    reader: Reader = getattr(import_module(f"framing.documents.readers.{module}"), function)
    return reader(source)
