"""What a model says of labelled sentences: as it is, or trained anew for a split that holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.classifiers.base import Floats, SentenceClassifier
from framing.corpus.examples import LabelledSentence
from framing.corpus.splits import Fold, by_time, group_alike, leave_one_out
from framing.errors import CorpusError, ModelError
from framing.evaluation.crossval import cross_validate, is_real, judge, targets_of
from framing.evaluation.views import VIEWS

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_APART = ("source", "speaker", "government")
Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Real sentences, the labels they have and those a model gives them; rows go together.

    ``groups`` (n,) are documents, those that repeat each other as one; ``how`` says in words on
    what the model had learnt.
    """

    labels: tuple[str, ...]
    sentences: tuple[LabelledSentence, ...]
    truth: NDArray[np.bool_]
    probabilities: Floats
    predicted: NDArray[np.bool_]
    groups: NDArray[np.intp]
    how: str

    def of(self, rows: NDArray[np.bool_]) -> Predictions:
        """Those of the sentences that ``rows`` (n,) says."""
        kept = tuple(self.sentences[i] for i in np.flatnonzero(rows))
        return Predictions(
            self.labels,
            kept,
            self.truth[rows],
            self.probabilities[rows],
            self.predicted[rows],
            self.groups[rows],
            self.how,
        )


def as_it_is(
    model: SentenceClassifier,
    sentences: Sequence[LabelledSentence],
    on_step: Step = lambda done, total: None,
) -> Predictions:
    """Apply ``model`` to the real ones of ``sentences``; ``on_step`` is told how many are done."""
    kept = [s for s, real in zip(sentences, is_real(sentences), strict=True) if real]
    if not kept:
        raise _nothing_real()
    parts, size = [], 1024
    for start in range(0, len(kept), size):
        part = model.predict_proba([s.text for s in kept[start : start + size]])
        parts.append(part)
        on_step(min(start + size, len(kept)), len(kept))
    probabilities = np.concatenate(parts)
    predicted = probabilities >= model.thresholds
    found = (probabilities, predicted, np.ones(len(kept), bool))
    return _of(model.labels, kept, found, group_alike(kept), "applied as it is")


def by_folds(
    make: Callable[[], Any],
    sentences: Sequence[LabelledSentence],
    labels: Sequence[str],
    folds: int,
    on_step: Step = lambda done, total: None,
) -> Predictions:
    """Train anew on each of ``folds`` grouped folds; authored sentences help to train."""
    groups = group_alike(sentences)
    probabilities, predicted = cross_validate(
        make, sentences, labels, folds, 0, _counted(on_step, folds), groups
    )
    found = (probabilities, predicted, np.ones(len(sentences), bool))
    how = f"trained anew on {folds} folds over documents; those that repeat each other are one"
    return _of(labels, sentences, found, groups, how)


def by_split(
    make: Callable[[], Any],
    sentences: Sequence[LabelledSentence],
    labels: Sequence[str],
    split: str,
    smallest: int,
    on_step: Step = lambda done, total: None,
) -> Predictions:
    """Train anew on one side of a split and judge the other.

    ``split`` is ``time:YYYY-MM-DD`` (learn from before that day, judge the rest), or ``source``,
    ``speaker`` or ``government`` (each with at least ``smallest`` sentences judged by a model of
    all others). Authored sentences are only learnt from. Raises ``CorpusError`` where that leaves
    a side empty.
    """
    groups = group_alike(sentences)
    parts = split_parts(sentences, groups, split, smallest)
    found = judge(make, sentences, labels, parts, groups, _counted(on_step, len(parts)))
    kind, _, day = split.partition(":")
    how = (
        f"trained anew on what is dated before {day}, judged on the rest"
        if day
        else f"trained anew without each {kind} in turn and judged on it"
    )
    return _of(labels, sentences, found, groups, how)


def split_parts(
    sentences: Sequence[LabelledSentence],
    groups: NDArray[np.intp],
    split: str,
    smallest: int,
) -> list[Fold]:
    """The (train, test) rows of a split, as ``by_split`` reads it."""
    kind, _, day = split.partition(":")
    real = is_real(sentences)
    if kind == "time" and _DAY.fullmatch(day):
        dates = [s.date if own else None for s, own in zip(sentences, real, strict=True)]
        try:
            return [by_time(groups.tolist(), dates, day)]
        except ValueError as error:
            raise CorpusError(f"--split {split}: {error}") from error
    if kind not in _APART or day:
        known = ", ".join(("time:YYYY-MM-DD", *_APART))
        raise CorpusError(f"--split {split}: there is no such split; there are {known}")
    values = [VIEWS[kind](s) if own else None for s, own in zip(sentences, real, strict=True)]
    parts = [fold for _, fold in leave_one_out(groups.tolist(), values, smallest)]
    if not parts:
        raise CorpusError(
            f"--split {split}: no {kind} has {smallest} sentences beside others to learn from"
        )
    return parts


def maker(model: SentenceClassifier, labels: Sequence[str] | None = None) -> Callable[[], Any]:
    """How to make an untrained model of the same settings, of its own or other ``labels``.

    Raises ``ModelError`` for a kind that has no such settings.
    """
    settings = model.get_params()
    if "label_names" not in settings:
        raise ModelError(f"a model of kind {model.kind} cannot be trained anew by this command")
    settings["label_names"] = list(labels or model.labels)
    if "jobs" in settings:
        settings["jobs"] = 2
    return lambda: type(model)(**settings)


def _of(
    labels: Sequence[str],
    sentences: Sequence[LabelledSentence],
    found: tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]],
    groups: NDArray[np.intp],
    how: str,
) -> Predictions:
    probabilities, predicted, tested = found
    rows = tested & is_real(sentences)
    if not rows.any():
        raise _nothing_real()
    whole = Predictions(
        tuple(labels),
        tuple(sentences),
        targets_of(sentences, labels),
        probabilities,
        predicted,
        groups,
        how,
    )
    return whole.of(rows)


def _counted(on_step: Step, total: int) -> Callable[[], None]:
    done = iter(range(1, total + 1))
    on_step(0, total)
    return lambda: on_step(next(done, total), total)


def _nothing_real() -> CorpusError:
    return CorpusError("no real sentence is at hand to measure on; see `framing data fetch`")
