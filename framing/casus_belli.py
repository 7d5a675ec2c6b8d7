"""From the probabilities of a statement's sentences to one score that can be taken apart.

The first formula, simple and stated here in full; labels are asked for by their role in the
codebook. For a sentence with probabilities frame (the highest of the labels of that role), force
and counter, its strength is

    (1 - (1 - frame / 2) * (1 - force)) * (1 - counter)

and the score of the statement is 100 * (core + breadth) / 2, where core is the mean strength of
its strongest fifth and breadth the square root of the mean strength of all its sentences. The
score never falls when a call to force becomes likelier, never rises with a counter-frame, and a
statement repeated scores as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.codebook import Band, Codebook
from framing.documents import Document, Sentence

_CORE = 0.2  # the share of sentences that counts as the core of a statement
_RESAMPLES = 200
_UNSEEN = (0.0, 0.5)  # what a text might have gone on to say: short texts get wide intervals
_REACH = 2  # sentences after an accusation in which evidence still backs it
_BANDS = (12.0, 30.0, 50.0, 70.0)  # scores that separate the codebook's ratings 0 to 4
_BARS = "▁▂▃▄▅▆▇█"
_WINDOW = 8
_LONG = 16

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """A sentence, its probabilities by label, and the labels that reach their thresholds."""

    text: str
    start: int
    end: int
    probabilities: dict[str, float]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceBalance:
    """How many sentences accuse or threaten, how many of them are backed, and which are not."""

    accusing: int
    backed: int
    unbacked: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DocumentScore:
    """What is known of a statement. ``casus_belli`` is None where the codebook has no roles."""

    document: Document
    sentences: tuple[SentenceScore, ...]
    casus_belli: float | None
    interval: tuple[float, float] | None
    band: int | None
    contributions: tuple[float, ...]
    evidence: EvidenceBalance | None
    profile: tuple[float, ...]
    rating: tuple[Band, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        document, evidence = self.document, self.evidence
        return {
            "path": document.path,
            "title": document.title,
            "date": document.date,
            "source": document.source,
            "casus_belli": _rounded(self.casus_belli),
            "low": _rounded(self.interval[0]) if self.interval else None,
            "high": _rounded(self.interval[1]) if self.interval else None,
            "band": self.band,
            "n_sentences": len(self.sentences),
            "accusing": evidence.accusing if evidence else None,
            "backed": evidence.backed if evidence else None,
            "unbacked": list(evidence.unbacked) if evidence else None,
            "shares": self.shares(),
            "profile": [round(value, 1) for value in self.profile],
            "sentences": [
                {
                    "text": s.text,
                    "start": s.start,
                    "end": s.end,
                    "labels": list(s.labels),
                    "probabilities": {k: round(v, 4) for k, v in s.probabilities.items()},
                    "points": round(points, 2),
                }
                for s, points in zip(self.sentences, self.contributions, strict=True)
            ],
        }

    def shares(self) -> dict[str, float]:
        """The share of sentences, in 0..1, that have each label."""
        names = self.sentences[0].probabilities if self.sentences else {}
        counts = {name: sum(name in s.labels for s in self.sentences) for name in names}
        return {name: round(n / len(self.sentences), 4) for name, n in counts.items()}


def score_document(
    document: Document,
    sentences: Sequence[Sentence],
    probabilities: Floats,
    thresholds: Floats,
    codebook: Codebook,
) -> DocumentScore:
    """Score a statement from the probabilities (n_sentences, n_labels) of its sentences."""
    present = probabilities >= thresholds
    names = codebook.names
    scored = tuple(
        SentenceScore(
            s.text,
            s.start,
            s.end,
            dict(zip(names, map(float, row), strict=True)),
            tuple(name for name, there in zip(names, has, strict=True) if there),
        )
        for s, row, has in zip(sentences, probabilities, present, strict=True)
    )
    if not codebook.with_role("force") and not codebook.with_role("frame"):
        none = (0.0,) * len(scored)
        return DocumentScore(document, scored, None, None, None, none, None, (), ())
    strengths = strength(probabilities, codebook)
    score = total(strengths)
    return DocumentScore(
        document=document,
        sentences=scored,
        casus_belli=score,
        interval=interval(strengths),
        band=int(np.searchsorted(_BANDS, score, side="right")),
        contributions=contributions(strengths),
        evidence=evidence_balance(present, codebook),
        profile=profile(strengths),
        rating=codebook.rating,
    )


def strength(probabilities: Floats, codebook: Codebook) -> Floats:
    """How much each sentence adds to a case for force, in 0..1, (n_sentences,)."""
    frame = _highest(probabilities, codebook, "frame")
    force = _highest(probabilities, codebook, "force")
    counter = _highest(probabilities, codebook, "counter")
    return (1 - (1 - frame / 2) * (1 - force)) * (1 - counter)


def total(strengths: Floats) -> float:
    """The score, 0..100, of a statement whose sentences have these strengths; 0 for none."""
    if not len(strengths):
        return 0.0
    return float(_totals(np.ones((1, len(strengths))), np.asarray(strengths, np.float64))[0])


def interval(strengths: Floats) -> tuple[float, float]:
    """A 95 % interval of the score: sentences are resampled, the score itself lies inside.

    One sentence that the text does not have may be drawn too, weak or middling: a text of a few
    sentences says little of what its speaker would go on to say, and gets a wide interval.
    """
    n = len(strengths)
    score = total(strengths)
    if not n:
        return 0.0, 100.0
    padded = np.append(np.asarray(strengths, np.float64), _UNSEEN)
    even = np.append(np.ones(n), np.full(len(_UNSEEN), 1 / len(_UNSEEN)))
    draws = np.random.default_rng(n).multinomial(n, even / even.sum(), _RESAMPLES).astype(float)
    low, high = np.quantile(_totals(draws, padded), [0.025, 0.975])
    return float(min(low, score)), float(max(high, score))


def contributions(strengths: Floats) -> tuple[float, ...]:
    """The points each sentence brings; they add up to the score."""
    values = np.asarray(strengths, np.float64)
    mean = values.mean() if len(values) else 0.0
    if mean == 0:
        return (0.0,) * len(values)
    share = _core_weights(np.ones((1, len(values))), values)[0]
    points = 50 * (share * values + np.sqrt(mean) * values / values.sum())
    return tuple(map(float, points))


def evidence_balance(present: NDArray[np.bool_], codebook: Codebook) -> EvidenceBalance:
    """Which accusing sentences have evidence in themselves or in the next two.

    ``present`` is (n_sentences, n_labels). A sentence accuses when it has a label whose role is
    frame or force.
    """
    accusing = _has(present, codebook, "frame") | _has(present, codebook, "force")
    evidence = _has(present, codebook, "evidence")
    near = evidence.copy()
    for step in range(1, _REACH + 1):
        near[:-step] |= evidence[step:]
    unbacked = np.flatnonzero(accusing & ~near)
    count = int(accusing.sum())
    return EvidenceBalance(count, count - len(unbacked), tuple(map(int, unbacked)))


def profile(strengths: Floats) -> tuple[float, ...]:
    """The score of passages of eight sentences, each half over the last; empty for a short text."""
    n = len(strengths)
    if n < _LONG:
        return ()
    starts = range(0, n - _WINDOW // 2, _WINDOW // 2)
    return tuple(total(strengths[start : start + _WINDOW]) for start in starts)


def sparkline(values: Sequence[float]) -> str:
    """Scores of 0..100 as a line of block characters; at most 40, neighbours averaged."""
    if not values:
        return ""
    parts = np.array_split(np.asarray(values, np.float64), min(len(values), 40))
    steps = [int(min(part.mean(), 99.9) / 100 * len(_BARS)) for part in parts]
    return "".join(_BARS[step] for step in steps)


def _totals(counts: Floats, values: Floats) -> Floats:
    """Scores of samples in which value j occurs ``counts[i, j]`` times, (n_samples,)."""
    mean = (counts @ values) / counts.sum(axis=1)
    core = (_core_weights(counts, values) * values).sum(axis=1)
    return 50 * (core + np.sqrt(mean))


def _core_weights(counts: Floats, values: Floats) -> Floats:
    """Weights, 1 in sum, that pick the strongest fifth of each sample, parts of a sentence too."""
    order = np.argsort(-values, kind="stable")
    sizes = counts.sum(axis=1, keepdims=True) * _CORE
    before = np.cumsum(counts[:, order], axis=1) - counts[:, order]
    taken = np.clip(sizes - before, 0, counts[:, order])
    weights = np.empty_like(taken)
    weights[:, order] = taken / sizes
    return weights


def _highest(probabilities: Floats, codebook: Codebook, role: str) -> Floats:
    columns = [codebook.names.index(name) for name in codebook.with_role(role)]
    if not columns:
        return np.zeros(len(probabilities))
    return np.asarray(probabilities[:, columns], np.float64).max(axis=1)


def _has(present: NDArray[np.bool_], codebook: Codebook, role: str) -> NDArray[np.bool_]:
    columns = [codebook.names.index(name) for name in codebook.with_role(role)]
    return np.asarray(present[:, columns].any(axis=1), bool)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
