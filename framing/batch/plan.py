"""What a run is going to do: which files, which model, which options, and how much it will be."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from framing.batch import remote
from framing.batch.files import Layout, write_whole
from framing.codebook import Codebook
from framing.documents.readers import Fields, find, is_single
from framing.errors import FramingError, ReadError

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Options:
    """What changes the data of a run.

    ``part_size`` is the number of documents in a part; ``suffix`` says what standard input is
    (``.jsonl``); ``language`` is ``en`` to refuse what is not English, ``any`` to score it.
    """

    language: str = "en"
    part_size: int = 256
    suffix: str | None = None
    fields: Fields = field(default_factory=Fields)

    def __post_init__(self) -> None:
        if self.language not in ("en", "any"):
            raise FramingError(f"--language is en or any, not {self.language!r}")
        if self.part_size < 1:
            raise FramingError(f"--part-size is at least 1, not {self.part_size}")


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read: the name it has in the results, where it is, its size in bytes.

    ``path`` is absolute, for workers that are somewhere else, or a URL.
    """

    name: str
    path: str
    size: int

    @property
    def single(self) -> bool:
        """Whether the file is one document, for a worker to read.

        All others are read where the run is led.
        """
        return self.name != "-" and is_single(Path(self.name).suffix.lower())


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs. ``missing`` are inputs that were not found."""

    out: str
    inputs: tuple[Input, ...]
    missing: tuple[ReadError, ...]
    fingerprint: str
    model_name: str
    model_folder: str
    model_digest: str
    codebook: Codebook
    options: Options

    @property
    def bytes(self) -> int:
        """The size of all inputs."""
        return sum(item.size for item in self.inputs)

    def identity(self) -> dict[str, Any]:
        """What must not change between the beginning of a run and its end, JSON-ready."""
        from importlib.metadata import version

        from framing.casus_belli.scorer import SHIPPED

        book = json.dumps(asdict(self.codebook), sort_keys=True, ensure_ascii=False)
        identity = {
            "model": self.model_digest,
            "options": asdict(self.options),
            "codebook": hashlib.sha256(book.encode()).hexdigest(),
            "scorer": hashlib.sha256(SHIPPED.read_bytes()).hexdigest(),
            "inputs": self.fingerprint,
            "framing": version("framing"),
        }
        return dict(json.loads(json.dumps(identity)))  # tuples as JSON gives them back

    def count(self) -> tuple[int, bool]:
        """How many documents there are; False beside it when that is only how many at least.

        JSON Lines are counted by their lines and Parquet by its footer; what only a full reading
        would tell (an archive, a mailbox) counts as one.
        """
        counts = [_count(item) for item in self.inputs]
        return sum(n or 1 for n in counts), None not in counts


def plan(
    inputs: Sequence[str],
    out: str | Path,
    model: str | Path | None = None,
    codebook: Codebook | None = None,
    options: Options | None = None,
) -> Plan:
    """Find the files of ``inputs`` and verify the model; nothing is scored yet.

    Inputs are files, folders, globs, standard input (``-``) and whatever fsspec can open by URL
    (``s3://…``). Standard input is copied into the run folder, for a stopped run cannot read it
    twice. Raises ``FramingError`` when there is no input, or model and codebook do not fit.
    """
    from framing.classifiers import store
    from framing.models import DEFAULT, locate
    from framing.scoring import fitting_codebook

    options = options or Options()
    out = _local(out)
    folder = locate(model)
    digest = str(store.verify(folder)["digest"])
    book = fitting_codebook(store.load(folder), codebook)
    missing: list[ReadError] = []
    names = dict.fromkeys(name for given in inputs for name in _found(given, missing))
    if not names:
        raise FramingError(str(missing[0]) if missing else "no file in the inputs; nothing to do")
    layout = Layout(out)
    mark = hashlib.sha256()
    found = [_stat(name, layout, mark) for name in names]
    for error in missing:
        mark.update(f"{error.where}\0{error.reason}\n".encode("utf-8", "surrogatepass"))
    return Plan(
        out=str(out),
        inputs=tuple(found),
        missing=tuple(missing),
        fingerprint=mark.hexdigest(),
        model_name=str(model or DEFAULT),
        model_folder=str(folder.resolve()),
        model_digest=digest,
        codebook=book,
        options=options,
    )


def _local(out: str | Path) -> str:
    """The folder ``out`` names; a run needs renames in one step, which no object store has."""
    if remote.is_url(str(out)):
        raise FramingError(
            f"{out}: a run is written to a folder; give one to --out, on a disk that all workers "
            "share, and copy it there when it is complete"
        )
    return remote.without_file_protocol(str(out))


def _found(given: str, missing: list[ReadError]) -> Iterator[str]:
    if remote.is_url(given):
        yield from remote.find(given, missing.append)
    else:
        local = remote.without_file_protocol(given)
        yield from map(str, find([local], on_error=missing.append))


def _stat(name: str, layout: Layout, mark: Any) -> Input:
    """An input and its size; ``mark`` takes up its name, size and time of change."""
    if name == "-":
        size, digest = _spool(layout)
        mark.update(f"-\0{size}\0{digest}\n".encode())
        return Input(name, str(layout.stdin), size)
    if remote.is_url(name):
        size, state = remote.state(name)
        mark.update(f"{name}\0{size}\0{state}\n".encode("utf-8", "surrogatepass"))
        return Input(name, name, size)
    size, changed = 0, 0
    try:
        status = Path(name).stat()
        size, changed = status.st_size, status.st_mtime_ns
    except OSError:  # it will be named as an error when it is its turn
        pass
    mark.update(f"{name}\0{size}\0{changed}\n".encode("utf-8", "surrogatepass"))
    return Input(name, os.path.abspath(name), size)  # noqa: PTH100 (links stay as they are)


def _spool(layout: Layout) -> tuple[int, str]:
    """Copy standard input to disk; its size and SHA-256."""
    with tempfile.TemporaryFile() as copy:
        digest = hashlib.sha256()
        while block := sys.stdin.buffer.read(_BLOCK):
            digest.update(block)
            copy.write(block)
        size = copy.tell()
        if not layout.manifest.exists():  # else a run is under way, and compared by the digest
            layout.begin()
            copy.seek(0)

            def write(file: Any) -> None:
                while block := copy.read(_BLOCK):
                    file.write(block)

            write_whole(layout.stdin, layout.scratch, write)
    return size, digest.hexdigest()


def _count(item: Input) -> int | None:
    if item.single:
        return 1
    if remote.is_url(item.path):
        return None
    suffixes = [s.lower() for s in Path(item.name).suffixes[-2:]]
    try:
        if suffixes[-1:] == [".parquet"]:
            import pyarrow.parquet as pq

            return int(pq.ParquetFile(item.path).metadata.num_rows)
        if suffixes[-1:] == [".jsonl"]:
            return _lines(item.path, zipped=False)
        if suffixes == [".jsonl", ".gz"]:
            return _lines(item.path, zipped=True)
    except (OSError, EOFError, ValueError):  # damaged: its reader will say how
        return None
    return None


def _lines(path: str, zipped: bool) -> int:
    import gzip

    with gzip.open(path) if zipped else Path(path).open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
