"""Every sentence judged by a model that never saw its document, nor one that repeats it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.base import Floats, SentenceClassifier
from framing.corpus.examples import AUTHORED, LabelledSentence
from framing.corpus.splits import Fold, group_alike, grouped_folds
from framing.errors import CorpusError


def targets_of(sentences: Sequence[LabelledSentence], labels: Sequence[str]) -> NDArray[np.bool_]:
    """The indicator matrix (n_sentences, n_labels); labels not in ``labels`` are left out."""
    rows = [[label in sentence.labels for label in labels] for sentence in sentences]
    return np.array(rows, dtype=bool).reshape(len(sentences), len(labels))


def cross_validate(
    make: Callable[[], SentenceClassifier],
    sentences: Sequence[LabelledSentence],
    labels: Sequence[str],
    folds: int = 5,
    seed: int = 0,
    on_fold: Callable[[], None] = lambda: None,
    groups: NDArray[np.intp] | None = None,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Out-of-fold probabilities and predictions, both (n_sentences, n_labels).

    Folds are drawn over ``groups``, by default those of ``group_alike``: documents that repeat
    each other are never on two sides. Thresholds come from each fold's own training side. Raises
    ``CorpusError`` when all documents repeat each other, or there is only one.
    """
    groups = group_alike(sentences) if groups is None else groups
    targets = targets_of(sentences, labels)
    if len(np.unique(groups)) < 2:
        raise CorpusError(
            "cross-validation needs two documents at least that do not repeat each other"
        )
    parts = grouped_folds(groups, targets, folds, seed)
    probabilities, predicted, _ = judge(make, sentences, labels, parts, groups, on_fold)
    return probabilities, predicted


def judge(
    make: Callable[[], SentenceClassifier],
    sentences: Sequence[LabelledSentence],
    labels: Sequence[str],
    parts: Iterable[Fold],
    groups: NDArray[np.intp],
    on_fold: Callable[[], None] = lambda: None,
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Train anew for each of ``parts`` (train rows, test rows) and judge its test rows.

    Returns probabilities and predictions (n_sentences, n_labels), and which rows were tested (n,).
    A row tested in two parts keeps what the later one said.
    """
    targets = targets_of(sentences, labels)
    texts = np.array([sentence.text for sentence in sentences], dtype=object)
    probabilities = np.zeros(targets.shape, np.float32)
    predicted = np.zeros(targets.shape, bool)
    tested = np.zeros(len(sentences), bool)
    for train, test in parts:
        model = make()
        known = pairs_for(model, [sentences[i] for i in train])
        model.fit(texts[train].tolist(), targets[train], groups=groups[train].tolist(), **known)
        probabilities[test] = model.predict_proba(texts[test].tolist())
        predicted[test] = probabilities[test] >= model.thresholds
        tested[test] = True
        on_fold()
    return probabilities, predicted, tested


def pairs_for(model: Any, sentences: Sequence[LabelledSentence]) -> dict[str, Any]:
    """What the ``fit`` of a ``model`` that learns from contrast pairs is to be told of them."""
    if "pairs" not in signature(model.fit).parameters:
        return {}
    return {"pairs": [sentence.pair for sentence in sentences]}


def is_real(sentences: Sequence[LabelledSentence]) -> NDArray[np.bool_]:
    """Which sentences somebody else has spoken, (n_sentences,)."""
    return np.array([sentence.source != AUTHORED for sentence in sentences], dtype=bool)


def plain_baseline(labels: Sequence[str]) -> Callable[[], Any]:
    """scikit-learn's word-bigram TF-IDF and logistic regression, thresholds at 0.5, as a peer."""

    class _Plain:
        thresholds = np.full(len(labels), 0.5, np.float32)

        def fit(self, texts: list[str], y: NDArray[np.bool_], groups: Any = None) -> _Plain:
            from sklearn.feature_extraction.text import TfidfVectorizer
            from sklearn.linear_model import LogisticRegression
            from sklearn.multiclass import OneVsRestClassifier
            from sklearn.pipeline import make_pipeline

            logistic = LogisticRegression(C=10, solver="liblinear")
            self.pipeline = make_pipeline(
                TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
                OneVsRestClassifier(logistic),
            ).fit(texts, y)
            return self

        def predict_proba(self, texts: list[str]) -> Floats:
            return np.asarray(self.pipeline.predict_proba(texts), np.float32)

    return _Plain
