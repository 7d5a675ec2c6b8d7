"""Where a reader's bytes come from: named, bounded, and with a way to report a bad record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from framing.documents.document import Document
from framing.documents.readers.fields import Fields
from framing.errors import ReadError

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an input is read before it is refused; sizes in bytes.

    ``file``: one file or archive member that is read whole. ``tree``: one that its parser turns
    into a tree many times its size (HTML, JSON, XML, DOCX). ``text``: one plain-text document.
    ``line``: one line or record. ``ratio``: decompressed to compressed, looked at from ``slack``
    bytes on. ``seconds``: processor time that reading one PDF may take.
    """

    file: int = 200 * MB
    tree: int = 20 * MB
    text: int = 50 * MB
    line: int = 10 * MB
    ratio: int = 200
    slack: int = 10 * MB
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of ``read`` asked for, handed to every reader unchanged."""

    fields: Fields = field(default_factory=Fields)
    limits: Limits = field(default_factory=Limits)
    on_error: Callable[[ReadError], None] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One file, archive member or standard input, open for reading.

    ``suffix`` chose the reader (lower case, with its dot). ``path`` is set only for a plain file
    on disk, for libraries that would rather open it themselves.
    """

    name: str
    suffix: str
    stream: BinaryIO
    options: Options
    path: Path | None = None

    def error(self, reason: str, position: int | None = None) -> ReadError:
        """The error that names this source, and the record if there is a position."""
        return ReadError(self.name, reason, position)

    def report(self, reason: str, position: int) -> None:
        """Hand a bad record to the caller and go on; raise it if the caller takes none."""
        error = self.error(reason, position)
        if self.options.on_error is None:
            raise error
        self.options.on_error(error)

    def guard(self, documents: Iterator[Document]) -> Iterator[Document]:
        """Pass documents of a part on; an error that ends the part is reported, not raised."""
        try:
            yield from documents
        except ReadError as error:
            if self.options.on_error is None:
                raise
            self.options.on_error(error)

    @contextmanager
    def parsing(self, kind: str) -> Iterator[None]:
        """Turn whatever a format's library raises on a broken file into a ReadError."""
        try:
            yield
        except (ReadError, OSError):
            raise
        except Exception as error:  # such libraries raise anything at all: KeyError, RecursionError
            detail = f"{type(error).__name__}: {error}"[:200]
            raise self.error(f"not a readable {kind} file ({detail})") from error

    def content(self, limit: int | None = None) -> bytes:
        """The whole content; ReadError when there is none, or more than ``limit`` bytes."""
        limit = self.options.limits.file if limit is None else limit
        data = self.stream.read(limit + 1)
        if len(data) > limit:
            raise self.error(f"larger than {limit // MB} MB, the limit for one such file; split it")
        if not data.strip():
            raise self.error("empty file" if not data else "nothing in it but white space")
        return data

    def lines(self) -> Iterator[tuple[int, bytes | ValueError]]:
        """Lines that are not blank, numbered from 0; one that is too long is an exception."""
        limit = self.options.limits.line
        position = 0
        while line := self.stream.readline(limit + 1):
            if len(line) > limit:
                self._skip_line(line)
                yield position, ValueError(f"a line longer than {limit // MB} MB")
            elif not line.strip():
                continue
            else:
                yield position, line
            position += 1

    def _skip_line(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self.stream.readline(MB)
