"""Which words of a sentence moved a label, and by how much."""

from __future__ import annotations

import re
from dataclasses import dataclass

from framing.classifiers.base import SentenceClassifier

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True, slots=True)
class WordEffect:
    """A word of a sentence; without it the label's log-odds would be lower by ``effect``."""

    text: str
    start: int
    end: int
    effect: float


def explain(model: SentenceClassifier, sentence: str, label: int) -> list[WordEffect]:
    """The words of ``sentence`` by how much they raise the log-odds of a label, strongest first.

    By occlusion (Zeiler and Fergus 2014): each word is left out once and the change is measured.
    That is the same question for every kind of model; for a linear model the change is the exact
    sum of what the word's n-grams add, scaled by the sentence's new length. Log-odds are those of
    the model times the slope that calibration has at 0. ``label`` is the column of the label in
    ``predict_proba``. Of a cascade the model is asked that has the say, or most of it, on this
    sentence.
    """
    found = list(_WORD.finditer(sentence))
    if not found:
        return []
    model = model.answering(sentence)
    without = [sentence[: m.start()] + sentence[m.end() :] for m in found]
    logits = model.logits([" ".join(text.split()) for text in [sentence, *without]])
    calibration = model.calibration_
    scale = (calibration.below[label] + calibration.above[label]) / 2  # it bends far from 0
    scores = logits[:, label] * scale
    effects = [
        WordEffect(m.group(), m.start(), m.end(), float(scores[0] - score))
        for m, score in zip(found, scores[1:], strict=True)
    ]
    return sorted(effects, key=lambda word: -word.effect)
