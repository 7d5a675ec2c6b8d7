"""Which words of a scored statement's sentences moved which label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from framing.cli.output import progress

if TYPE_CHECKING:
    from framing.casus_belli import DocumentScore
    from framing.classifiers.base import SentenceClassifier
    from framing.classifiers.explain import WordEffect

Words = dict[str, list["WordEffect"]]


def words_of(
    result: DocumentScore, model: SentenceClassifier, chosen: Sequence[int] | None = None
) -> dict[int, Words]:
    """By sentence and label the words that moved it, strongest first.

    ``chosen`` are the sentences to explain; all that carry a label when None.
    """
    from framing.classifiers.explain import explain

    columns = {name: column for column, name in enumerate(model.labels)}
    every = range(len(result.sentences)) if chosen is None else chosen
    carrying = [i for i in every if result.sentences[i].labels]
    with progress() as bar:
        return {
            i: {
                name: explain(model, result.sentences[i].text, columns[name])
                for name in result.sentences[i].labels
            }
            for i in bar.track(carrying, description="explaining")
        }


def as_rows(words: Words) -> dict[str, list[dict[str, object]]]:
    """The same, ready for JSON; ``start`` and ``end`` count characters of the sentence."""
    return {
        name: [
            {"text": w.text, "start": w.start, "end": w.end, "effect": round(w.effect, 3)}
            for w in found
        ]
        for name, found in words.items()
    }
