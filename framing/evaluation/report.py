"""What ``framing evaluate`` finds out: overall, by view, beside a baseline, with its errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framing.classifiers import store
from framing.classifiers.base import SentenceClassifier
from framing.classifiers.calibration import Calibration, Floats, best_thresholds, logit
from framing.corpus.examples import LabelledSentence
from framing.corpus.splits import group_alike
from framing.evaluation.confusion import Confusion, Mistake, confusion, instructive
from framing.evaluation.crossval import is_real, plain_baseline, targets_of
from framing.evaluation.curves import Bin, PrecisionRecall, precision_recall, reliability
from framing.evaluation.metrics import Quality
from framing.evaluation.predictions import (
    Predictions,
    Step,
    as_it_is,
    by_folds,
    by_split,
    maker,
)
from framing.evaluation.views import HARD, SMALLEST, by, quality, stratum

STANDARD = ("source", "stratum", "speaker", "year", "decade", "government")
ALL = "all real sentences"
_SHORTAGE = 3  # with fewer sentences that have a label, nothing can be chosen


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure: as it is, on ``folds``, or by a ``split``; which views; how much is quoted.

    ``smallest`` is how many sentences a value of a view, or of a split, needs. ``seed`` draws the
    documents of the intervals.
    """

    folds: int = 0
    split: str | None = None
    baseline: bool = False
    views: tuple[str, ...] = STANDARD
    smallest: int = SMALLEST
    quotes: int = 3


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was measured of one model; ``whole`` and ``baseline`` are by what was measured on.

    ``views`` holds, by view and value, the quality on that part.
    """

    how: str
    labels: tuple[str, ...]
    whole: dict[str, Quality]
    views: dict[str, dict[str, Quality]]
    baseline: dict[str, Quality]
    confusion: Confusion
    mistakes: tuple[Mistake, ...]
    curves: tuple[PrecisionRecall, ...]
    bins: tuple[Bin, ...]


def evaluate(
    folder: Path,
    sentences: Sequence[LabelledSentence],
    plan: Plan,
    on_step: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Evaluation:
    """Measure the model in ``folder`` on the real ones of ``sentences``.

    With folds or a split a model of the same settings is trained anew. ``on_step`` is told what is
    being done, how far, of how much. Raises ``CorpusError`` when there is too little to measure.
    """
    model = store.load(folder)
    predictions = _predictions(
        model, sentences, plan, lambda done, total: on_step("judging", done, total)
    )
    baseline: dict[str, Quality] = {}
    if plan.baseline:
        peer = _anew(
            plain_baseline(model.labels),
            sentences,
            model.labels,
            plan,
            lambda done, total: on_step("baseline", done, total),
        )
        baseline = _whole(peer)
    views = {}
    for done, view in enumerate(plan.views):
        on_step(f"measuring by {view}", done, len(plan.views))
        views[view] = by(view, predictions, plan.smallest)
    return Evaluation(
        how=predictions.how,
        labels=predictions.labels,
        whole=_whole(predictions),
        views=views,
        baseline=baseline,
        confusion=confusion(predictions),
        mistakes=tuple(instructive(predictions, plan.quotes)) if plan.quotes else (),
        curves=tuple(precision_recall(predictions)),
        bins=tuple(reliability(predictions)),
    )


def _predictions(
    model: SentenceClassifier, sentences: Sequence[LabelledSentence], plan: Plan, on_step: Step
) -> Predictions:
    if plan.folds or plan.split:
        return _anew(maker(model), sentences, model.labels, plan, on_step)
    return as_it_is(model, sentences, on_step)


def _anew(
    make: Callable[[], SentenceClassifier],
    sentences: Sequence[LabelledSentence],
    labels: Sequence[str],
    plan: Plan,
    on_step: Step,
) -> Predictions:
    if plan.split:
        return by_split(make, sentences, labels, plan.split, plan.smallest, on_step)
    return by_folds(make, sentences, labels, plan.folds, on_step)


def _whole(predictions: Predictions) -> dict[str, Quality]:
    """On everything, and without the strata that were chosen for being hard, if there are any."""
    found = {ALL: quality(predictions)}
    hard = np.array([stratum(s) == HARD for s in predictions.sentences])
    if hard.any() and (~hard).sum() >= SMALLEST:
        found[f"without {HARD}"] = quality(predictions.of(~hard))
    return found


def held_out(model: SentenceClassifier, sentences: Sequence[LabelledSentence]) -> Predictions:
    """What ``model`` says of the sentences that its training held out, authored ones too.

    ``sentences`` are those it was fitted to; its own calibration and thresholds, which were chosen
    on these very sentences, are not used (see ``across_halves``).
    """
    rows, probabilities = model.held_out_
    kept = [sentences[i] for i in rows]
    truth, groups = targets_of(kept, model.labels), group_alike(kept)
    how = (
        f"framing train --kind {model.kind}: {len(kept)} sentences of held-out documents; "
        "calibration and thresholds of each half of their documents were chosen on the other half "
        f"(of a label in fewer than {_SHORTAGE} sentences of a half, on both)"
    )
    found = across_halves(probabilities, truth, groups)
    return Predictions(model.labels, tuple(kept), truth, *found, groups, how)


def measured(predictions: Predictions) -> dict[str, Quality]:
    """The quality of what was held out; the key says on which of the sentences.

    Where no sentence is real, all count. Nothing where there are too few for a figure to mean
    anything.
    """
    real = is_real(predictions.sentences)
    counted = predictions.of(real if real.any() else ~real)
    if len(counted.sentences) < SMALLEST:
        return {}
    found = _whole(counted)
    for view in ("source", "stratum"):
        found |= {f"{view} {value}": part for value, part in by(view, counted).items()}
    return {f"held out, {title}": part for title, part in found.items()}


def across_halves(
    probabilities: Floats, truth: NDArray[np.bool_], groups: NDArray[np.intp]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Probabilities and labels given, those of each half of the groups settled on the other half.

    So neither has seen what it is judged on. ``probabilities`` and ``truth`` are (n, n_labels),
    ``groups`` (n,) are numbers. A label that a half has too few sentences of, as in a corpus of a
    few documents, is settled on both halves at once.
    """
    number = np.unique(groups, return_inverse=True)[1]
    half = np.random.default_rng(0).permutation(number.max() + 1)[number] % 2 == 0
    both = np.ones(len(half), bool)
    calibrated, given = np.zeros_like(probabilities), np.zeros(truth.shape, bool)
    for k in range(truth.shape[1]):
        logits, column = logit(probabilities[:, [k]]), truth[:, [k]]
        few = min(column[half].sum(), column[~half].sum()) < _SHORTAGE
        for known, asked in [(both, both)] if few else [(half, ~half), (~half, half)]:
            calibration = Calibration.fit(logits[known], column[known])
            thresholds = best_thresholds(calibration.apply(logits[known]), column[known])
            calibrated[asked, k] = calibration.apply(logits[asked])[:, 0]
            given[asked, k] = calibrated[asked, k] >= thresholds
    return calibrated, given


def pairs_right(
    sentences: Sequence[LabelledSentence], right: NDArray[np.bool_]
) -> dict[str, tuple[int, int]]:
    """Contrast pairs by phenomenon, the most frequent first: how many, and how many wholly right.

    ``right`` (n,) says which sentences got all their labels and no other. Only pairs count of
    which both sides are there. The first entry, ``all``, is of all pairs.
    """
    sides: dict[str, list[int]] = {}
    for i, sentence in enumerate(sentences):
        if sentence.pair is not None:
            sides.setdefault(sentence.pair, []).append(i)
    found: dict[str, list[bool]] = {}
    for rows in sides.values():
        if len(rows) == 2:
            both = bool(right[rows].all())
            for name in ("all", sentences[rows[0]].phenomenon or "none"):
                found.setdefault(name, []).append(both)
    ranked = sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return {name: (len(pairs), sum(pairs)) for name, pairs in ranked}
