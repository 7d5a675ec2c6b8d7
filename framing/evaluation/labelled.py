"""Labelled sentences from one file of a researcher's own: JSON Lines, CSV, TSV or Parquet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from framing.corpus import examples
from framing.corpus.examples import LabelledSentence, Missing, read_jsonl
from framing.errors import CorpusError

_BETWEEN = re.compile(r"[;|,]")


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns that hold the sentence, its labels and its document."""

    text: str = "text"
    labels: str = "labels"
    document: str = "document"


_DEFAULT = Columns()
_KEPT = {f.name for f in fields(LabelledSentence)} - {"text", "labels", "document", "id"}


def read_data(
    path: str | Path, mirror: str | Path | None = None, columns: Columns = _DEFAULT
) -> tuple[list[LabelledSentence], list[Missing]]:
    """A corpus folder as ``corpus.examples.load`` reads it, or one file as ``read_labelled`` does.

    Returns the sentences and what is missing (never anything of a file).
    """
    path = Path(path)
    if path.is_file():
        return read_labelled(path, columns), []
    if not path.exists():
        raise CorpusError(f"{path}: no such file or corpus folder")
    return examples.load(path, "all", mirror)


def read_labelled(path: str | Path, columns: Columns = _DEFAULT) -> list[LabelledSentence]:
    """Read a file of labelled sentences; its suffix says how.

    Labels are a list of names or, in CSV, names between ``;``, ``|`` or ``,`` or a JSON list; an
    empty cell means none. A sentence without a document is a document of its own; without a
    source its source is the name of the file. Other columns are kept where ``LabelledSentence``
    has them and ignored otherwise. Raises ``CorpusError`` that names the file and the line (in
    Parquet the row) of the first one that is no labelled sentence.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(_READERS))
        raise CorpusError(f"{path}: cannot tell how to read it; the suffix must be one of {known}")
    if not path.is_file():
        raise CorpusError(f"{path}: no such file")
    unit = "row" if reader is _parquet_rows else "line"
    found = [
        _sentence(record, columns, path, f"{path}, {unit} {number}", number)
        for number, record in reader(path)
    ]
    if not found:
        raise CorpusError(f"{path}: holds no labelled sentence")
    return found


def strange_labels(sentences: Sequence[LabelledSentence], labels: Sequence[str]) -> tuple[str, ...]:
    """The labels used in ``sentences`` that are not among ``labels``, sorted.

    Raises ``CorpusError`` when the sentences bear labels and none of them is among ``labels``:
    nothing measured on them would mean anything.
    """
    used = {label for sentence in sentences for label in sentence.labels}
    strange = used - set(labels)
    if used and strange == used:
        raise CorpusError(
            f"the data have the labels {', '.join(sorted(used))}; the model knows none of them, "
            f"only {', '.join(labels)}"
        )
    return tuple(sorted(strange))


def trained_on(manifest: Mapping[str, Any], sentences: Sequence[LabelledSentence]) -> str | None:
    """A warning when a model's manifest names sources that ``sentences`` are of, else None.

    Whether it learnt from these very sentences cannot be told from a manifest.
    """
    known = manifest.get("training", {}).get("sources", {})
    shared = sorted({sentence.source for sentence in sentences} & set(known))
    if not shared:
        return None
    return (
        f"learnt from sentences of {', '.join(shared)} too: where those are the same ones, its "
        "figures are too good"
    )


def _sentence(
    record: dict[str, Any], columns: Columns, path: Path, where: str, number: int
) -> LabelledSentence:
    for column in (columns.text, columns.labels):
        if column not in record:
            raise CorpusError(f"{where}: has no column {column!r}; it has {', '.join(record)}")
    text = record[columns.text]
    if not isinstance(text, str) or not text.strip():
        raise CorpusError(f"{where}: the column {columns.text!r} holds no text")
    name = _word(record.get("id"), where, "id") or f"{path.stem}-{number}"
    kept = {key: _word(record[key], where, key) for key in _KEPT if key in record}
    return LabelledSentence(
        id=name,
        text=text.strip(),
        labels=_labels(record[columns.labels], where, columns.labels),
        document=_word(record.get(columns.document), where, columns.document) or name,
        **{**kept, "source": kept.get("source") or path.stem},  # type: ignore[arg-type]
    )


def _labels(value: Any, where: str, column: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise CorpusError(f"{where}: {column!r} is no JSON list ({error})") from error
    names = _BETWEEN.split(value) if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names):
        raise CorpusError(f"{where}: {column!r} must be a list of names, or names between ';'")
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _word(value: Any, where: str, column: str) -> str | None:
    """A cell that names something, as text; dates as ISO, nothing and blanks as None."""
    if value is None:
        return None
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise CorpusError(f"{where}: {column!r} must be text, not {value!r}")
    return str(value).strip() or None


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CorpusError(f"{path}, line {line}: is not UTF-8") from error
    tabs = path.suffix.lower() == ".tsv"
    lines = io.StringIO(text, newline="")
    reader = csv.DictReader(lines, delimiter="\t" if tabs else ",", strict=True)
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:  # the counter still stands at the last row that was whole
            line = reader.line_num + 1
            raise CorpusError(f"{path}, line {line}: is not CSV ({error})") from error
        if record is None:
            return
        if None in record or None in record.values():
            raise CorpusError(
                f"{path}, line {reader.line_num}: has not as many cells as the header"
            )
        yield reader.line_num, record


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    import pyarrow.parquet
    from pyarrow import ArrowException

    try:
        table = pyarrow.parquet.read_table(path)
    except (ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CorpusError(f"{path}: cannot be read as Parquet ({reason})") from error
    yield from enumerate(table.to_pylist(), 1)


_READERS: dict[str, Callable[[Path], Iterator[tuple[int, dict[str, Any]]]]] = {
    ".csv": _csv_rows,
    ".tsv": _csv_rows,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": _parquet_rows,
}
