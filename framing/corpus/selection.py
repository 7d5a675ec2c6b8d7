"""Choosing which unlabelled sentences to label next, so that each label given teaches most."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.corpus.duplicates import pairs_within
from framing.corpus.examples import read_jsonl
from framing.corpus.sources import source_name
from framing.errors import CorpusError

Floats = NDArray[np.floating[Any]]
_FIELDS = ("id", "source", "document", "text", "date", "speaker")
_RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An unlabelled sentence; ``stratum`` says, once it is chosen, why it was."""

    id: str
    text: str
    source: str
    document: str
    date: str | None = None
    speaker: str | None = None
    stratum: str | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """Which part of a selection each reason gets; they sum to 1, and random is never nothing."""

    uncertain: float = 0.4
    differ: float = 0.2
    rare: float = 0.2
    random: float = 0.2

    def __post_init__(self) -> None:
        parts = asdict(self).values()
        if min(parts) < 0 or abs(sum(parts) - 1) > 1e-6:
            raise CorpusError("the shares of a selection are parts of 1 that sum to 1")
        if self.random <= 0:
            raise CorpusError("a selection needs a random share: only it shows true frequencies")


def read(
    path: Path,
    known: Iterable[str] = (),
    pool: int | None = None,
    seed: int = 0,
    at_hand: Callable[[str, str], bool] | None = None,
) -> list[Candidate]:
    """Read unlabelled sentences from Parquet or JSON Lines, without those of the ids ``known``.

    A record has id, text, source and document (or doc), maybe date and speaker. With ``at_hand``
    only documents are taken for which it is true of (source, document). Of more than ``pool``
    sentences so many are drawn at random. Raises ``CorpusError`` for anything else.
    """
    skip = set(known)
    rows = _parquet(path) if path.suffix == ".parquet" else (row for _, row in read_jsonl(path))
    found = []
    for number, row in enumerate(rows, 1):
        row.setdefault("document", row.get("doc"))
        lacking = [name for name in _FIELDS[:4] if not row.get(name)]
        if lacking:
            raise CorpusError(f"{path}, record {number}: lacks {', '.join(lacking)}")
        if row["id"] not in skip:
            kept = {name: row[name] for name in _FIELDS if row.get(name) is not None}
            found.append(Candidate(**{**kept, "source": source_name(kept["source"])}))
    if at_hand is not None:
        there = {d: at_hand(*d) for d in {(c.source, c.document) for c in found}}
        found = [c for c in found if there[c.source, c.document]]
    if pool is not None and len(found) > pool:
        found = random.Random(seed).sample(found, pool)
    return found


def select(
    candidates: Sequence[Candidate],
    labels: Sequence[str],
    probabilities: Floats,
    thresholds: Floats,
    size: int,
    *,
    other: Floats | None = None,
    counts: Mapping[str, int] | None = None,
    shares: Shares | None = None,
    per_document: int = 3,
    seed: int = 0,
) -> list[Candidate]:
    """Choose ``size`` sentences, fewer when there are not so many, in an order that tells nothing.

    ``probabilities`` (n, n_labels) are one model's, ``other`` a second model's; without it its
    share goes to uncertainty. ``counts`` are the sentences already labelled, by label: rare labels
    get more. The random share is drawn first, so that it is a fair sample of the candidates but
    for the limit of ``per_document`` sentences of one document; the rest goes, label by label in
    turn, to the highest ranked that are no near-duplicates of one another.
    """
    shares = shares or Shares()
    n = len(candidates)
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)  # ties are broken by chance, the same chance for the same seed
    taker = _Taker(candidates, per_document)
    wanted = round(size * shares.random)
    taker.take(((int(i), _RANDOM) for i in order), wanted)
    rankings = _rankings(labels, probabilities, thresholds, other, counts or {}, order)
    parts = {"rare": shares.rare, "differ": shares.differ, "uncertain": shares.uncertain}
    for reason, share in parts.items():
        wanted = size - len(taker.chosen) if reason == "uncertain" else round(size * share)
        if reason in rankings:
            taker.take(_in_turn(reason, labels, rankings[reason]), wanted)
    chosen = taker.chosen
    return [chosen[i] for i in rng.permutation(len(chosen))]


def write_batches(folder: Path, chosen: Sequence[Candidate], size: int = 250) -> list[Path]:
    """Write ``batch-001.jsonl`` and so on, without any model's output; returns the paths.

    Raises ``CorpusError`` rather than write over batches that are there.
    """
    if any(folder.glob("batch-*.jsonl")):
        raise CorpusError(f"{folder}: holds batches already; give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, begin in enumerate(range(0, len(chosen), size), 1):
        path = folder / f"batch-{number:03}.jsonl"
        with path.open("w", encoding="utf-8") as out:
            for candidate in chosen[begin : begin + size]:
                row = asdict(replace(candidate, batch=number))
                kept = {key: value for key, value in row.items() if value is not None}
                out.write(json.dumps(kept, ensure_ascii=False) + "\n")
        paths.append(path)
    return paths


class _Taker:
    """Takes candidates one after another while the limits of a selection allow."""

    def __init__(self, candidates: Sequence[Candidate], per_document: int) -> None:
        self.candidates = candidates
        self.per_document = per_document
        self.chosen: list[Candidate] = []
        self._taken: set[int] = set()
        self._documents: Counter[tuple[str, str]] = Counter()

    def take(self, ranked: Iterator[tuple[int, str]], wanted: int) -> None:
        """Take up to ``wanted`` of the (index, stratum) pairs, the first ones that may be taken."""
        fresh: list[tuple[int, str]] = []
        for index, stratum in ranked:
            if len(fresh) >= wanted:
                fresh = self._without_duplicates(fresh)
                if len(fresh) >= wanted:
                    break
            if self._may_take(index):
                fresh.append((index, stratum))
        for index, stratum in self._without_duplicates(fresh)[:wanted]:
            self.chosen.append(replace(self.candidates[index], stratum=stratum))

    def _may_take(self, index: int) -> bool:
        candidate = self.candidates[index]
        document = candidate.source, candidate.document
        if index in self._taken or self._documents[document] >= self.per_document:
            return False
        self._taken.add(index)
        self._documents[document] += 1
        return True

    def _without_duplicates(self, fresh: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """Drop what nearly repeats an earlier choice; the random share is left as drawn."""
        if not fresh or fresh[0][1] == _RANDOM:
            return fresh
        before = len(self.chosen)
        texts = [c.text for c in self.chosen] + [self.candidates[i].text for i, _ in fresh]
        repeats = {j - before for _, j, _ in pairs_within(texts) if j >= before}
        return [pair for k, pair in enumerate(fresh) if k not in repeats]


def _rankings(
    labels: Sequence[str],
    probabilities: Floats,
    thresholds: Floats,
    other: Floats | None,
    counts: Mapping[str, int],
    order: NDArray[np.intp],
) -> dict[str, list[list[int]]]:
    """For each reason and label the candidates, best first."""
    p = np.asarray(probabilities, dtype=np.float64)
    t = np.asarray(thresholds, dtype=np.float64)
    # 1 at the label's threshold, 0 at certainty on either side of it
    unsure = np.where(p < t, p / np.maximum(t, 1e-9), (1 - p) / np.maximum(1 - t, 1e-9))
    found = {"uncertain": [_best(unsure[:, k], order) for k in range(len(labels))]}
    if other is not None:
        apart = np.abs(p - np.asarray(other, dtype=np.float64))
        found["differ"] = [_best(apart[:, k], order) for k in range(len(labels))]
    rarest = sorted(range(len(labels)), key=lambda k: (counts.get(labels[k], 0), k))
    half = rarest[: max(1, len(rarest) // 2)]
    found["rare"] = [_best(p[:, k], order) if k in half else [] for k in range(len(labels))]
    return found


def _best(values: Floats, order: NDArray[np.intp]) -> list[int]:
    ranked = order[np.argsort(-values[order], kind="stable")]
    return [int(i) for i in ranked]


def _in_turn(
    reason: str, labels: Sequence[str], ranked: Sequence[Sequence[int]]
) -> Iterator[tuple[int, str]]:
    """The first of each label, then the second of each, and so on."""
    longest = max((len(indices) for indices in ranked), default=0)
    for place in range(longest):
        for label, indices in zip(labels, ranked, strict=True):
            if place < len(indices):
                yield indices[place], f"{reason}-{label}"


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        present = [name for name in (*_FIELDS, "doc") if name in file.schema_arrow.names]
        for part in file.iter_batches(columns=present):
            yield from part.to_pylist()
    except (OSError, pa.ArrowInvalid) as error:
        raise CorpusError(f"{path}: cannot be read as Parquet ({error})") from error
