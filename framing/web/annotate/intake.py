"""Sentences come into a project: tables with a text column, corpus files, running text."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.corpus.examples import AUTHORED, REAL
from framing.errors import CodebookError, CorpusError, ReadError
from framing.web.annotate import database
from framing.web.annotate.decisions import now, proper_name, written

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_LONGEST = 20_000  # characters; what is longer is no sentence that a person could label
_BEFORE = ("before", "context_before", "context")
_AFTER = ("after", "context_after")
_NEIGHBOURS = 2  # sentences of running text shown on either side


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table hold what; None means the usual names."""

    text: str = "text"
    before: str | None = None
    after: str | None = None
    labels: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence to be labelled, with its context; ``labels`` by ``annotator`` if it has some."""

    id: str
    text: str
    source: str
    document: str
    before: str = ""
    after: str = ""
    date: str | None = None
    speaker: str | None = None
    stratum: str | None = None
    labels: tuple[str, ...] | None = None
    annotator: str | None = None


@dataclass(slots=True)
class Added:
    """What an import did; ``refused`` says where and why, one line each."""

    sentences: int = 0
    known: int = 0
    labels: int = 0
    refused: list[str] = field(default_factory=list)


def read(
    path: Path,
    codebook: Codebook,
    refuse: Callable[[str], None],
    columns: Columns | None = None,
    lines: bool = False,
    mirror: Path | None = None,
) -> Iterator[Candidate]:
    """The sentences of a table (one a row), a corpus folder, or a statement in running text.

    With ``lines`` every line of a text file is a sentence. A record that is none is told to
    ``refuse`` and left out. Raises ``CorpusError`` or ``ReadError`` when nothing can be read.
    """
    if path.is_dir() and any((path / part).is_dir() for part in (AUTHORED, REAL)):
        yield from _corpus(path, codebook, refuse, mirror)
    elif path.suffix.lower() in TABLES or path.is_dir():
        yield from _table(path, codebook, refuse, columns or Columns())
    elif lines:
        yield from _lines(path, refuse)
    else:
        yield from _running(path, refuse)


def add(
    db: sqlite3.Connection,
    candidates: Iterable[Candidate],
    codebook: Codebook,
    annotator: str = "imported",
    seed: int = 0,
) -> Added:
    """Put sentences into the project in one transaction; one whose id is known stays as it is.

    Labels that came with a sentence count as a decision of their annotator (or ``annotator``),
    unless that annotator has decided already.
    """
    done = Added()
    with database.transaction(db):
        for candidate in candidates:
            _add(db, candidate, codebook, annotator, seed, done)
    return done


def _add(
    db: sqlite3.Connection,
    candidate: Candidate,
    codebook: Codebook,
    annotator: str,
    seed: int,
    done: Added,
) -> None:
    row = db.execute("SELECT n, text FROM sentences WHERE id = ?", (candidate.id,)).fetchone()
    if row is not None and row["text"] != candidate.text:
        done.refused.append(f"{candidate.id}: is in the project with another text")
        return
    if row is None:
        number = db.execute(
            "INSERT INTO sentences (id, text, before, after, source, document, date, speaker,"
            " stratum, shuffle) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                candidate.id,
                candidate.text,
                candidate.before,
                candidate.after,
                candidate.source,
                candidate.document,
                candidate.date,
                candidate.speaker,
                candidate.stratum,
                _shuffled(candidate.id, seed),
            ),
        ).lastrowid
        done.sentences += 1
    else:
        number = row["n"]
        done.known += 1
    if candidate.labels is not None:
        name = proper_name(candidate.annotator or annotator)
        done.labels += db.execute(
            "INSERT OR IGNORE INTO decisions"
            " (sentence, annotator, final, labels, window, key, at, live)"
            " VALUES (?, ?, 0, ?, 'import', ?, ?, 1)",
            (
                number,
                name,
                written(candidate.labels, codebook),
                f"import/{candidate.id}/{name}",
                now(),
            ),
        ).rowcount


def _shuffled(identifier: str, seed: int) -> int:
    """A place in an order that tells nothing, the same for everybody and in every run."""
    digest = hashlib.sha256(f"{seed}\0{identifier}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big")


def _table(
    path: Path, codebook: Codebook, refuse: Callable[[str], None], columns: Columns
) -> Iterator[Candidate]:
    from framing.corpus.rows import read_rows

    rows = read_rows(path)
    for name in (columns.text, columns.before, columns.after, columns.labels, columns.document):
        if name is not None and name not in rows.columns:
            raise CorpusError(
                f"{path}: has no column {name!r}; it has {', '.join(map(str, rows.columns))}"
            )
    for number, record in rows.records:
        try:
            yield _candidate(record, path, number, codebook, columns)
        except (ValueError, CodebookError, CorpusError) as error:
            refuse(f"{path}, {rows.unit} {number}: {error}")


def _candidate(
    record: dict[str, Any], path: Path, number: int, codebook: Codebook, columns: Columns
) -> Candidate:
    text = _clean(record.get(columns.text))
    if not text:
        raise ValueError(f"the column {columns.text!r} holds no text")
    if len(text) > _LONGEST:
        raise ValueError(f"{len(text):,} characters are no sentence; split it first")
    name = _clean(record.get("id")) or f"{path.stem}-{number}"
    return Candidate(
        id=name,
        text=text,
        before=_context(record, columns.before, _BEFORE),
        after=_context(record, columns.after, _AFTER),
        source=_clean(record.get("source")) or path.stem,
        document=_clean(record.get(columns.document or "document")) or name,
        date=_clean(record.get("date")) or None,
        speaker=_clean(record.get("speaker")) or None,
        stratum=_clean(record.get("stratum")) or None,
        labels=_labels(record.get(columns.labels or "labels"), codebook),
        annotator=_clean(record.get("annotator")) or None,
    )


def _context(record: dict[str, Any], column: str | None, usual: Sequence[str]) -> str:
    names = usual if column is None else (column,)
    return next((text for name in names if (text := _clean(record.get(name)))), "")


def _labels(value: Any, codebook: Codebook) -> tuple[str, ...] | None:
    """Names of labels from a list, or from text between commas or semicolons; None where none.

    An empty list says that no label holds; an empty cell of a spreadsheet says nothing.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            value = json.loads(value)
        else:
            value = [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]
    if not isinstance(value, list):
        raise ValueError(f"labels must be a list, not {value!r}")
    return tuple(
        name if name in codebook.names else codebook.by_code(name).name for name in map(str, value)
    )


def _corpus(
    path: Path, codebook: Codebook, refuse: Callable[[str], None], mirror: Path | None
) -> Iterator[Candidate]:
    from framing.corpus.examples import load

    sentences, missing = load(path, "all", mirror)
    for gap in missing:
        refuse(f"{path}: {gap.sentences} sentences of {gap.source} have no text: {gap.reason}")
    for row in sentences:
        try:
            labels = _labels(list(row.labels), codebook)
        except CodebookError as error:
            refuse(f"{path}, {row.id}: {error}")
            continue
        yield Candidate(
            id=row.id,
            text=row.text,
            source=row.source,
            document=row.document,
            date=row.date,
            speaker=row.speaker,
            stratum=row.stratum,
            labels=labels,
            annotator=row.annotator,
        )


def _lines(path: Path, refuse: Callable[[str], None]) -> Iterator[Candidate]:
    """One sentence a line, each standing for itself."""
    try:
        raw = path.read_bytes()
        found = [_clean(line) for line in raw.decode("utf-8-sig").splitlines()]
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: is not UTF-8 (byte {error.start}); convert it") from error
    for number, text in enumerate(found, 1):
        name = f"{path.stem}-{number}"
        if len(text) > _LONGEST:
            refuse(f"{path}, line {number}: {len(text):,} characters are no sentence")
        elif text:
            yield Candidate(id=name, text=text, source=path.stem, document=name)


def _running(path: Path, refuse: Callable[[str], None]) -> Iterator[Candidate]:
    """The sentences of statements, each with its neighbours."""
    from framing.documents.readers import read as read_documents

    def bad(error: ReadError) -> None:
        refuse(str(error))

    for document in read_documents(path, on_error=bad):
        texts = [_clean(sentence.text) for sentence in document.sentences()]
        # The text, not the path, names a sentence: the same file elsewhere is the same statement.
        key = hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        for i, text in enumerate(texts):
            yield Candidate(
                id=f"{path.stem}-{key}-{i + 1}",
                text=text,
                before=" ".join(texts[max(0, i - _NEIGHBOURS) : i]),
                after=" ".join(texts[i + 1 : i + 1 + _NEIGHBOURS]),
                source=document.source or path.stem,
                document=f"{path.stem}-{key}",
                date=document.date,
                speaker=document.speaker,
            )


def _clean(value: Any) -> str:
    """A cell as one line of text without control characters; dates as ISO; nothing is ''."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        value = value.isoformat()[:10]
    text = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in str(value)
        if unicodedata.category(c) != "Cs"
    )
    return " ".join(text.split())
