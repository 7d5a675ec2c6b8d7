"""An annotation project: a folder with a codebook, a database, a key, and the models it made."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from framing.codebook import Codebook
from framing.errors import CorpusError
from framing.web.annotate import database

DATABASE = "annotations.sqlite"
CODEBOOK = "codebook.toml"
TOKEN = "token"
MODELS = "models"


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project lies, and the codebook under which it is labelled."""

    folder: Path
    codebook: Codebook

    @property
    def name(self) -> str:
        """The name of the folder, for people to read."""
        return self.folder.resolve().name

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / DATABASE

    @property
    def models(self) -> Path:
        """The folder for models trained on the project's labels."""
        return self.folder / MODELS

    @contextlib.contextmanager
    def session(self) -> Iterator[sqlite3.Connection]:
        """A connection to the database."""
        with database.session(self.database) as db:
            yield db

    def token(self) -> str:
        """The secret part of the page's address; the same until its file is deleted.

        That it outlives the server lets a page that is open go on after a restart.
        """
        path = self.folder / TOKEN
        with contextlib.suppress(OSError):
            kept = path.read_text(encoding="ascii", errors="replace").strip()
            if len(kept) >= 32 and kept.isalnum():
                return kept
        path.unlink(missing_ok=True)
        token = secrets.token_hex(16)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token + "\n")
        return token


def open_project(folder: Path, codebook: Path | None = None) -> Project:
    """Open the project in ``folder``, or begin one there.

    The codebook (the shipped one when None) is copied into a new project, which keeps to it; a
    revised one with the same labels takes its place. Raises ``CorpusError`` for a folder that holds
    other things, or a codebook with other labels; ``CodebookError`` for one that is malformed.
    """
    kept = folder / CODEBOOK
    if kept.is_file():
        project = Project(folder, Codebook.load(kept))
        if codebook is not None and _read(codebook) != _read(kept):
            project = _revise(project, codebook)
    else:
        project = _begin(folder, codebook)
    with project.session():
        return project


def _begin(folder: Path, codebook: Path | None) -> Project:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CorpusError(f"{folder}: is no annotation project; give a new or an empty folder")
    book = Codebook.load(codebook)
    original = codebook or Path(str(files("framing") / CODEBOOK))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, folder / CODEBOOK)
    except OSError as error:
        raise CorpusError(f"{folder}: cannot be written ({error.strerror})") from error
    return Project(folder, book)


def _revise(project: Project, codebook: Path) -> Project:
    book = Codebook.load(codebook)
    if set(book.names) != set(project.codebook.names):
        raise CorpusError(
            f"{project.folder}: is labelled with {', '.join(project.codebook.names)}; "
            f"{codebook} has {', '.join(book.names)}. Begin another project for it"
        )
    scratch = project.folder / f".{CODEBOOK}"
    shutil.copyfile(codebook, scratch)
    scratch.replace(project.folder / CODEBOOK)
    return Project(project.folder, book)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
