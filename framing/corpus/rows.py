"""The records of a table, whatever it is stored as, each with the number of its line or row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framing.corpus.examples import read_jsonl
from framing.errors import CorpusError

Record = dict[str, Any]

_SAVED = ("dataset_dict.json", "dataset_info.json")
_DELIMITERS = (",", ";", "\t")
_LONGEST_CELL = 10_000_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Column names (a name twice where it stands twice) and numbered records."""

    columns: tuple[str, ...]
    records: Iterable[tuple[int, Record]]
    unit: str = "line"


def read_rows(path: Path, split: str | None = None) -> Rows:
    """The records of a CSV, TSV, JSONL or Parquet file, or of a folder that ``datasets`` reads.

    Raises ``CorpusError`` that says what cannot be read, and where.
    """
    if path.is_dir():
        return _dataset(path, split)
    if not path.exists():
        raise CorpusError(f"{path}: no such file or folder")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(_READERS))
        raise CorpusError(f"{path}: cannot tell how to read it; the suffix must be one of {known}")
    if split is not None:
        raise CorpusError(f"{path}: a file has no split {split!r}; leave it out")
    return reader(path)


def _csv(path: Path) -> Rows:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CorpusError(f"{path}, line {line}: is not UTF-8; save it as UTF-8") from error
    if not text.strip():
        raise CorpusError(f"{path}: is empty")
    head = text.lstrip().split("\n", 1)[0]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(_DELIMITERS, key=head.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines = _csv_lines(reader, path)
    _, header = next(lines)
    return Rows(tuple(name.strip() for name in header), _csv_records(header, lines, path))


def _csv_lines(reader: Any, path: Path) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:  # the counter still stands at the last row that was whole
            line = reader.line_num + 1
            raise CorpusError(f"{path}, line {line}: is not CSV ({error})") from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _csv_records(
    header: list[str], lines: Iterator[tuple[int, list[str]]], path: Path
) -> Iterator[tuple[int, Record]]:
    names = [name.strip() for name in header]
    for number, cells in lines:
        if len(cells) != len(names):
            raise CorpusError(
                f"{path}, line {number}: has {len(cells)} cells, the header has {len(names)}"
            )
        yield number, dict(zip(names, cells, strict=True))


def _jsonl(path: Path) -> Rows:
    records = list(read_jsonl(path))
    return Rows(tuple({name: None for _, record in records for name in record}), records)


def _parquet(path: Path) -> Rows:
    import pyarrow.parquet
    from pyarrow import ArrowException

    try:
        table = pyarrow.parquet.read_table(path)
    except (ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CorpusError(f"{path}: cannot be read as Parquet ({reason})") from error
    return Rows(tuple(table.column_names), enumerate(table.to_pylist(), 1), "row")


def _dataset(folder: Path, split: str | None) -> Rows:
    """What ``datasets`` makes of a folder, classes that are numbers turned into their names."""
    data = _split(_load(folder), split, folder)
    names = {
        column: classes
        for column, feature in data.features.items()
        if (classes := _class_names(feature)) is not None
    }

    def records() -> Iterator[tuple[int, Record]]:
        for number, record in enumerate(data, 1):
            yield number, record | {c: _named(record[c], names[c]) for c in names}

    return Rows(tuple(data.column_names), records(), "row")


def _load(folder: Path) -> Any:
    import tempfile

    import datasets

    datasets.disable_progress_bars()
    try:
        if any((folder / name).is_file() for name in _SAVED):
            return datasets.load_from_disk(str(folder.resolve()), keep_in_memory=True)
        with tempfile.TemporaryDirectory(prefix="framing-datasets-") as cache:
            return datasets.load_dataset(
                str(folder.resolve()), cache_dir=cache, keep_in_memory=True
            )
    except Exception as error:  # of many libraries: whatever it is, the folder is no data set
        reason = " ".join(str(error).split())[:200]
        raise CorpusError(
            f"{folder}: neither a corpus folder nor one that `datasets` can read ({reason})"
        ) from error


def _split(data: Any, split: str | None, folder: Path) -> Any:
    if not isinstance(data, dict):  # one table, saved without splits
        if split is not None:
            raise CorpusError(f"{folder}: has no splits, so no split {split!r}")
        return data
    wanted = split or ("train" if "train" in data else next(iter(data)))
    if wanted not in data or (split is None and wanted != "train" and len(data) > 1):
        raise CorpusError(f"{folder}: name one of its splits: {', '.join(data)}")
    return data[wanted]


def _class_names(feature: Any) -> list[str] | None:
    inner = getattr(feature, "feature", feature)
    names = getattr(inner, "names", None)
    return list(names) if names else None


def _named(value: Any, names: list[str]) -> Any:
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else None


_READERS: dict[str, Callable[[Path], Rows]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".parquet": _parquet,
}
