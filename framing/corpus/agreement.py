"""How far two annotators agree: per label, and over whole sets of labels."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from framing.codebook import Codebook
from framing.corpus.examples import AUTHORED, REAL, read_jsonl
from framing.errors import CodebookError, CorpusError

NONE = frozenset({"(none)"})  # MASI is undefined between two empty sets
Labels = frozenset[str]


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence with what each of two annotators said; ``group`` is resampled as one."""

    id: str
    first: Labels
    second: Labels
    group: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure with its bootstrap interval; not a number where it is undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Agreement on one label: in how many sentences each annotator saw it, kappa and F1."""

    label: str
    first: int
    second: int
    both: int
    kappa: Figure
    f1: Figure


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two annotators on the sentences that both have labelled."""

    items: int
    groups: int
    identical: Figure
    alpha: Figure
    labels: tuple[LabelAgreement, ...]
    resamples: int


def items(first: Path, second: Path, codebook: Codebook) -> list[Item]:
    """The sentences, by id, that both of two annotations hold.

    Each is a JSON Lines file of records with id and labels (names or codes), or a corpus folder.
    Raises ``CorpusError`` when they share none.
    """
    left, right = _read(first, codebook), _read(second, codebook)
    shared = [
        Item(key, labels, right[key][0], group or right[key][1] or key)
        for key, (labels, group) in left.items()
        if key in right
    ]
    if not shared:
        raise CorpusError(f"{first} and {second} have no sentence in common")
    return shared


def agreement(
    shared: Sequence[Item],
    labels: Sequence[str],
    resamples: int = 500,
    seed: int = 0,
    progress: Callable[[int], object] = lambda done: None,
) -> Agreement:
    """Cohen's kappa and F1 of each label, Krippendorff's alpha with MASI distance over sets.

    Kappa and alpha are those of nltk's ``AnnotationTask`` (Artstein and Poesio, "Inter-coder
    agreement for computational linguistics", 2008; Passonneau, "Measuring agreement on set-valued
    items", LREC 2006). Intervals hold 95 %: percentiles over ``resamples`` draws of groups with
    replacement. ``progress`` is called with the number of draws done.
    """
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in shared:
        groups[item.group].append(item)
    members = list(groups.values())
    rng = np.random.default_rng(seed)
    point = _figures(shared, labels)
    draws = np.full((resamples, len(point)), math.nan)
    for k in range(resamples):
        chosen = rng.integers(0, len(members), len(members))
        draws[k] = _figures([item for g in chosen for item in members[g]], labels)
        progress(k + 1)
    figures = [_interval(value, column) for value, column in zip(point, draws.T, strict=True)]
    return Agreement(
        items=len(shared),
        groups=len(members),
        identical=figures[0],
        alpha=figures[1],
        labels=tuple(
            LabelAgreement(
                label,
                sum(label in item.first for item in shared),
                sum(label in item.second for item in shared),
                sum(label in item.first and label in item.second for item in shared),
                figures[2 + 2 * k],
                figures[3 + 2 * k],
            )
            for k, label in enumerate(labels)
        ),
        resamples=resamples,
    )


def records(found: Agreement) -> list[dict[str, Any]]:
    """The figures as flat records, one a measure; None where one is undefined."""
    rows = [
        {
            "measure": "identical sets",
            "items": found.items,
            **_counts(),
            **_values(found.identical),
        },
        {"measure": "alpha (MASI)", "items": found.items, **_counts(), **_values(found.alpha)},
    ]
    for one in found.labels:
        counts = _counts(one.first, one.second, one.both)
        for name, figure in (("kappa", one.kappa), ("F1", one.f1)):
            measure = f"{one.label} {name}"
            rows.append({"measure": measure, "items": found.items, **counts, **_values(figure)})
    return rows


def _counts(
    first: int | None = None, second: int | None = None, both: int | None = None
) -> dict[str, Any]:
    return {"first": first, "second": second, "both": both}


def _values(figure: Figure) -> dict[str, Any]:
    return {k: None if math.isnan(v) else round(v, 4) for k, v in asdict(figure).items()}


def _figures(shared: Sequence[Item], labels: Sequence[str]) -> list[float]:
    """Share of identical sets, alpha, then kappa and F1 of each label in turn."""
    from nltk.metrics import masi_distance

    pairs = [(item.first or NONE, item.second or NONE) for item in shared]
    found = [sum(a == b for a, b in pairs) / len(pairs), _task(pairs, masi_distance).alpha()]
    for label in labels:
        seen = [(label in item.first, label in item.second) for item in shared]
        either = sum(a for a, _ in seen) + sum(b for _, b in seen)
        both = sum(a and b for a, b in seen)
        expected = len({value for pair in seen for value in pair}) > 1
        found.append(_task(seen).kappa() if expected else math.nan)
        found.append(2 * both / either if either else math.nan)
    return found


def _task(
    pairs: Sequence[tuple[object, object]], distance: Callable[..., float] | None = None
) -> Any:
    from nltk.metrics import AnnotationTask, binary_distance

    data = (
        (coder, str(i), pair[k]) for k, coder in enumerate("ab") for i, pair in enumerate(pairs)
    )
    return AnnotationTask(list(data), distance=distance or binary_distance)


def _interval(value: float, draws: np.ndarray) -> Figure:
    known = draws[~np.isnan(draws)]
    if math.isnan(value) or not len(known):
        return Figure(value, math.nan, math.nan)
    low, high = np.percentile(known, [2.5, 97.5])
    return Figure(float(value), float(low), float(high))


def _read(path: Path, codebook: Codebook) -> dict[str, tuple[Labels, str | None]]:
    found: dict[str, tuple[Labels, str | None]] = {}
    for file in _files(path):
        for line, record in read_jsonl(file):
            where = f"{file}, line {line}"
            if not isinstance(record.get("labels"), list) or "id" not in record:
                raise CorpusError(f"{where}: a label needs an id and a list of labels")
            try:
                names = frozenset(_name(codebook, label) for label in record["labels"])
            except CodebookError as error:
                raise CorpusError(f"{where}: {error}") from error
            found[str(record["id"])] = names, record.get("document")
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for part in (AUTHORED, REAL):
            yield from sorted((path / part).glob("*.jsonl"))
    else:
        yield path


def _name(codebook: Codebook, label: object) -> str:
    return str(label) if label in codebook.names else codebook.by_code(str(label)).name
