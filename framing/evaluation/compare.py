"""Whether one model is better than another: the same sentences, the same resampled documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.corpus.examples import LabelledSentence
from framing.corpus.splits import group_alike
from framing.errors import CorpusError, ModelError
from framing.evaluation.metrics import Truth, f1, resampled_f1

MACRO = "all labels (macro)"
_CHANCE = 0.05
_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Difference:
    """Two models on one label; ``difference`` is F1 of ``second`` minus F1 of ``first``.

    ``interval`` holds the 95 % bounds of the difference. ``first_only`` and ``second_only`` count
    the decisions that one model alone got right; ``p`` is McNemar's on them, or on the macro row,
    where decisions of several labels depend on each other, that of the paired bootstrap.
    ``corrected`` is ``p`` after Holm over all pairs of models (and over all labels, for McNemar).
    """

    first: str
    second: str
    label: str
    first_f1: float
    second_f1: float
    difference: float
    interval: tuple[float, float]
    first_only: int
    second_only: int
    p: float
    corrected: float
    better: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, a pair of models at a time, and what they were measured on."""

    models: tuple[str, ...]
    labels: tuple[str, ...]
    sentences: int
    documents: int
    differences: tuple[Difference, ...]


def compare_models(
    models: dict[str, Any],
    sentences: Sequence[LabelledSentence],
    seed: int = 0,
    on_step: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> Comparison:
    """Apply each model (name to loaded classifier) to ``sentences`` and compare the decisions.

    Only labels that all models have are compared; documents that repeat each other are one.
    ``on_step`` is told how many sentences a model has read. Raises ``ModelError`` when there is no
    such label or there are fewer than two models, ``CorpusError`` when the sentences are of fewer
    than two documents.
    """
    from framing.evaluation.crossval import targets_of

    if len(models) < 2:
        raise ModelError("a comparison needs two models at least, under two names")
    labels = shared_labels([model.labels for model in models.values()])
    texts = [sentence.text for sentence in sentences]
    decisions = {}
    for name, model in models.items():
        columns = [model.labels.index(label) for label in labels]
        parts = []
        for start in range(0, len(texts), _AT_ONCE):
            parts.append(model.predict(texts[start : start + _AT_ONCE])[:, columns])
            on_step(name, min(start + _AT_ONCE, len(texts)), len(texts))
        decisions[name] = np.concatenate(parts)
    documents = group_alike(sentences).tolist()
    return compare(labels, targets_of(sentences, labels), decisions, documents, seed)


def shared_labels(labels: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The labels that all models have, in the order of the first; ``ModelError`` if none."""
    shared = tuple(name for name in labels[0] if all(name in other for other in labels))
    if not shared:
        raise ModelError("the models have no label in common, so there is nothing to compare")
    return shared


def compare(
    labels: Sequence[str],
    truth: Truth,
    decisions: dict[str, Truth],
    documents: Sequence[Any],
    seed: int = 0,
) -> Comparison:
    """Compare each pair of models by their ``decisions``, (n_sentences, n_labels) each.

    F1 is compared by the paired bootstrap: both models are measured on the same draws of whole
    documents (Efron and Tibshirani 1993). A difference counts when its 95 % interval leaves out
    0 and, with more than two models, when its p-value holds after Holm's correction (1979) too.
    McNemar's exact test counts sentences as independent, which those of one document are not: it
    says how the decisions differ, the interval how F1 does. Raises ``CorpusError`` when there are
    fewer than two documents.
    """
    n_documents = len(set(map(str, documents)))
    if n_documents < 2:
        raise CorpusError("models can only be compared on sentences of two documents at least")
    names = tuple(decisions)
    samples = {n: resampled_f1(truth, decisions[n], documents, seed) for n in names}
    scores = {n: _with_mean(f1(truth, decisions[n])) for n in names}
    right = {n: decisions[n] == truth for n in names}
    pairs = list(combinations(names, 2))
    gaps = [samples[b] - samples[a] for a, b in pairs]
    counts = [((right[a] & ~right[b]).sum(0), (right[b] & ~right[a]).sum(0)) for a, b in pairs]
    p = np.array([[mcnemar(*both) for both in zip(*pair, strict=True)] for pair in counts])
    p_macro = np.array([_bootstrap_p(gap[:, -1]) for gap in gaps])
    p_all = np.column_stack([p, p_macro])
    corrected = np.column_stack([holm(p.ravel()).reshape(p.shape), holm(p_macro)])
    rows = []
    for i, (a, b) in enumerate(pairs):
        bounds = np.quantile(gaps[i], [0.025, 0.975], axis=0)
        alone = [_with_sum(count) for count in counts[i]]
        for k, label in enumerate((*labels, MACRO)):
            found = {
                "label": label,
                "first_f1": float(scores[a][k]),
                "second_f1": float(scores[b][k]),
                "difference": float(scores[b][k] - scores[a][k]),
                "interval": (float(bounds[0, k]), float(bounds[1, k])),
                "first_only": int(alone[0][k]),
                "second_only": int(alone[1][k]),
                "p": float(p_all[i, k]),
                "corrected": float(corrected[i, k]),
            }
            rows.append(_judged(a, b, found, many=len(names) > 2))
    return Comparison(names, tuple(labels), len(truth), n_documents, tuple(rows))


def mcnemar(first_only: int, second_only: int) -> float:
    """The exact two-sided p-value of McNemar's test; 1 when the models never differ.

    The arguments count what one model alone got right. McNemar, Psychometrika 12 (1947).
    """
    from scipy.stats import binomtest

    differing = int(first_only) + int(second_only)
    return float(binomtest(int(first_only), differing).pvalue) if differing else 1.0


def holm(p: NDArray[np.floating]) -> NDArray[np.float64]:
    """P-values (n,) corrected for their number by Holm's step-down method (1979), in 0..1."""
    order = np.argsort(p, kind="stable")
    steps = np.asarray(p, float)[order] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def _bootstrap_p(gaps: NDArray[np.floating]) -> float:
    """How often resampling turns the sign of a difference, two-sided; never exactly 0."""
    rarer = min((gaps <= 0).sum(), (gaps >= 0).sum())
    return float(min(2 * (rarer + 1) / (len(gaps) + 1), 1))


def _judged(first: str, second: str, found: dict[str, Any], many: bool) -> Difference:
    """The difference with its verdict, as a name and as one sentence."""
    low, high = found["interval"]
    apart = low > 0 or high < 0
    held = not many or found["corrected"] < _CHANCE
    better = (second if low > 0 else first) if apart and held else None
    where = found["label"]
    if better is None:
        size = _numbers(found["difference"], low, high)
        sentence = f"no clear difference on F1 for {where}: {second} less {first} is {size}"
        if apart:
            sentence += f", too little for so many comparisons (p {found['corrected']:.2g})"
    else:
        sign = 1 if low > 0 else -1
        size = _numbers(sign * found["difference"], *sorted((sign * low, sign * high)))
        other = "" if not many else f" than {first if better == second else second}"
        sentence = f"{better} is better{other} on F1 for {where} by {size}"
    return Difference(first, second, **found, better=better, sentence=sentence)


def _numbers(value: float, low: float, high: float) -> str:
    """``0.04 (0.01 to 0.07)``; with a third digit where two would show a bound as 0."""
    digits = 2 if all(abs(bound) >= 0.005 or bound == 0 for bound in (low, high)) else 3
    value, low, high = (round(number, digits) + 0.0 for number in (value, low, high))
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _with_mean(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.append(scores, scores.mean())


def _with_sum(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    return np.append(counts, counts.sum())


def load_models(names: Sequence[str]) -> dict[str, Any]:
    """Load models by name or folder, each under the name it was asked for by.

    Raises ``ModelError`` when one is not there or is named twice.
    """
    from framing.classifiers import store
    from framing.models import locate

    if len(set(names)) < len(names):
        raise ModelError("a model is named twice; a comparison with itself says nothing")
    return {name: store.load(locate(Path(name))) for name in names}
