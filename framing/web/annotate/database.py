"""The project's SQLite file: its tables, and transactions that are whole or not there at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framing.errors import CorpusError

_APPLICATION = 0x46524D41  # "FRMA": an SQLite file with another mark is not ours to touch
_VERSION = 1
_PATIENCE = 30.0  # seconds that one writer waits for another

# A decision is never changed but for ``live``: what an annotator said before stays on record.
# The two partial indices are the promise that nobody's label is ever silently written over.
_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE sentences (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    source TEXT NOT NULL,
    document TEXT NOT NULL,
    date TEXT,
    speaker TEXT,
    stratum TEXT,
    shuffle INTEGER NOT NULL,
    doubt REAL
) STRICT;
CREATE INDEX by_shuffle ON sentences (shuffle);
CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    sentence INTEGER NOT NULL REFERENCES sentences (n),
    annotator TEXT NOT NULL,
    final INTEGER NOT NULL,
    labels TEXT,
    skipped TEXT,
    window TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    live INTEGER NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0,
    replaces INTEGER REFERENCES decisions (seq),
    CHECK ((labels IS NULL) <> (skipped IS NULL))
) STRICT;
CREATE UNIQUE INDEX one_label ON decisions (sentence, annotator) WHERE live = 1 AND final = 0;
CREATE UNIQUE INDEX one_final ON decisions (sentence) WHERE live = 1 AND final = 1;
CREATE INDEX by_sentence ON decisions (sentence, live);
CREATE INDEX by_annotator ON decisions (annotator, seq);
CREATE TABLE claims (
    annotator TEXT NOT NULL,
    window TEXT NOT NULL,
    final INTEGER NOT NULL,
    sentence INTEGER NOT NULL REFERENCES sentences (n),
    until REAL NOT NULL,
    PRIMARY KEY (annotator, window, final)
) STRICT;
CREATE TABLE jobs (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT,
    pid INTEGER,
    started TEXT NOT NULL,
    beat REAL NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    step TEXT NOT NULL DEFAULT '',
    sentences TEXT,
    result TEXT,
    error TEXT
) STRICT;
CREATE UNIQUE INDEX one_running ON jobs (state) WHERE state = 'running';
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, made and laid out if it is not there yet.

    A commit is on the disk before it returns, so that a killed process loses nothing that it has
    acknowledged. Raises ``CorpusError`` when the file is something else.
    """
    try:
        db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        _expect_ours(db, path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        if _pragma(db, "user_version") == 0:
            with transaction(db):
                if _pragma(db, "user_version") == 0:  # nobody else was quicker
                    _lay_out(db)
    except sqlite3.Error as error:
        raise CorpusError(f"{path}: cannot be used as an annotation database ({error})") from error
    return db


@contextmanager
def session(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of one's own for a while."""
    db = connect(path)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. The writer's place is taken at once: what is read cannot change below it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _expect_ours(db: sqlite3.Connection, path: Path) -> None:
    version = _pragma(db, "user_version")
    tables = db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if tables and _pragma(db, "application_id") != _APPLICATION:
        raise CorpusError(f"{path}: is a database of another program; give another project folder")
    if version > _VERSION:
        raise CorpusError(f"{path}: was written by a newer framing; install that version")


def _lay_out(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            db.execute(statement)
    db.execute(f"PRAGMA application_id = {_APPLICATION}")
    db.execute(f"PRAGMA user_version = {_VERSION}")


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])
