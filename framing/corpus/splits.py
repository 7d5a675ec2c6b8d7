"""Splits that hold: what belongs together, a document above all, is never on two sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.corpus.duplicates import pairs_within
from framing.corpus.examples import LabelledSentence

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

_ALIKE = 0.6


def grouped_folds(
    documents: Sequence[Any] | NDArray[Any],
    targets: NDArray[np.bool_],
    folds: int = 5,
    seed: int = 0,
) -> list[Fold]:
    """(train, test) row indices of each fold, stratified by the rarest label of a sentence.

    ``documents`` (n,) names the document of each sentence, ``targets`` is (n, n_labels). There are
    fewer folds when there are fewer documents; raises ``ValueError`` when there is only one.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    _, groups = np.unique(np.asarray(documents, dtype=str), return_inverse=True)
    n_folds = min(folds, len(np.unique(groups)))
    if n_folds < 2:
        raise ValueError("cross-validation needs sentences of at least two documents")
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    rows = np.zeros(len(groups))
    return list(splitter.split(rows, _strata(targets, n_folds), groups))


def _strata(targets: NDArray[np.bool_], smallest: int) -> NDArray[np.intp]:
    """Each row's rarest label, or 0 where fewer than ``smallest`` rows share it."""
    strata = rarest_label(targets)
    strata[np.bincount(strata)[strata] < smallest] = 0
    return strata * 0 if 0 < np.count_nonzero(strata == 0) < smallest else strata


def rarest_label(targets: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each row its rarest label, counted from 1, or 0 where it has none, (n,)."""
    by_rarity = np.argsort(targets.sum(axis=0), kind="stable")
    stratum = np.zeros(len(targets), dtype=np.intp)
    for k in by_rarity[::-1]:
        stratum[targets[:, k]] = k + 1
    return stratum


def by_time(documents: Sequence[Any], dates: Sequence[str | None], cut: str) -> Fold:
    """Train on what is dated before ``cut`` (ISO, inclusive for the test side), test on the rest.

    Undated sentences are trained on. A document with a sentence on the test side is left out of
    training altogether. Raises ``ValueError`` when a side is empty.
    """
    late = np.array([bool(date) and str(date) >= cut for date in dates], dtype=bool)
    fold = _apart(documents, late)
    if not len(fold[0]) or not len(fold[1]):
        raise ValueError(f"all sentences are on one side of {cut}")
    return fold


def leave_one_out(
    documents: Sequence[Any], values: Sequence[str | None], smallest: int = 1
) -> Iterator[tuple[str, Fold]]:
    """For each value (a source, a speaker, a government) train on the others and test on it.

    Yields (value, fold), sorted by value; values with fewer than ``smallest`` sentences are never
    tested on. Sentences without a value are only trained on, and a document with sentences of the
    tested value is left out of training altogether.
    """
    names = np.array(["" if value is None else str(value) for value in values])
    for value, n in zip(*np.unique(names, return_counts=True), strict=True):
        if value and n >= smallest:
            fold = _apart(documents, names == value)
            if len(fold[0]):
                yield str(value), fold


def _apart(documents: Sequence[Any], tested: NDArray[np.bool_]) -> Fold:
    """Test rows as told; train rows are those of documents without a test row."""
    _, groups = np.unique(np.asarray(documents, dtype=str), return_inverse=True)
    touched = np.isin(groups, np.unique(groups[tested]))
    return np.flatnonzero(~touched), np.flatnonzero(tested)


def group_alike(sentences: Sequence[LabelledSentence], alike: float = _ALIKE) -> NDArray[np.intp]:
    """A group number for each sentence: its document, joined with documents that repeat it.

    The same speech stands in two sources, a notice is renewed each year with another date: such
    documents are one group, so that no split tests on a sentence that was trained on. Numbers
    count from 0 in the order of first appearance.
    """
    names = [f"{s.source}/{s.document}" for s in sentences]
    parent = {name: name for name in names}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for i, j, _ in pairs_within([s.text for s in sentences], alike):
        parent[root(names[j])] = root(names[i])
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(root(name), len(numbers)) for name in names], dtype=np.intp)
