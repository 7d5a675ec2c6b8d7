"""The same predictions looked at by source, speaker, year and so on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from framing.corpus.examples import LabelledSentence
from framing.corpus.governments import government
from framing.evaluation.metrics import Quality, measure

if TYPE_CHECKING:
    from framing.evaluation.predictions import Predictions

HARD = "uncertain"  # strata chosen for being hard: trained on, reported apart
SMALLEST = 50
_IN_ORDER = ("year", "decade")


def stratum(sentence: LabelledSentence) -> str:
    """The family of a stratum: what stands before the first ``-``; rounds of ``HARD`` are one."""
    family = (sentence.stratum or "none").split("-")[0]
    return HARD if family.startswith(HARD) else family


VIEWS: dict[str, Callable[[LabelledSentence], str | None]] = {
    "source": lambda sentence: sentence.source,
    "stratum": lambda sentence: stratum(sentence) if sentence.stratum else None,
    "speaker": lambda sentence: sentence.speaker,
    "year": lambda sentence: sentence.date and sentence.date[:4],
    "decade": lambda sentence: sentence.date and f"{sentence.date[:3]}0s",
    "government": government,
}


def by(view: str, predictions: Predictions, smallest: int = SMALLEST) -> dict[str, Quality]:
    """Quality by the values of a view, of those with ``smallest`` sentences or more.

    The most frequent value stands first, years in their order. Sentences without a value are in
    none of them.
    """
    values = np.array([VIEWS[view](s) or "" for s in predictions.sentences], dtype=str)
    names, counts = np.unique(values, return_counts=True)
    kept = [(str(v), int(n)) for v, n in zip(names, counts, strict=True) if v and n >= smallest]
    if view not in _IN_ORDER:
        kept.sort(key=lambda pair: (-pair[1], pair[0]))
    return {value: quality(predictions.of(values == value)) for value, _ in kept}


def quality(predictions: Predictions) -> Quality:
    """The quality of predictions, with intervals over groups of documents."""
    return measure(
        predictions.labels,
        predictions.truth,
        predictions.probabilities,
        predictions.predicted,
        predictions.groups.tolist(),
    )
