"""What a corpus holds, counted: sentences, documents and labels, by source, stratum and so on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framing.corpus.examples import AUTHORED, REAL, LabelledSentence, StandOff, authored, stand_off

Labelled = LabelledSentence | StandOff


@dataclass(slots=True)
class Count:
    """One line of a table: how many sentences of how many documents, and how many a label."""

    sentences: int = 0
    unlabelled: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    groups: set[str] = field(default_factory=set)

    def add(self, row: Labelled) -> None:
        """Count one sentence."""
        self.sentences += 1
        self.unlabelled += not row.labels
        self.labels.update(row.labels)
        self.groups.add(f"{row.source}/{row.document}")


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by one property, in the order in which they are to be shown."""

    name: str
    counts: dict[str, Count]


def tables(rows: Sequence[Labelled]) -> list[Table]:
    """All tables of the sentences given; stand-off labels are counted without their text."""
    real = [row for row in rows if row.source != AUTHORED]
    ours = [row for row in rows if row.source == AUTHORED]
    found = [_table("part", rows, lambda r: AUTHORED if r.source == AUTHORED else REAL)]
    if real:
        found += [
            _table("source", real, lambda r: r.source),
            _table("stratum", real, lambda r: (r.stratum or "none").split("-")[0]),
            _table("period", real, _period),
        ]
    if ours:
        found += [
            _table("theme", ours, lambda r: r.stratum or "none"),
            _table("register", ours, lambda r: getattr(r, "register", None) or "none"),
            _table("phenomenon", ours, lambda r: getattr(r, "phenomenon", None) or "none"),
            _table("contrast", ours, lambda r: "pair" if getattr(r, "pair", None) else "single"),
        ]
    found.append(_table("codebook", rows, lambda r: r.codebook or "none"))
    found.append(_table("annotator", rows, lambda r: r.annotator or "none"))
    return found


def count(folder: Path, which: str = "all") -> list[Table]:
    """Read a corpus folder, ``which`` of ``authored``, ``real`` or ``all``, and count it."""
    rows: list[Labelled] = []
    if which != REAL:
        rows += authored(folder)
    if which != AUTHORED:
        rows += stand_off(folder)
    return tables(rows)


def label_counts(rows: Iterable[Labelled]) -> Counter[str]:
    """How many sentences have each label."""
    return Counter(label for row in rows for label in row.labels)


def records(found: Iterable[Table], labels: Sequence[str]) -> list[dict[str, Any]]:
    """The tables as flat records, one a line of a table: for CSV and JSON."""
    return [
        {
            "table": table.name,
            "value": value,
            "sentences": counted.sentences,
            "documents": len(counted.groups),
            "unlabelled": counted.unlabelled,
            **{label: counted.labels[label] for label in labels},
        }
        for table in found
        for value, counted in table.counts.items()
    ]


def _table(name: str, rows: Iterable[Labelled], key: Callable[[Labelled], str]) -> Table:
    counts: dict[str, Count] = defaultdict(Count)
    for row in rows:
        counts[key(row)].add(row)
    in_order = name in ("period", "codebook")
    keys = sorted(counts, key=lambda k: k if in_order else (-counts[k].sentences, k))
    return Table(name, {k: counts[k] for k in keys})


def _period(row: Labelled) -> str:
    if not row.date:
        return "undated"
    year = int(row.date[:4])
    if year < 1945:
        return f"{year // 50 * 50}-{min(year // 50 * 50 + 49, 1944)}"
    return f"{year // 10 * 10}s" if year >= 1950 else "1945-1949"
