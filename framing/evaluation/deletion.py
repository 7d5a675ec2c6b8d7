"""Are explanations true? Without the words they name, a label should become less likely.

The deletion test of Samek et al., "Evaluating the visualization of what a deep neural network has
learned" (2017), with words for pixels: the words that ``explain`` puts first are left out
together, and as many words drawn at random are left out for comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.base import SentenceClassifier
from framing.classifiers.explain import explain

DRAWS = 5
_BOUNDS = (0.025, 0.975)
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, a column of a label that the model gives it, and the document it is of."""

    text: str
    label: int
    document: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """What leaving out ``words`` words does to a label's probability, on average.

    ``top`` and ``random`` say by how much it falls without the words named first and without
    random ones, ``more`` is the difference, ``interval`` its 95 % interval over documents, and
    ``share`` the share of cases in which it falls by more.
    """

    words: int
    cases: int
    documents: int
    top: float
    random: float
    more: float
    interval: tuple[float, float]
    share: float


def cases_of(
    model: SentenceClassifier, texts: Sequence[str], documents: Sequence[Any], most: int, seed: int
) -> list[Case]:
    """Up to ``most`` cases a label: sentences, drawn at random, that the model gives the label."""
    present = model.predict(texts)
    rng = np.random.default_rng(seed)
    found = []
    for label in range(present.shape[1]):
        rows = np.flatnonzero(present[:, label])
        for i in np.sort(rng.permutation(rows)[:most]).tolist():
            found.append(Case(" ".join(texts[i].split()), label, str(documents[i])))
    return found


def deletion_test(
    model: SentenceClassifier,
    cases: Sequence[Case],
    words: Sequence[int] = (1, 3, 5),
    seed: int = 0,
    on_step: Callable[[], None] = lambda: None,
) -> list[Deletion]:
    """Leave out the words that explain a label, and random ones, in sentences of enough words.

    A sentence is tested for k words when it has at least 2 k; ``words`` are the values of k.
    ``on_step`` is called after each case. Raises ``ValueError`` when no sentence is long enough.
    """
    rng = np.random.default_rng(seed)
    falls: dict[int, list[tuple[str, float, float]]] = {k: [] for k in words}
    for case in cases:
        for k, top, random in _falls(model, case, words, rng):
            falls[k].append((case.document, top, random))
        on_step()
    if not all(falls.values()):
        raise ValueError("no sentence is long enough for the deletion test")
    return [_summed(k, found, seed) for k, found in falls.items()]


def _falls(
    model: SentenceClassifier, case: Case, words: Sequence[int], rng: np.random.Generator
) -> list[tuple[int, float, float]]:
    """For each k that fits: k, and by how much the probability falls either way."""
    ranked = explain(model, case.text, case.label)
    fitting = [k for k in words if 2 * k <= len(ranked)]
    spans = [(word.start, word.end) for word in ranked]
    texts = [case.text]
    for k in fitting:
        texts.append(_without(case.text, spans[:k]))
        for _ in range(DRAWS):
            drawn = rng.choice(len(spans), k, replace=False)
            texts.append(_without(case.text, [spans[i] for i in drawn]))
    likely = model.predict_proba(texts)[:, case.label].astype(float)
    left = likely[1:].reshape(len(fitting), 1 + DRAWS)
    return [
        (k, float(likely[0] - row[0]), float(likely[0] - row[1:].mean()))
        for k, row in zip(fitting, left, strict=True)
    ]


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return " ".join(text.split())


def _summed(k: int, found: Sequence[tuple[str, float, float]], seed: int) -> Deletion:
    names, top, random = zip(*found, strict=True)
    more = np.subtract(top, random)
    low, high = _interval(more, names, seed)
    return Deletion(
        words=k,
        cases=len(found),
        documents=len(set(names)),
        top=float(np.mean(top)),
        random=float(np.mean(random)),
        more=float(more.mean()),
        interval=(low, high),
        share=float((more > 0).mean()),
    )


def _interval(values: NDArray[np.floating], names: Sequence[str], seed: int) -> tuple[float, float]:
    """The interval of the mean when whole documents are drawn again."""
    _, groups = np.unique(np.array(names), return_inverse=True)
    sums, counts = np.bincount(groups, values), np.bincount(groups)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(_RESAMPLES, len(sums)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), _BOUNDS)
    return float(low), float(high)
