"""Word and character n-grams, hashed, and one calibrated logistic model a label.

Such a model can also be taught by a better one: it learns then, beside labelled sentences, from
what the teacher says of many unlabelled ones (``lessons.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.base import (
    Floats,
    SentenceClassifier,
    as_sentences,
    as_targets,
    expect_shape,
    named_columns,
)
from framing.classifiers.calibration import Calibration
from framing.classifiers.features import HashedNgrams
from framing.classifiers.lessons import Lessons
from framing.errors import ModelError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from framing.corpus.splits import Fold

WEIGHTS = "weights.safetensors"
_SETTINGS = ("words", "characters", "bits", "C", "ratio", "folds", "seed", "taught_weight")
_LONGEST = 20  # n-grams of a model that was read; more would take for ever
_NEGLIGIBLE = 0.01  # a probability this near to 0 or 1 is taken for it


class NgramClassifier(SentenceClassifier):
    """TF-IDF of hashed n-grams into L2-regularised logistic regression, one a label.

    Parameters
    ----------
    label_names : names of the columns of y; ``label_0`` and so on when None.
    words : the longest word n-gram, at least 1.
    characters : shortest and longest character n-gram inside words, or None for words alone.
    bits : n-grams of each family are hashed into 2**bits features.
    C : inverse strength of the regularisation.
    ratio : n-grams are scaled by this power, 0 or more, of how much more often they stand in
        sentences with the label than without it, or the other way round; 0 scales none.
    taught_weight : what a sentence labelled by a teacher counts, beside 1 for a labelled one.
    folds : grouped folds from which calibration and thresholds are estimated.
    seed : order of the folds.
    jobs : processes for the folds.
    """

    kind = "ngram"

    def __init__(
        self,
        label_names: Sequence[str] | None = None,
        words: int = 2,
        characters: tuple[int, int] | None = (2, 5),
        bits: int = 18,
        C: float = 4.0,
        ratio: float = 0.0,
        folds: int = 5,
        seed: int = 0,
        jobs: int = 1,
        taught_weight: float = 0.3,
    ) -> None:
        self.label_names = label_names
        self.words = words
        self.characters = characters
        self.bits = bits
        self.C = C
        self.ratio = ratio
        self.folds = folds
        self.seed = seed
        self.jobs = jobs
        self.taught_weight = taught_weight

    def fit(
        self,
        X: Sequence[str],
        y: Any,
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
        taught: Lessons | None = None,
    ) -> Self:
        """Fit to sentences ``X`` and an indicator matrix ``y`` (n_sentences, n_labels).

        ``groups`` (n_sentences,) names the document of each sentence: calibration and thresholds
        come from folds that never split a document. ``taught`` are further sentences and a
        teacher's probabilities of them; with it only the first fold is held out, the one that a
        teacher of this package has not seen either, and lessons of its groups are left out. Raises
        ``ValueError`` for other input.
        """
        from framing.corpus.splits import grouped_folds

        sentences = as_sentences(X)
        if not sentences:
            raise ValueError("there is no sentence to learn from")
        if not 0 <= self.ratio < np.inf:
            raise ValueError(f"ratio must be at least 0, not {self.ratio!r}")
        if not 0 <= self.taught_weight < np.inf:
            raise ValueError(f"taught_weight must be at least 0, not {self.taught_weight!r}")
        targets = as_targets(y, len(sentences))
        weights = np.ones(len(sentences)) if sample_weight is None else np.asarray(sample_weight)
        self.classes_ = named_columns(self.label_names, targets.shape[1])
        documents = np.arange(len(sentences)) if groups is None else np.asarray(groups)
        folds = grouped_folds(documents, targets, self.folds, self.seed)
        if taught is not None:
            folds = folds[:1]
            taught.expect_labels(targets.shape[1])
            taught = taught.apart(documents[folds[0][1]])
        more = as_sentences(taught.sentences) if taught else []
        self.idf_ = self._ngrams.idf(sentences + more)
        rows = self._ngrams.matrix(sentences, self.idf_)
        lessons = None
        if taught is not None and more:
            told = self._ngrams.matrix(more, self.idf_)
            lessons = _TaughtRows(told, np.asarray(taught.probabilities), self.taught_weight)
        held_out, logits = self._held_out(rows, targets, weights, folds, lessons)
        self.calibration_ = Calibration.fit(logits, targets[held_out])
        self._settle(held_out, self.calibration_.apply(logits), targets[held_out])
        self._solve(rows, targets, weights, lessons)
        return self

    def logits(self, sentences: Sequence[str]) -> Floats:
        """Uncalibrated log-odds, (n_sentences, n_labels)."""
        return self._ngrams.project(sentences, self.idf_, self.coef_) + self.intercept_

    @property
    def _ngrams(self) -> HashedNgrams:
        return HashedNgrams(self.words, self.characters, self.bits)

    def write(self, folder: Path) -> dict[str, Any]:
        """Write weights as float16 (they are sums of thousands of terms: the rest is noise)."""
        from safetensors.numpy import save_file

        half = {
            "coef": self.coef_.astype(np.float16),
            "idf": self.idf_.astype(np.float16),
        }
        save_file({**half, "intercept": self.intercept_}, folder / WEIGHTS)
        return {name: getattr(self, name) for name in _SETTINGS}

    @classmethod
    def read(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Read what ``write`` wrote; raises ``ModelError`` when it does not fit together."""
        from safetensors.numpy import load_file

        arrays = load_file(folder / WEIGHTS)
        pair = state["characters"]
        settings = {name: state[name] for name in _SETTINGS if name in state}
        settings["characters"] = None if pair is None else (pair[0], pair[1])
        model = cls(**settings)
        if not 1 <= max((model.words, *(model.characters or ()))) <= _LONGEST:
            raise ModelError(f"n-grams must have 1 to {_LONGEST} words or characters")
        width, n_labels = model._ngrams.width, len(arrays["intercept"])
        model.coef_ = expect_shape("coef", arrays["coef"], (width, n_labels)).astype(np.float32)
        model.idf_ = expect_shape("idf", arrays["idf"], (width,)).astype(np.float32)
        model.intercept_ = arrays["intercept"]
        return model

    def expect_whole(self) -> None:
        """Raise ``ModelError`` where weights that were read do not fit the labels."""
        expect_shape("intercept", self.intercept_, (len(self.classes_),))

    def _solve(
        self,
        rows: csr_matrix,
        targets: NDArray[np.bool_],
        weights: NDArray[Any],
        lessons: _TaughtRows | None,
    ) -> None:
        from joblib import Parallel, delayed

        solved = Parallel(n_jobs=self.jobs)(
            delayed(_solve_one)(
                rows, targets[:, k], weights, self.C, self.ratio, lessons and lessons.of(k)
            )
            for k in range(targets.shape[1])
        )
        self.coef_ = np.stack([coef for coef, _ in solved], axis=1)
        self.intercept_ = np.array([intercept for _, intercept in solved], np.float32)

    def _held_out(
        self,
        rows: csr_matrix,
        targets: NDArray[np.bool_],
        weights: NDArray[Any],
        folds: Sequence[Fold],
        lessons: _TaughtRows | None,
    ) -> tuple[NDArray[np.intp], Floats]:
        """Rows, and their log-odds from models that have not seen their documents."""
        from joblib import Parallel, delayed

        tested = np.sort(np.concatenate([test for _, test in folds]))
        tasks = [(k, train, test) for train, test in folds for k in range(targets.shape[1])]
        solved = Parallel(n_jobs=self.jobs)(
            delayed(_solve_one)(
                rows[train],
                targets[train, k],
                weights[train],
                self.C,
                self.ratio,
                lessons and lessons.of(k),
            )
            for k, train, _ in tasks
        )
        logits = np.zeros(targets.shape, np.float32)
        for (k, _, test), (coef, intercept) in zip(tasks, solved, strict=True):
            logits[test, k] = rows[test] @ coef + intercept
        return tested, logits[tested]


@dataclass(frozen=True, slots=True)
class _TaughtRows:
    """TF-IDF rows of unlabelled sentences, a teacher's probabilities, and what each row counts."""

    rows: csr_matrix
    probabilities: Floats
    weight: float

    def of(self, k: int) -> tuple[csr_matrix, Floats, float]:
        """The lessons for label ``k``."""
        return self.rows, self.probabilities[:, k], self.weight


def _solve_one(
    rows: csr_matrix,
    truth: NDArray[np.bool_],
    weights: NDArray[Any],
    C: float,
    ratio: float,
    lessons: tuple[csr_matrix, Floats, float] | None,
) -> tuple[Floats, float]:
    """Weights and intercept of one label; a label seen only one way gets a constant.

    A sentence that the teacher gives a label with probability p is one that has it, counted p,
    and one that has it not, counted 1 - p: the same loss as the cross-entropy to p.
    """
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    if lessons is not None:
        taught, p, weight = lessons
        yes, no = np.flatnonzero(p > _NEGLIGIBLE), np.flatnonzero(p < 1 - _NEGLIGIBLE)
        rows = vstack([rows, taught[yes], taught[no]], format="csr")
        truth = np.concatenate([truth, np.ones(len(yes), bool), np.zeros(len(no), bool)])
        weights = np.concatenate([weights, weight * p[yes], weight * (1 - p[no])])
    if truth.all() or not truth.any():
        return np.zeros(rows.shape[1], np.float32), 10.0 if truth.all() else -10.0
    scale = np.ones(rows.shape[1], np.float32)
    if ratio:
        scale = _lopsided(rows, truth, weights) ** ratio
        rows = rows.copy()
        rows.data *= scale[rows.indices]
    model = LogisticRegression(C=C, solver="liblinear", random_state=0)
    with threadpool_limits(1):  # on a busy machine waiting threads cost more than they help
        model.fit(rows, truth, sample_weight=weights)
    return model.coef_[0].astype(np.float32) * scale, float(model.intercept_[0])


def _lopsided(rows: csr_matrix, truth: NDArray[np.bool_], weights: NDArray[Any]) -> Floats:
    """How unevenly each n-gram stands on the two sides of a label: |log-count ratio|, (width,).

    Wang and Manning, "Baselines and bigrams: simple, good sentiment and topic classification"
    (2012), with sentences counted by their weights, and one more on either side: so that n-grams of
    a rare label's sentences, and rare ones of all, count more than frequent ones that stand
    everywhere. Scaled to a mean square of 1 over the n-grams of ``rows``, as often as they occur.
    """
    present = rows.copy()
    present.data = np.ones_like(present.data)
    shares = [
        (present.T @ (weights * side) + 1) / ((weights * side).sum() + 1)
        for side in (truth, ~truth)
    ]
    ratio = np.abs(np.log(shares[0] / shares[1]))
    size = np.sqrt(np.mean(ratio[rows.indices] ** 2)) if rows.nnz else 0.0
    return (ratio / size if size else np.ones_like(ratio)).astype(np.float32)
