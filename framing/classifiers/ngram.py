"""Word and character n-grams, hashed, and one calibrated logistic model a label."""

from __future__ import annotations

from collections.abc import Sequence
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
from framing.classifiers.calibration import Calibration, best_thresholds
from framing.classifiers.features import HashedNgrams

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

WEIGHTS = "weights.safetensors"


class NgramClassifier(SentenceClassifier):
    """TF-IDF of hashed n-grams into L2-regularised logistic regression, one a label.

    Parameters
    ----------
    label_names : names of the columns of y; ``label_0`` and so on when None.
    words : the longest word n-gram, at least 1.
    characters : shortest and longest character n-gram inside words, or None for words alone.
    bits : n-grams of each family are hashed into 2**bits features.
    C : inverse strength of the regularisation.
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
        folds: int = 5,
        seed: int = 0,
        jobs: int = 1,
    ) -> None:
        self.label_names = label_names
        self.words = words
        self.characters = characters
        self.bits = bits
        self.C = C
        self.folds = folds
        self.seed = seed
        self.jobs = jobs

    def fit(
        self,
        X: Sequence[str],
        y: Any,
        groups: Sequence[Any] | None = None,
        sample_weight: Sequence[float] | None = None,
    ) -> Self:
        """Fit to sentences ``X`` and an indicator matrix ``y`` (n_sentences, n_labels).

        ``groups`` (n_sentences,) names the document of each sentence: calibration and thresholds
        come from folds that never split a document. Raises ``ValueError`` for other input.
        """
        sentences = as_sentences(X)
        if not sentences:
            raise ValueError("there is no sentence to learn from")
        targets = as_targets(y, len(sentences))
        weights = np.ones(len(sentences)) if sample_weight is None else np.asarray(sample_weight)
        self.classes_ = named_columns(self.label_names, targets.shape[1])
        self.idf_ = self._ngrams.idf(sentences)
        rows = self._ngrams.matrix(sentences, self.idf_)
        held_out = self._held_out(rows, targets, weights, groups)
        self.calibration_ = Calibration.fit(held_out, targets)
        probabilities = self.calibration_.apply(held_out)
        self.thresholds_ = best_thresholds(probabilities, targets)
        self.held_out_ = (np.arange(len(sentences)), probabilities)
        self._solve(rows, targets, weights)
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
        return {"words": self.words, "characters": self.characters, "bits": self.bits, "C": self.C}

    @classmethod
    def read(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Read what ``write`` wrote; raises ``ModelError`` when it does not fit together."""
        from safetensors.numpy import load_file

        arrays = load_file(folder / WEIGHTS)
        pair = state["characters"]
        characters = None if pair is None else (pair[0], pair[1])
        model = cls(None, state["words"], characters, state["bits"], state["C"])
        width, n_labels = model._ngrams.width, len(arrays["intercept"])
        model.coef_ = expect_shape("coef", arrays["coef"], (width, n_labels)).astype(np.float32)
        model.idf_ = expect_shape("idf", arrays["idf"], (width,)).astype(np.float32)
        model.intercept_ = arrays["intercept"]
        return model

    def _solve(self, rows: csr_matrix, targets: NDArray[np.bool_], weights: NDArray[Any]) -> None:
        solved = [_solve_one(rows, column, weights, self.C) for column in targets.T]
        self.coef_ = np.stack([coef for coef, _ in solved], axis=1)
        self.intercept_ = np.array([intercept for _, intercept in solved], np.float32)

    def _held_out(
        self,
        rows: csr_matrix,
        targets: NDArray[np.bool_],
        weights: NDArray[Any],
        groups: Sequence[Any] | None,
    ) -> Floats:
        """Log-odds of each sentence from a model that has not seen its document."""
        from joblib import Parallel, delayed

        from framing.corpus.splits import grouped_folds

        documents = np.arange(rows.shape[0]) if groups is None else np.asarray(groups)
        folds = grouped_folds(documents, targets, self.folds, self.seed)
        tasks = [(k, train, test) for train, test in folds for k in range(targets.shape[1])]
        scores = Parallel(n_jobs=self.jobs)(
            delayed(_score_fold)(rows[train], targets[train, k], weights[train], rows[test], self.C)
            for k, train, test in tasks
        )
        logits = np.zeros(targets.shape, np.float32)
        for (k, _, test), score in zip(tasks, scores, strict=True):
            logits[test, k] = score
        return logits


def _solve_one(
    rows: csr_matrix, truth: NDArray[np.bool_], weights: NDArray[Any], C: float
) -> tuple[Floats, float]:
    """Weights and intercept of one label; a label seen only one way gets a constant."""
    from sklearn.linear_model import LogisticRegression

    if truth.all() or not truth.any():
        return np.zeros(rows.shape[1], np.float32), 10.0 if truth.all() else -10.0
    model = LogisticRegression(C=C, solver="liblinear", random_state=0)
    model.fit(rows, truth, sample_weight=weights)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _score_fold(
    rows: csr_matrix,
    truth: NDArray[np.bool_],
    weights: NDArray[Any],
    test: csr_matrix,
    C: float,
) -> Floats:
    coef, intercept = _solve_one(rows, truth, weights, C)
    return np.asarray(test @ coef + intercept, np.float32)
