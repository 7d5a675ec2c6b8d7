"""What a fine-tuning goes through: which sentences in each epoch, and in what batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BUCKET = 50  # batches among which sentences are sorted by length, so that little is padding
_EASIER = 4 / 3  # what is left out is drawn from so many times as many, so that none is forgotten

Rows = NDArray[np.intp]


class Course:
    """All sentences in the first epoch; in later ones some of those that are easy are left out.

    Easy are the sentences without a label, of no contrast pair, that had the least loss when they
    were last read: most say nothing new. The two sides of a pair follow each other, so that they
    are nearly always in one batch.

    Parameters
    ----------
    lengths : word pieces of each sentence, (n,).
    easy : which sentences may be left out, none of a pair among them, (n,).
    partners : the row of the other side of a contrast pair, -1 where there is none, (n,).
    skip : the share of the ``easy`` that each epoch after the first leaves out, 0 or more, below 1.
    batch : sentences a step.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        easy: NDArray[np.bool_],
        partners: Rows,
        skip: float,
        batch: int,
        generator: np.random.Generator,
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.easy = np.flatnonzero(easy)
        self.partners = partners
        self.skipped = int(skip * len(self.easy))
        self.batch = batch
        self.generator = generator
        self.losses = np.zeros(len(self.lengths), np.float32)

    def steps(self, epochs: int) -> int:
        """How many batches so many epochs have."""
        n = len(self.lengths)
        later = -(-(n - self.skipped) // self.batch)
        return min(epochs, 1) * -(-n // self.batch) + max(epochs - 1, 0) * later

    def batches(self, epoch: int) -> list[Rows]:
        """The rows of each batch of an epoch, counted from 0; of like length, in random order."""
        rows = np.arange(len(self.lengths))
        if epoch:
            rows = np.delete(rows, self._left_out())
        order = self._by_length(self.generator.permutation(rows))
        cut = [order[k : k + self.batch] for k in range(0, len(order), self.batch)]
        return [cut[k] for k in self.generator.permutation(len(cut))]

    def learnt(self, rows: Rows, losses: NDArray[np.float32]) -> None:
        """Note the loss that each of ``rows`` had."""
        self.losses[rows] = losses

    def _left_out(self) -> Rows:
        ranked = self.easy[np.argsort(self.losses[self.easy], kind="stable")]
        easier = ranked[: int(_EASIER * self.skipped)]
        return self.generator.choice(easier, self.skipped, replace=False)

    def _by_length(self, order: Rows) -> Rows:
        """The same rows, sorted by length within buckets, the sides of a pair beside each other."""
        other = self.partners[order]
        firsts = order[(other < 0) | (order < other)]
        longest = np.maximum(self.lengths, self.lengths[self.partners])  # -1 is never first
        longest = np.where(self.partners < 0, self.lengths, longest)
        size = self.batch * _BUCKET
        buckets = [firsts[k : k + size] for k in range(0, len(firsts), size)]
        ranked = np.concatenate([b[np.argsort(longest[b], kind="stable")] for b in buckets])
        both = np.stack([ranked, self.partners[ranked]], axis=1).ravel()
        return both[both >= 0]


def partners_of(pairs: Sequence[str | None] | None, n: int) -> Rows:
    """The row of the other side of each sentence's contrast pair, -1 where there is none, (n,).

    ``pairs`` names the pair of each sentence; only pairs of which just two sides are there count.
    """
    partners = np.full(n, -1, np.intp)
    sides: dict[str, list[int]] = {}
    for row, pair in enumerate(() if pairs is None else pairs):
        if pair is not None:
            sides.setdefault(pair, []).append(row)
    for rows in sides.values():
        if len(rows) == 2:
            partners[rows] = rows[::-1]
    return partners
