"""Which label is given in place of which, and the errors from which most is to be learnt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.calibration import logit

if TYPE_CHECKING:
    from framing.evaluation.predictions import Predictions

NONE = "none"
_CELLS = 12


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of sentences: rows what the annotator says, columns what the model says.

    On the diagonal stands how often both gave a label. In row ``a``, column ``b`` stands how many
    sentences have ``a`` where the model gave ``b`` in its place: ``a`` is missed and ``b`` is
    wrong. ``NONE``, the last row and column, stands for no label: in that column a label is
    missed and nothing wrong given, in that row one is given and nothing missed. A sentence with
    several errors counts in each cell that it touches.
    """

    labels: tuple[str, ...]
    counts: NDArray[np.intp]

    def records(self) -> list[dict[str, str | int]]:
        """One row a cell, for CSV and JSON."""
        return [
            {"annotator": a, "model": b, "sentences": int(self.counts[i, j])}
            for (i, a), (j, b) in product(enumerate(self.labels), repeat=2)
        ]

    def worst(self, most: int = _CELLS) -> list[tuple[str, str, int]]:
        """(annotator's label, model's label, sentences) off the diagonal, most frequent first."""
        cells = [
            (a, b, int(self.counts[i, j]))
            for (i, a), (j, b) in product(enumerate(self.labels), repeat=2)
            if i != j and self.counts[i, j]
        ]
        return sorted(cells, key=lambda cell: (-cell[2], cell[0], cell[1]))[:most]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A sentence that the model got wrong, in one cell of the confusion.

    ``surprise`` is how far, in log-odds, the model's probability stands on the wrong side of the
    cut: of the label given wrongly above it, of the label missed below it, both added.
    """

    missed: str
    given: str
    surprise: float
    id: str
    text: str
    labels: tuple[str, ...]
    model: tuple[str, ...]
    probabilities: dict[str, float]
    source: str
    document: str
    date: str | None
    speaker: str | None


def confusion(predictions: Predictions) -> Confusion:
    """Count who gave which label in place of which."""
    missed, given = _errors(predictions)
    both = (predictions.truth & predictions.predicted).sum(axis=0)
    counts = missed.T.astype(np.intp) @ given.astype(np.intp)
    np.fill_diagonal(counts, [*both, (~predictions.truth & ~predictions.predicted).all(1).sum()])
    return Confusion((*predictions.labels, NONE), counts)


def instructive(predictions: Predictions, each: int = 3, cells: int = _CELLS) -> list[Mistake]:
    """The ``each`` errors of the ``cells`` most frequent confusions that surprise most.

    Where the model is surest and wrong, either it has learnt something false or the label is
    wrong. No document is quoted twice in a cell.
    """
    missed, given = _errors(predictions)
    surprise = _surprise(predictions)
    names = (*predictions.labels, NONE)
    found = []
    for a, b, _ in confusion(predictions).worst(cells):
        i, j = names.index(a), names.index(b)
        rows = np.flatnonzero(missed[:, i] & given[:, j])
        weight = -surprise[rows, i] * (a != NONE) + surprise[rows, j] * (b != NONE)
        order = rows[np.argsort(-weight, kind="stable")]
        size = dict(zip(rows.tolist(), weight.tolist(), strict=True))
        found += [
            _mistake(predictions, row, a, b, size[row]) for row in _apart(predictions, order, each)
        ]
    return found


def _errors(predictions: Predictions) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Labels missed and labels wrongly given, each with ``NONE`` as the last column."""
    missed = predictions.truth & ~predictions.predicted
    given = predictions.predicted & ~predictions.truth
    wrong = missed.any(axis=1) | given.any(axis=1)
    none_missed, none_given = (~part.any(axis=1) & wrong for part in (missed, given))
    return np.column_stack([missed, none_missed]), np.column_stack([given, none_given])


def _surprise(predictions: Predictions) -> NDArray[np.float64]:
    """Log-odds above the cut of each label, with a column of zeros for ``NONE``.

    The cut is the middle between the highest probability not given and the lowest given.
    """
    odds = logit(predictions.probabilities).astype(float)
    cuts = np.zeros(odds.shape[1])
    for k, given in enumerate(predictions.predicted.T):
        ends = [odds[given, k].min(initial=np.inf), odds[~given, k].max(initial=-np.inf)]
        cuts[k] = np.mean([end for end in ends if np.isfinite(end)])
    return np.hstack([odds - cuts, np.zeros((len(odds), 1))])


def _apart(predictions: Predictions, rows: NDArray[np.intp], most: int) -> Iterator[int]:
    seen: set[int] = set()
    for row in rows.tolist():
        group = int(predictions.groups[row])
        if group not in seen and len(seen) < most:
            seen.add(group)
            yield row


def _mistake(predictions: Predictions, row: int, a: str, b: str, surprise: float) -> Mistake:
    sentence = predictions.sentences[row]
    chosen = predictions.predicted[row]
    return Mistake(
        missed=a,
        given=b,
        surprise=round(surprise, 3),
        id=sentence.id,
        text=sentence.text,
        labels=tuple(n for n in predictions.labels if n in sentence.labels),
        model=tuple(n for n, there in zip(predictions.labels, chosen, strict=True) if there),
        probabilities={
            name: round(float(p), 4)
            for name, p in zip(predictions.labels, predictions.probabilities[row], strict=True)
        },
        source=sentence.source,
        document=sentence.document,
        date=sentence.date,
        speaker=sentence.speaker,
    )
