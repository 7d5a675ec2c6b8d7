"""Labelled sentences out of a researcher's own table: CSV, JSON Lines, Parquet, or `datasets`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from framing.corpus.examples import LabelledSentence
from framing.corpus.rows import Record, Rows, read_rows
from framing.errors import CorpusError

DOCUMENT = "document"
_BETWEEN = re.compile(r"[;|,]")
_YES = {"1", "1.0", "true", "yes", "y", "x"}
_NO = {"", "0", "0.0", "false", "no", "n"}
_PLAIN = tuple(
    f.name
    for f in fields(LabelledSentence)
    if f.name not in ("id", "text", "labels", "document", "source")
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what.

    ``labels`` is one column (a list of names, names between ``separator``, or with ``single`` one
    name), or a tuple of columns, one a label, each of 0 and 1. Without a ``separator`` names may
    stand between ``;``, ``|`` or ``,``, or as a JSON list. ``document`` names what must stay on one
    side of a split; None means the column ``document`` where there is one. ``rename`` gives a value
    of the data another name, ``others`` the columns of further fields of ``LabelledSentence``,
    such as ``{"date": "day"}``; a column that bears a field's own name need not be given.
    """

    text: str = "text"
    labels: str | tuple[str, ...] = "labels"
    separator: str | None = None
    single: bool = False
    document: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """The sentences of a table; ``alone`` of them name no document and stand for themselves."""

    sentences: list[LabelledSentence]
    alone: int


_DEFAULT = Columns()


def read_table(path: str | Path, columns: Columns = _DEFAULT, split: str | None = None) -> Table:
    """Read labelled sentences from ``path``: a CSV, TSV, JSONL or Parquet file, or a folder.

    A folder is one that ``datasets`` has saved, or one of data files by its conventions; ``split``
    then says which part (``train`` where there are several and none is named). Raises
    ``CorpusError`` that names file and line for the first record that is no labelled sentence.
    """
    path = Path(path)
    rows = read_rows(path, split)
    _expect_columns(rows, columns, path)
    taken: dict[str, int] = {}
    sentences = []
    for number, record in rows.records:
        where = f"{path}, {rows.unit} {number}"
        if isinstance(columns.labels, str) and columns.labels not in record:
            raise CorpusError(f"{where}: lacks {columns.labels!r}; an empty one means no label")
        sentence = _sentence(record, columns, path.stem, where, number)
        if sentence.id in taken:
            raise CorpusError(
                f"{where}: the id {sentence.id!r} stands also in {rows.unit} {taken[sentence.id]}"
            )
        taken[sentence.id] = number
        sentences.append(sentence)
    if not sentences:
        raise CorpusError(f"{path}: holds no labelled sentence")
    return Table(sentences, sum(sentence.document == sentence.id for sentence in sentences))


def _expect_columns(rows: Rows, columns: Columns, path: Path) -> None:
    labels = (columns.labels,) if isinstance(columns.labels, str) else columns.labels
    named = [columns.text, *labels, *columns.others.values()]
    if columns.document is not None:
        named.append(columns.document)
    for column in named:
        if column not in rows.columns:
            raise CorpusError(
                f"{path}: has no column {column!r}; it has {', '.join(sorted(rows.columns))}"
            )
        if rows.columns.count(column) > 1:
            raise CorpusError(f"{path}: has two columns {column!r}; give one another name")
    unknown = set(columns.others) - set(_PLAIN) - {"id", "source"}
    if unknown:
        known = ", ".join(("id", "source", *_PLAIN))
        raise CorpusError(f"no field {min(unknown)!r} of a sentence; there are {known}")


def _sentence(
    record: Record, columns: Columns, stem: str, where: str, number: int
) -> LabelledSentence:
    text = record.get(columns.text)
    if not isinstance(text, str) or not text.strip():
        raise CorpusError(f"{where}: the column {columns.text!r} holds no text")

    def cell(name: str) -> str | None:
        column = columns.others.get(name, name)
        return _word(record.get(column), where, column)

    name = cell("id") or f"{stem}-{number}"
    column = columns.document or DOCUMENT
    return LabelledSentence(
        id=name,
        text=" ".join(text.split()),
        labels=_labels(record, columns, where),
        source=cell("source") or stem,
        document=_word(record.get(column), where, column) or name,
        **{key: cell(key) for key in _PLAIN},
    )


def _labels(record: Record, columns: Columns, where: str) -> tuple[str, ...]:
    if isinstance(columns.labels, str):
        found = _names(record.get(columns.labels), columns, where)
    else:
        found = [c for c in columns.labels if _flag(record.get(c), where, c)]
    named = (columns.rename.get(name, name) for name in found)
    return tuple(dict.fromkeys(name for name in named if name))


def _names(value: Any, columns: Columns, where: str) -> list[str]:
    """The names in one cell; blanks are none."""
    column = str(columns.labels)
    if value is None or value == "":
        return []
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # codes that are numbers
    if columns.single:
        if not isinstance(value, str):
            raise CorpusError(f"{where}: {column!r} must hold one label, not {value!r}")
        return [value.strip()] if value.strip() else []
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise CorpusError(f"{where}: {column!r} is no JSON list ({error})") from error
    if isinstance(value, str):
        value = value.split(columns.separator) if columns.separator else _BETWEEN.split(value)
    if not isinstance(value, (list, tuple)) or not all(isinstance(n, (str, int)) for n in value):
        raise CorpusError(
            f"{where}: {column!r} must hold a list of labels, or labels between ';', not {value!r}"
        )
    return [str(name).strip() for name in value if str(name).strip()]


def _flag(value: Any, where: str, column: str) -> bool:
    word = "" if value is None else str(value).strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CorpusError(f"{where}: {column!r} must be 0 or 1, not {value!r}")


def _word(value: Any, where: str, column: str) -> str | None:
    """A cell that names something, as text; dates as ISO, nothing and blanks as None."""
    if value is None:
        return None
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # what a spreadsheet makes of a year in a column with gaps
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise CorpusError(f"{where}: {column!r} must be text, not {value!r}")
    return str(value).strip() or None


def labels_used(sentences: Sequence[LabelledSentence]) -> dict[str, int]:
    """Each label that occurs and in how many sentences, sorted by name, whatever its case."""
    counts: dict[str, int] = {}
    for sentence in sentences:
        for label in sentence.labels:
            counts[label] = counts.get(label, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (pair[0].casefold(), pair[0])))
