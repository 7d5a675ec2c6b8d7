"""Which labelled sentences deserve a second look: confident learning, one label at a time.

A model that has not seen a sentence's document says how likely each label is. Where it is as sure
of the opposite as it usually is of the truth, the label may be an error. After Northcutt, Jiang
and Chuang, "Confident learning: estimating uncertainty in dataset labels", Journal of Artificial
Intelligence Research 70 (2021); ranked by self-confidence, which for calibrated probabilities is
the order of how likely an error is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.corpus.examples import LabelledSentence

_FEWEST = 5  # with or without a label, below which nothing usual can be told


@dataclass(frozen=True, slots=True)
class Suspect:
    """A sentence whose labels may be wrong: which to add, which to drop.

    ``score`` in 0..1 is how likely the model holds what was written of the worst of its labels.
    """

    sentence: LabelledSentence
    add: tuple[str, ...]
    drop: tuple[str, ...]
    score: float
    probabilities: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """One flat record, for CSV and JSON."""
        sentence = self.sentence
        return {
            "score": round(self.score, 4),
            "id": sentence.id,
            "text": sentence.text,
            "labels": list(sentence.labels),
            "add": list(self.add),
            "drop": list(self.drop),
            "probabilities": self.probabilities,
            "source": sentence.source,
            "document": sentence.document,
            "date": sentence.date,
            "speaker": sentence.speaker,
            "annotator": sentence.annotator,
        }


def suspects(
    sentences: Sequence[LabelledSentence],
    labels: Sequence[str],
    probabilities: NDArray[np.floating],
) -> list[Suspect]:
    """The sentences that deserve a second look, the most surprising first.

    ``probabilities`` (n_sentences, n_labels) must come from models that had not seen the documents
    of the sentences they judge. A label with fewer than five sentences for or against it raises no
    suspicion.
    """
    rows = [[label in sentence.labels for label in labels] for sentence in sentences]
    given = np.array(rows, dtype=bool).reshape(len(sentences), len(labels))
    found, scores = np.zeros(given.shape, bool), np.ones(given.shape)
    for k in range(len(labels)):
        found[:, k], scores[:, k] = doubtful(given[:, k], probabilities[:, k])
    worst = np.where(found, scores, np.inf).min(axis=1, initial=np.inf)
    order = np.argsort(worst, kind="stable")
    return [
        Suspect(
            sentences[i],
            tuple(name for k, name in enumerate(labels) if found[i, k] and not given[i, k]),
            tuple(name for k, name in enumerate(labels) if found[i, k] and given[i, k]),
            float(worst[i]),
            {name: round(float(p), 4) for name, p in zip(labels, probabilities[i], strict=True)},
        )
        for i in order[: int(found.any(axis=1).sum())]
    ]


def doubtful(
    given: NDArray[np.bool_], chance: NDArray[np.floating]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which decisions on one label are doubtful, and how likely each is right, both (n,).

    A decision is doubtful where the model's probability of the opposite reaches the mean that it
    has where the opposite was given, and is above that of the decision itself or that falls short
    of its own mean.
    """
    chance = np.asarray(chance, dtype=float)
    if min(given.sum(), (~given).sum()) < _FEWEST:
        return np.zeros(len(given), bool), np.ones(len(given))
    own = np.where(given, chance, 1 - chance)
    usual_with, usual_without = chance[given].mean(), (1 - chance[~given]).mean()
    usual = np.where(given, usual_with, usual_without)
    opposite = np.where(given, usual_without, usual_with)
    sure_of_opposite = 1 - own >= opposite
    sure_of_own = (own >= usual) & (own >= 1 - own)
    return sure_of_opposite & ~sure_of_own, own
