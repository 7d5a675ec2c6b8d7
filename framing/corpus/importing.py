"""Labelled real sentences become stand-off labels: where they stand is found, checked, kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.corpus.examples import REAL, StandOff, digest, read_jsonl, stand_off, write_jsonl
from framing.corpus.locate import Original, letters
from framing.corpus.sources import SOURCES, Originals, source_name
from framing.errors import CodebookError, CorpusError

_NEEDED = ("id", "source", "document", "text", "labels")
_KEPT = ("date", "speaker", "stratum", "annotator", "labelled_on", "codebook")
_ALIKE = 0.8  # how much of a given stretch and its sentence must agree where mark-up got in


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that could not become a stand-off label, and why; ``line`` is 0 if not known."""

    line: int
    id: str
    reason: str


@dataclass(slots=True)
class Imported:
    """What an import has done: labels by source, and the records that were refused."""

    labels: list[StandOff] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    replaced: int = 0


def convert(
    records: Iterable[tuple[int, dict[str, Any]]],
    originals: Originals,
    codebook: Codebook,
    defaults: dict[str, str] | None = None,
) -> Imported:
    """Turn (line number, record) pairs into stand-off labels, verified against the originals.

    A record has id, source, document, text and labels (names or codes of ``codebook``), maybe
    date, speaker, stratum, annotator, labelled_on, codebook, and maybe start and end; without
    these the text is looked for, near character ``near`` if the record has one. ``defaults`` fill
    what a record lacks. A record whose sentence is not where it should be is refused.
    """
    done = Imported()
    open_file: tuple[str, str] | None = None
    original: Original | None = None
    complete = []
    for line, record in records:
        lacking = [name for name in _NEEDED if name not in record]
        if lacking:
            reason = f"lacks {', '.join(lacking)}"
            done.refused.append(Refused(line, str(record.get("id", "?")), reason))
        else:
            source = source_name(str(record["source"]))
            complete.append((line, {**(defaults or {}), **record, "source": source}))
    complete.sort(key=lambda pair: (pair[1]["source"], pair[1]["document"]))
    for line, record in complete:
        where = record["source"], record["document"]
        if where != open_file:
            open_file, original = where, _open(originals, *where)
        try:
            done.labels.append(_convert(record, original, originals, codebook))
        except (CorpusError, CodebookError) as error:
            done.refused.append(Refused(line, str(record["id"]), str(error)))
    return done


def add(folder: Path, imported: Imported) -> Imported:
    """Merge labels into ``folder/real/SOURCE.jsonl``, one file a source, sorted by place.

    A label whose id is there already replaces it; one whose stretch overlaps another label's is
    refused. Returns ``imported`` with those counted.
    """
    old = {label.id: label for label in stand_off(folder)} if folder.is_dir() else {}
    kept = dict(old)
    taken: dict[tuple[str, str], list[StandOff]] = defaultdict(list)
    new_ids = {label.id for label in imported.labels}
    for label in old.values():
        if label.id not in new_ids:
            taken[label.source, label.document].append(label)
    accepted = []
    for label in imported.labels:
        others = taken[label.source, label.document]
        clash = next((o for o in others if o.start < label.end and label.start < o.end), None)
        if clash:
            reason = f"overlaps {clash.id} in {label.source}/{label.document}"
            imported.refused.append(Refused(0, label.id, reason))
            continue
        others.append(label)
        imported.replaced += label.id in old
        kept[label.id] = label
        accepted.append(label)
    imported.labels = accepted
    for source in sorted({label.source for label in kept.values()}):
        rows = sorted(
            (label for label in kept.values() if label.source == source),
            key=lambda label: (label.document, label.start, label.end),
        )
        write_jsonl(folder / REAL / f"{source}.jsonl", rows)
    return imported


def import_file(
    path: Path,
    folder: Path,
    originals: Originals,
    codebook: Codebook,
    defaults: dict[str, str] | None = None,
) -> Imported:
    """Read records from a JSON Lines file and merge them into the corpus in ``folder``."""
    return add(folder, convert(read_jsonl(path), originals, codebook, defaults))


def _open(originals: Originals, source: str, document: str) -> Original | None:
    text = originals.read(source, document)
    known = SOURCES.get(source)
    return None if text is None else Original(text, bool(known and known.markup))


def _convert(
    record: dict[str, Any], original: Original | None, originals: Originals, codebook: Codebook
) -> StandOff:
    source, document, text = record["source"], record["document"], record["text"]
    if original is None:
        raise CorpusError(f"{source}/{document}: {originals.why(source)}")
    start, end = _place(record, original, originals)
    labels = {_name(codebook, label) for label in record["labels"]}
    if not text.strip():
        raise CorpusError("has no text")
    return StandOff(
        id=str(record["id"]),
        source=source,
        document=document,
        start=start,
        end=end,
        sha256=digest(original.text[start:end]),
        labels=tuple(name for name in codebook.names if name in labels),
        **{name: record.get(name) for name in _KEPT},
    )


def _place(record: dict[str, Any], original: Original, originals: Originals) -> tuple[int, int]:
    source, document, text = record["source"], record["document"], record["text"]
    if "start" in record and "end" in record:
        start, end = int(record["start"]), int(record["end"])
        shown = originals.readable(source, original.text[start:end])
        if not _same(shown, text):
            raise CorpusError(f"{source}/{document}: {start}-{end} holds another text")
        return start, end
    found = original.find(text, record.get("near"))
    if found is None:
        raise CorpusError(f"{source}/{document}: does not hold the sentence")
    return found


def _same(shown: str, text: str) -> bool:
    """Whether two readings of a stretch are the same sentence; mark-up may have got into one."""
    left, right = letters(shown), letters(text)
    if left == right:
        return True
    short, long = sorted((left, right), key=len)
    matched = SequenceMatcher(None, short, long, autojunk=False).get_matching_blocks()
    return bool(short) and sum(block.size for block in matched) >= _ALIKE * len(short)


def _name(codebook: Codebook, label: str) -> str:
    return label if label in codebook.names else codebook.by_code(label).name
