"""Files of many records: JSON Lines, JSON, CSV, Parquet, folders written by ``datasets``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from framing.documents.document import Document
from framing.documents.readers import decode
from framing.documents.readers.fields import document
from framing.documents.readers.source import MB, Options, Source
from framing.errors import ReadError

_LISTS = ("documents", "data", "items", "records", "results", "articles")
_BATCH = 64  # rows decoded at a time
_HOPELESS = 1_000  # bad records before the first good one


def read_jsonl(source: Source) -> Iterator[Document]:
    """One document a line; a line that is not an object with a text is a bad record."""
    return documents(source, ((number, _parsed(line)) for number, line in source.lines()))


def read_json(source: Source) -> Iterator[Document]:
    """The documents of an array, of an object's ``documents`` or ``data``, or the one object."""
    content = source.content(source.options.limits.tree)
    found = _parsed(content)
    if isinstance(found, Exception):
        raise source.error(str(found))
    if isinstance(found, Mapping):
        lists = (found[key] for key in _LISTS if isinstance(found.get(key), list))
        found = next(lists, [found])
    if not isinstance(found, list) or not found:
        raise source.error("holds neither an object nor an array of objects")
    return documents(source, enumerate(found))


def read_csv(source: Source) -> Iterator[Document]:
    """One document a row under a header row; the delimiter is the header's most frequent one."""
    # The module's own limit, for all readers of the process, is far below a long statement.
    csv.field_size_limit(source.options.limits.line)
    lines = _lines(source)
    header_line = next((line for line in lines if line.strip()), "")
    delimiter = "\t" if source.suffix == ".tsv" else max(",;\t|", key=header_line.count)
    header = next(csv.reader([header_line], delimiter=delimiter), [])
    _check_columns(source, header)
    return documents(source, _rows(csv.reader(lines, delimiter=delimiter), header))


def read_parquet(source: Source) -> Iterator[Document]:
    """One document a row; only the columns asked for are read, a few rows at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    place = source.path or (
        source.stream if source.stream.seekable() else io.BytesIO(source.content())
    )
    try:
        file = pq.ParquetFile(place, pre_buffer=False, buffer_size=1 << 20)
        columns = _check_columns(source, file.schema_arrow.names)
        batches = file.iter_batches(_BATCH, columns=columns)
        yield from documents(source, _batched(batches))
    except pa.ArrowException as error:
        raise source.error(f"not a readable Parquet file ({error})") from error


def is_dataset(path: Path) -> bool:
    """Whether ``path`` is a folder that ``datasets`` saved."""
    return (path / "dataset_dict.json").is_file() or (
        (path / "dataset_info.json").is_file() and (path / "state.json").is_file()
    )


def read_dataset(path: Path, options: Options) -> Iterator[Document]:
    """The rows of a folder that ``datasets`` saved, every split in turn as ``FOLDER!SPLIT``."""
    from datasets import DatasetDict, load_from_disk

    try:
        loaded = load_from_disk(str(path))
    except Exception as error:  # whatever a damaged folder makes the library raise
        raise ReadError(str(path), f"not a readable dataset ({error})") from error
    splits = loaded if isinstance(loaded, DatasetDict) else {"": loaded}
    for split, rows in splits.items():
        source = Source(f"{path}!{split}" if split else str(path), "", io.BytesIO(), options)
        columns = _check_columns(source, rows.column_names)
        batches = rows.select_columns(columns).with_format("arrow").iter(_BATCH)
        yield from documents(source, _batched(batches))


def documents(source: Source, records: Iterable[tuple[int, Any]]) -> Iterator[Document]:
    """A document for every record that has a text; the others are reported, each by its number.

    A record is a mapping, or an exception that says why it is not. A file whose first thousand
    records are all bad is given up.
    """
    good = bad = 0
    for position, record in records:
        try:
            yield _document(source, record, position)
            good += 1
        except ValueError as error:
            source.report(str(error), position)
            bad += 1
        if bad >= _HOPELESS and not good:
            raise source.error(f"the first {bad:,} records are all bad; the rest is not read")
    if not good and not bad:
        raise source.error("no record in it")


def _document(source: Source, record: Any, position: int) -> Document:
    """The document ``record`` describes; ValueError with the reason when there is none."""
    if isinstance(record, Exception):
        raise ValueError(str(record))
    if not isinstance(record, Mapping):
        raise ValueError(f"not an object but {type(record).__name__}")
    picked = source.options.fields.pick(record)
    text = picked["text"]
    if text is None and source.options.fields.columns(record)[1]:
        raise ValueError("the text is empty")
    if text is None:
        raise ValueError(f"no text under {_names(source)}; the record has {_listed(record)}")
    if not isinstance(text, str):
        raise ValueError(f"the text is not a string but {type(text).__name__}")
    if len(text) > source.options.limits.text:
        raise ValueError(f"a text of {len(text):,} characters is over the limit")
    picked = {key: decode.cell(value) for key, value in picked.items()}
    text = decode.unified(picked["text"]).strip()
    if not text:
        raise ValueError("the text is empty")
    return document(text, picked, source.name, position)


def _parsed(line: bytes | ValueError) -> Any:
    """The JSON value of ``line``, or the exception that says why there is none."""
    if isinstance(line, ValueError):
        return line
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return ValueError(f"not valid UTF-8 (byte {error.start})")
    except RecursionError:
        return ValueError("JSON nested too deeply")
    except ValueError as error:
        return ValueError(f"not valid JSON ({error})")


def _lines(source: Source) -> Iterator[str]:
    limit = source.options.limits.line
    while line := source.stream.readline(limit + 1):
        if len(line) > limit:
            raise source.error(f"a line longer than {limit // MB} MB")
        yield line.decode("utf-8-sig", "surrogateescape")


def _rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[tuple[int, Any]]:
    position = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield position, ValueError(f"not a valid row ({error})")
        else:
            if row is None:
                return
            if not row:
                continue
            yield position, dict(zip(header, row, strict=False))
        position += 1


def _batched(batches: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    position = 0
    for batch in batches:
        for row in batch.to_pylist():
            yield position, row
            position += 1


def _check_columns(source: Source, columns: list[str]) -> list[str]:
    """The columns worth reading; ReadError when none of them is the text."""
    wanted, has_text = source.options.fields.columns(columns)
    if not has_text:
        raise source.error(f"no column for the text ({_names(source)}); it has {_listed(columns)}")
    return wanted


def _names(source: Source) -> str:
    names = source.options.fields.text
    return names if isinstance(names, str) else ", ".join(names)


def _listed(keys: Iterable[Any]) -> str:
    return ", ".join(str(key)[:40] for key in list(keys)[:12]) or "nothing"
