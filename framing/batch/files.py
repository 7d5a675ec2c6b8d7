"""Files that appear whole or not at all, and the layout of a run folder."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO

from framing.errors import FramingError


class Layout:
    """Where things are in a run folder.

    A part is done when its file in ``.work/documents`` is there: it is written last, after the
    part's sentences, errors and signatures.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.manifest = self.folder / "run.json"
        self.errors = self.folder / "errors.jsonl"
        self.work = self.folder / ".work"
        self.scratch = self.work / "tmp"
        self.stdin = self.work / "stdin"

    def documents(self, part: int) -> Path:
        """The finished documents of a part."""
        return self.folder / "documents" / f"part-{part:05d}.parquet"

    def sentences(self, part: int) -> Path:
        """The sentences of a part."""
        return self.folder / "sentences" / f"part-{part:05d}.parquet"

    def scored(self, part: int) -> Path:
        """The documents of a part before duplicates are marked; it says that the part is done."""
        return self.work / "documents" / f"part-{part:05d}.parquet"

    def part_errors(self, part: int) -> Path:
        """The errors of a part, one JSON object a line."""
        return self.work / "errors" / f"part-{part:05d}.jsonl"

    def signatures(self, part: int) -> Path:
        """What the duplicates of a part are found by."""
        return self.work / "signatures" / f"part-{part:05d}.npy"

    def make(self) -> None:
        """Create the folders."""
        for path in (self.documents(0), self.sentences(0), self.scored(0)):
            path.parent.mkdir(parents=True, exist_ok=True)
        for path in (self.part_errors(0), self.signatures(0), self.scratch / "x"):
            path.parent.mkdir(parents=True, exist_ok=True)

    def begin(self) -> None:
        """Create the place for what must be written before there is a run.

        Raises ``FramingError`` where something else is in the folder.
        """
        if self.folder.is_dir():
            strange = sorted(path.name for path in self.folder.iterdir() if path != self.work)
            if strange:
                raise FramingError(
                    f"{self.folder}: holds {strange[0]!r} but no run; give a new folder to --out"
                )
        elif self.folder.exists():
            raise FramingError(f"{self.folder}: is a file; give a new folder to --out")
        self.scratch.mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Remove temporary files of an attempt that was killed."""
        for leftover in self.scratch.iterdir():
            leftover.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove what only an unfinished run needs."""
        shutil.rmtree(self.work, ignore_errors=True)


def write_whole(path: Path, scratch: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Let ``write`` fill a file in ``scratch``, then move it to ``path`` in one step.

    The content is on the disk before its name is, so that not even a power cut leaves half a file
    under the final name. Both places must be in one file system.
    """
    # Processes of several machines may have one number and make the same part at the same time.
    temporary = scratch / f"{path.parent.name}-{path.name}.{os.getpid()}-{token_hex(4)}"
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Hold the run folder for this process; raises ``FramingError`` when another one has it.

    The lock goes with the process that holds it, however that ends.
    """
    try:
        import fcntl
    except ImportError:  # Windows has no such lock; two runs there are the user's to avoid
        yield
        return
    with (layout.work / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FramingError(
                f"{layout.folder}: another `framing batch` is writing here; wait for it or stop it"
            ) from None
        yield


@contextmanager
def disk_faults(out: str | Path) -> Iterator[None]:
    """Turn a full or failing disk into one ``FramingError`` that says what to do."""
    try:
        yield
    except OSError as error:
        advice = "make room and " if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        reason = error.strerror or str(error)
        raise FramingError(
            f"{out}: {reason}; {advice}give the same command again, it goes on where it was"
        ) from error
