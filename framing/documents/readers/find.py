"""Inputs as a user gives them become paths to read."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from framing.documents.readers.records import is_dataset
from framing.errors import ReadError

_Report = Callable[[ReadError], None]


def find(inputs: Sequence[str], *, on_error: _Report) -> Iterator[Path]:
    """The files of ``inputs``: files, folders, globs, ``-`` for standard input.

    A folder gives all its files, sorted, those in its folders too; hidden ones are skipped, links
    followed once. A folder written by ``datasets`` is one input. What cannot be found goes to
    ``on_error``, and the rest still comes.
    """
    for given in inputs:
        if given == "-":
            yield Path("-")
            continue
        path = Path(given)
        if _exists(path):
            yield from _under(path, set(), on_error)
        elif os.path.islink(given):  # noqa: PTH114 (a name that cannot be: False, no error)
            on_error(ReadError(given, "a link that leads nowhere, or to itself"))
        elif glob.has_magic(given):
            matches = sorted(glob.iglob(given, recursive=True))  # noqa: PTH207 - absolute ones too
            if not matches:
                on_error(ReadError(given, "no file matches"))
            for match in matches:
                yield from _under(Path(match), set(), on_error)
        else:
            on_error(ReadError(given, "no such file or folder"))


def _under(path: Path, seen: set[str], on_error: _Report) -> Iterator[Path]:
    if not path.is_dir() or is_dataset(path):
        yield path
        return
    real = os.path.realpath(path)
    if real in seen:
        on_error(ReadError(str(path), "a link back to a folder that is already being read"))
        return
    seen.add(real)
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        on_error(ReadError(str(path), error.strerror or "cannot be listed"))
        return
    for name in names:
        if not name.startswith("."):
            yield from _under(path / name, seen, on_error)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
