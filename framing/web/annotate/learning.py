"""A new model from the labels so far, and an honest answer to what the newest labels changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from framing.codebook import Codebook
from framing.corpus.examples import LabelledSentence
from framing.errors import CorpusError, ModelError
from framing.web.annotate import database

if TYPE_CHECKING:
    from framing.classifiers.ngram import NgramClassifier

Report = Callable[[str, int, int], None]
Truth = NDArray[np.bool_]

FOLDS = 5
ENOUGH = 5  # sentences with a label, fewer than which its F1 says nothing
_STEP = 500
_MANY = 2_000


def train(
    sentences: Sequence[LabelledSentence],
    before: set[str],
    codebook: Codebook,
    folder: Path,
    report: Report,
) -> dict[str, Any]:
    """Cross-validate, then fit to all and write the model to ``folder``.

    ``before`` are ids of the sentences the last model knew. Both the model of all labels and the
    one of the labels that were there before are tested on the same folds of all the sentences, so
    that the change is that of the labels and not of the test. Returns what ``changes`` says.
    """
    from framing.training import train as fit

    _expect_enough(sentences)
    sentences, groups, notes = grouped(sentences)
    total = FOLDS * (2 if before else 1) + 2
    done = 0

    def step(what: str) -> None:
        nonlocal done
        report(what, done, total)
        done += 1

    truth = _targets(sentences, codebook.names)
    now, then = _cross_validate(sentences, before, truth, groups, step)
    step("fitting the model to all labels")
    trained = fit(_model(len(sentences)), sentences, codebook, folder)
    step("asking it about the rest")
    found = changes(codebook, truth, now, then, groups)
    return found | {
        "before_sentences": sum(s.id in before for s in sentences),
        "folds": min(FOLDS, len(set(groups))),
        "digest": trained.digest,
        "notes": notes + found["notes"],
    }


def changes(
    codebook: Codebook,
    truth: Truth,
    now: Truth,
    then: Truth | None,
    groups: Sequence[str],
) -> dict[str, Any]:
    """F1 of each label and macro-F1 now, before, and their difference, each with its interval.

    Intervals hold 95 % of a paired bootstrap over documents. A label with fewer than ``ENOUGH``
    sentences gets no figure and is not part of macro-F1.
    """
    from framing.evaluation.metrics import f1

    support = truth.sum(axis=0)
    kept = np.flatnonzero(support >= ENOUGH)
    rows: list[dict[str, Any]] = [
        {"name": name, "sentences": int(n), "now": None, "before": None, "change": None}
        for name, n in zip(codebook.names, support, strict=True)
    ]
    result: dict[str, Any] = {
        "sentences": len(truth),
        "documents": len(set(groups)),
        "labels": rows,
        "macro": None,
        "notes": _notes(codebook, support),
    }
    if not len(kept):
        return result
    point = f1(truth[:, kept], now[:, kept])
    draws = _draws(truth[:, kept], now[:, kept], groups)
    figures = [_figure(value, draws[:, k]) for k, value in enumerate([*point, point.mean()])]
    compared: list[dict[str, Any]] = [{} for _ in figures]
    if then is not None:
        old = f1(truth[:, kept], then[:, kept])
        apart = draws - _draws(truth[:, kept], then[:, kept], groups)
        gaps = [*(point - old), point.mean() - old.mean()]
        compared = [
            {"before": round(float(value), 4), "change": _figure(gap, apart[:, k])}
            for k, (value, gap) in enumerate(zip([*old, old.mean()], gaps, strict=True))
        ]
    for place, k in enumerate(kept):
        rows[k] |= {"now": figures[place], **compared[place]}
    result["macro"] = {"labels": len(kept), "now": figures[-1], "before": None, "change": None}
    result["macro"] |= compared[-1]
    if (point == 1).any():
        result["notes"].append(
            "Where no mistake was found the interval has no width. That is no certainty: with n "
            "sentences of a label, missing up to 3 / n of them would often go unseen."
        )
    return result


def ask(db: sqlite3.Connection, model: str, codebook: Codebook, report: Report) -> None:
    """Note of every sentence how unsure the model is of it, for the order by uncertainty.

    Raises ``ModelError`` for a model of other labels.
    """
    import framing

    asked = framing.load(model)
    if set(asked.labels) != set(codebook.names):
        raise ModelError(
            f"{model}: has the labels {', '.join(asked.labels)}; "
            f"the project has {', '.join(codebook.names)}"
        )
    rows = db.execute("SELECT n, text FROM sentences ORDER BY n").fetchall()
    for begin in range(0, len(rows), _STEP):
        report("asking the model how sure it is", begin, len(rows))
        part = rows[begin : begin + _STEP]
        doubts = doubt(asked.predict_proba([row["text"] for row in part]), asked.thresholds)
        with database.transaction(db):
            db.executemany(
                "UPDATE sentences SET doubt = ? WHERE n = ?",
                [(float(d), row["n"]) for d, row in zip(doubts, part, strict=True)],
            )
    report("asking the model how sure it is", len(rows), len(rows))


def doubt(probabilities: NDArray[Any], thresholds: NDArray[Any]) -> NDArray[np.float64]:
    """How near a sentence is to the threshold of its least sure label: 1 on it, 0 when certain."""
    p = np.asarray(probabilities, np.float64)
    t = np.clip(np.asarray(thresholds, np.float64), 1e-9, 1 - 1e-9)
    sides = np.where(p < t, p / t, (1 - p) / (1 - t))
    return np.asarray(np.clip(sides, 0, 1).max(axis=1), np.float64)


def _cross_validate(
    sentences: Sequence[LabelledSentence],
    before: set[str],
    truth: Truth,
    groups: Sequence[str],
    step: Callable[[str], None],
) -> tuple[Truth, Truth | None]:
    from framing.corpus.splits import grouped_folds

    texts = [sentence.text for sentence in sentences]
    old = np.array([sentence.id in before for sentence in sentences], dtype=bool)
    documents = np.array(groups, dtype=str)
    now, then = np.zeros_like(truth), np.zeros_like(truth)
    for number, (rows, test) in enumerate(grouped_folds(documents, truth, FOLDS), 1):
        step(f"testing the new labels, part {number}")
        now[test] = _predicted(texts, truth, documents, rows, test)
        if old.any():
            step(f"testing the labels before, part {number}")
            then[test] = _predicted(texts, truth, documents, rows[old[rows]], test)
    return now, then if old.any() else None


def _predicted(
    texts: Sequence[str],
    truth: Truth,
    documents: NDArray[Any],
    rows: NDArray[np.intp],
    test: NDArray[np.intp],
) -> Truth:
    if len(set(documents[rows])) < 2:  # no folds within: such a model finds nothing
        return np.zeros((len(test), truth.shape[1]), bool)
    model = _model(len(texts)).fit(
        [texts[i] for i in rows], truth[rows], groups=documents[rows].tolist()
    )
    return model.predict([texts[i] for i in test])


def _model(n_sentences: int) -> NgramClassifier:
    """As shipped, but for fewer hashed features where few sentences would leave them empty."""
    from framing.classifiers.ngram import NgramClassifier

    return NgramClassifier() if n_sentences > _MANY else NgramClassifier(bits=15)


def _targets(sentences: Sequence[LabelledSentence], names: Sequence[str]) -> Truth:
    rows = [[name in sentence.labels for name in names] for sentence in sentences]
    return np.array(rows, dtype=bool).reshape(len(sentences), len(names))


def _expect_enough(sentences: Sequence[LabelledSentence]) -> None:
    from framing.web.annotate.jobs import FEWEST

    if len(sentences) < FEWEST:
        raise CorpusError(
            f"{len(sentences)} settled sentences are too few to learn from; {FEWEST} are the least"
        )


def grouped(
    sentences: Sequence[LabelledSentence],
) -> tuple[list[LabelledSentence], list[str], list[str]]:
    """The sentences, the group of each that no split divides, and words of warning.

    Groups are documents, those that repeat each other taken as one; with too few documents every
    sentence is a document of its own.
    """
    from dataclasses import replace

    from framing.training import groups_of

    notes: list[str] = []
    if len({(s.source, s.document) for s in sentences}) < FOLDS:
        sentences = [replace(s, document=s.id) for s in sentences]
        notes.append(
            f"The sentences are of fewer than {FOLDS} documents, so the test could not keep "
            "documents apart: on new documents the model will be worse than this."
        )
    groups, _ = groups_of(
        sentences, FOLDS, warn=lambda said: notes.append(f"{said[0].upper()}{said[1:]}.")
    )
    return list(sentences), [str(group) for group in groups], notes


def _notes(codebook: Codebook, support: NDArray[Any]) -> list[str]:
    rare = [
        f"{label.title} ({n})"
        for label, n in zip(codebook.labels, support, strict=True)
        if n < ENOUGH
    ]
    if not rare:
        return []
    return [f"Too few sentences to measure, fewer than {ENOUGH}: {', '.join(rare)}."]


def _draws(truth: Truth, predicted: Truth, groups: Sequence[str]) -> NDArray[np.float64]:
    from framing.evaluation.metrics import resampled_f1

    return resampled_f1(truth, predicted, groups)


def _figure(value: float, draws: NDArray[np.float64]) -> dict[str, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return {
        "value": round(float(value), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }
