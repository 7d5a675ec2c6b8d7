"""The measurements that ``framing evaluate`` prints: overall, by stratum, beside a baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.classifiers import store
from framing.classifiers.base import SentenceClassifier
from framing.corpus.examples import LabelledSentence
from framing.errors import CorpusError
from framing.evaluation.crossval import cross_validate, is_real, plain_baseline, targets_of
from framing.evaluation.metrics import Quality, measure

HARD = "uncertain"  # strata chosen for being hard: trained on, reported apart
_SMALLEST = 50


def evaluate(
    folder: Path,
    sentences: Sequence[LabelledSentence],
    folds: int = 0,
    baseline: bool = False,
    on_step: Callable[[], None] = lambda: None,
) -> dict[str, Quality]:
    """Measure the model in ``folder`` on real sentences; the key says on which.

    With ``folds`` a model of the same settings is trained anew on each grouped fold, authored
    sentences always on the training side or held out with their pair; without, the model is
    applied as it is. Raises ``CorpusError`` when there is no real sentence to measure on.
    """
    model = store.load(folder)
    labels = model.labels
    real = is_real(sentences)
    if not real.any():
        raise CorpusError("no real sentence is at hand to measure on; see `framing data fetch`")
    if folds:
        settings = model.get_params()

        def make() -> Any:
            return type(model)(**{**settings, "label_names": list(labels), "jobs": 2})

        probabilities, predicted = cross_validate(make, sentences, labels, folds, 0, on_step)
    else:
        probabilities = model.predict_proba([sentence.text for sentence in sentences])
        predicted = probabilities >= model.thresholds
        on_step()
    result = _by_stratum("model", sentences, real, labels, probabilities, predicted)
    if folds and baseline:
        peer, found = cross_validate(plain_baseline(labels), sentences, labels, folds, 0, on_step)
        result |= _by_stratum("baseline", sentences, real, labels, peer, found, detail=False)
    return result


def held_out(
    model: SentenceClassifier, sentences: Sequence[LabelledSentence]
) -> tuple[str, dict[str, Quality]]:
    """What the training of ``model`` measured on documents it held out; the key says on which.

    ``sentences`` are those it was fitted to. Returns too how that was measured, in words. Where
    no sentence is real, all count.
    """
    rows, probabilities = model.held_out_
    kept = [sentences[i] for i in rows]
    real = is_real(kept)
    predicted = probabilities >= model.thresholds
    how = (
        f"framing train --kind {model.kind}: {len(kept)} sentences of held-out documents; "
        "calibration and thresholds were chosen on the same sentences"
    )
    real = real if real.any() else ~real
    return how, _by_stratum("held out", kept, real, model.labels, probabilities, predicted)


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


def _by_stratum(
    name: str,
    sentences: Sequence[LabelledSentence],
    real: NDArray[np.bool_],
    labels: Sequence[str],
    probabilities: NDArray[np.floating],
    predicted: NDArray[np.bool_],
    detail: bool = True,
) -> dict[str, Quality]:
    truth = targets_of(sentences, labels)
    documents = np.array([sentence.document for sentence in sentences], dtype=str)
    families = np.array([(s.stratum or "none").split("-")[0] for s in sentences], dtype=str)
    families = np.array([HARD if f.startswith(HARD) else f for f in families], dtype=str)
    chosen = {"all real sentences": real, f"without {HARD}": real & (families != HARD)}
    if detail:
        for source in sorted({s.source for s in sentences}):
            chosen[f"source {source}"] = np.array([s.source == source for s in sentences]) & real
        for family in sorted(set(families[real])):
            chosen[f"stratum {family}"] = real & (families == family)
    return {
        f"{name}, {title}": measure(
            labels, truth[rows], probabilities[rows], predicted[rows], documents[rows]
        )
        for title, rows in chosen.items()
        if rows.sum() >= _SMALLEST
    }
