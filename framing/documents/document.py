"""The two values everything else is computed from: a document and its sentences."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a document: ``document.text[start:end] == text``, white space at neither end."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One statement: plain text without mark-up, and what its file said about it.

    ``date`` is ISO ``yyyy-mm-dd`` or None. ``path`` names the file it was read from
    (``archive.zip!a.txt`` for a member of an archive) and ``position`` its record in that file.
    """

    text: str
    title: str | None = None
    date: str | None = None
    source: str | None = None
    url: str | None = None
    speaker: str | None = None
    path: str | None = None
    position: int = 0

    @property
    def id(self) -> str:
        """16 hexadecimal digits that stay the same while path, position and text do."""
        key = f"{self.path or ''}\0{self.position}\0{self.text}"
        return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def sentences(self) -> list[Sentence]:
        """Split the text into sentences, in order and without overlap."""
        from framing.documents.sentences import split

        return split(self.text)
