"""Inputs that are no files of this machine: whatever fsspec can open by its URL."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from framing.documents import Document
from framing.documents.readers import Fields, Limits
from framing.errors import FramingError, ReadError

_URL = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+://")
_FILE = "file://"


def is_url(name: str) -> bool:
    """Whether ``name`` is a URL such as ``s3://bucket/folder``; ``file://`` counts as a path."""
    return _URL.match(name) is not None


def without_file_protocol(name: str) -> str:
    """``name`` as a path of this machine."""
    return name.removeprefix(_FILE) or "/"


def find(url: str, on_error: Callable[[ReadError], None]) -> Iterator[str]:
    """The files under a URL: one file, a folder with all that is in it, or a glob, sorted.

    Hidden files are skipped. What is not there goes to ``on_error``. Raises ``FramingError`` where
    the store cannot be asked at all.
    """
    system, path = _system(url)
    try:
        if glob.has_magic(path):
            matches = sorted(system.glob(path))
            found = [name for match in matches for name in _under(system, match)]
        else:
            found = _under(system, path) if system.exists(path) else []
    except Exception as error:  # each store has its own errors: no rights, no network, no bucket
        raise _unreachable(url, error) from error
    if not found:
        on_error(ReadError(url, "no such file or folder, or nothing in it"))
    yield from map(system.unstrip_protocol, dict.fromkeys(found))


def state(url: str) -> tuple[int, str]:
    """The size of a file in bytes, and what changes when the file does."""
    system, path = _system(url)
    try:
        return int(system.info(path)["size"] or 0), str(system.ukey(path))
    except Exception as error:
        raise _unreachable(url, error) from error


def read(url: str, fields: Fields, on_error: Callable[[ReadError], None]) -> Iterator[Document]:
    """The documents of one file, streamed; like ``framing.documents.readers.read``."""
    from framing.documents.readers.registry import dispatch
    from framing.documents.readers.source import Options, Source

    system, path = _system(url)
    options = Options(fields, Limits(), on_error)
    with system.open(path, "rb") as stream:
        yield from dispatch(Source(url, PurePosixPath(path).suffix.lower(), stream, options))


def _system(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    if "::" in url:
        raise FramingError(f"{url}: chained URLs are not opened; name the archive itself")
    try:
        system, path = url_to_fs(url)
    except ImportError as error:  # it says which package to install
        raise FramingError(f"{url}: {error}") from error
    except Exception as error:
        raise _unreachable(url, error) from error
    return system, str(path)


def _under(system: Any, path: str) -> list[str]:
    if not system.isdir(path):
        return [path]
    below = len(PurePosixPath(path).parts)
    found = sorted(system.find(path))
    return [n for n in found if not any(p.startswith(".") for p in PurePosixPath(n).parts[below:])]


def _unreachable(url: str, error: Exception) -> FramingError:
    reason = " ".join(str(error).split())[:200]
    return FramingError(f"{url}: cannot be reached ({type(error).__name__}: {reason})")
