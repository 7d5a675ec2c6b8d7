"""What is known of a scored statement, as values that do not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from framing.codebook import Band
from framing.documents import Document


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """A sentence, its probabilities by label, and the labels that reach their thresholds.

    ``points`` says by label how much the sentence moved the score of its statement.
    """

    text: str
    start: int
    end: int
    probabilities: dict[str, float]
    labels: tuple[str, ...]
    points: dict[str, float]


@dataclass(frozen=True, slots=True)
class EvidenceBalance:
    """Which sentences accuse or threaten, in order, and which of them nothing backs."""

    accusers: tuple[int, ...]
    unbacked: tuple[int, ...]

    @property
    def accusing(self) -> int:
        """How many sentences accuse or threaten."""
        return len(self.accusers)

    @property
    def backed(self) -> int:
        """How many of them are backed."""
        return len(self.accusers) - len(self.unbacked)


@dataclass(frozen=True, slots=True)
class FeatureScore:
    """One of the things the score looks at: its value in 0..1 and the points it brought."""

    name: str
    title: str
    value: float
    points: float


@dataclass(frozen=True, slots=True)
class DocumentScore:
    """A scored statement. The scores are None where the codebook has no roles.

    ``casus_belli`` and ``interval`` are in 0..100. ``bands`` gives each step of the codebook's
    rating its probability, ``band`` is their median. ``base`` is what a statement without any
    label scores; ``base`` and the points of all sentences, or of all ``features``, add up to the
    score. ``contributions`` are the points of each sentence. ``adversaries`` are counted in the
    sentences that accuse or threaten. ``passage`` is the strongest run of sentences, first and
    last; ``profile`` the scores of sliding passages and ``profile_starts`` the sentences with
    which these begin, both empty for a short text.
    """

    document: Document
    sentences: tuple[SentenceScore, ...]
    casus_belli: float | None
    interval: tuple[float, float] | None
    band: int | None
    bands: dict[int, float]
    base: float | None
    contributions: tuple[float, ...]
    features: tuple[FeatureScore, ...]
    evidence: EvidenceBalance | None
    adversaries: tuple[tuple[str, int], ...]
    passage: tuple[int, int] | None
    profile: tuple[float, ...]
    profile_starts: tuple[int, ...]
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
            "band_title": self.band_title,
            "bands": {str(value): round(p, 4) for value, p in self.bands.items()},
            "n_sentences": len(self.sentences),
            "accusing": evidence.accusing if evidence else None,
            "backed": evidence.backed if evidence else None,
            "unbacked": list(evidence.unbacked) if evidence else None,
            "adversaries": [{"name": name, "count": count} for name, count in self.adversaries],
            "passage": list(self.passage) if self.passage else None,
            "passage_text": self.quote(),
            "shares": self.shares(),
            "base": _rounded(self.base),
            "features": [
                {"name": f.name, "value": round(f.value, 4), "points": round(f.points, 2)}
                for f in self.features
            ],
            "profile": [round(value, 1) for value in self.profile],
            "profile_starts": list(self.profile_starts),
            "sentences": [
                _sentence(sentence, points, backed)
                for sentence, points, backed in zip(
                    self.sentences, self.contributions, self.backing(), strict=True
                )
            ],
        }

    def backing(self) -> tuple[bool | None, ...]:
        """Of each sentence whether it is backed; None where it neither accuses nor threatens."""
        found: list[bool | None] = [None] * len(self.sentences)
        if self.evidence is not None:
            for i in self.evidence.accusers:
                found[i] = True
            for i in self.evidence.unbacked:
                found[i] = False
        return tuple(found)

    @property
    def band_title(self) -> str | None:
        """The words of the codebook for ``band``; None where there is none."""
        return next((step.title for step in self.rating if step.value == self.band), None)

    def shares(self) -> dict[str, float]:
        """The share of sentences, in 0..1, that have each label."""
        names = self.sentences[0].probabilities if self.sentences else {}
        counts = {name: sum(name in s.labels for s in self.sentences) for name in names}
        return {name: round(n / len(self.sentences), 4) for name, n in counts.items()}

    def quote(self) -> str | None:
        """The strongest passage as it stands in the document; None where there is none."""
        if self.passage is None:
            return None
        first, last = (self.sentences[i] for i in self.passage)
        return self.document.text[first.start : last.end]


def _sentence(sentence: SentenceScore, points: float, backed: bool | None) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "labels": list(sentence.labels),
        "backed": backed,
        "probabilities": {name: round(p, 4) for name, p in sentence.probabilities.items()},
        "points": round(points, 2),
        "points_by_label": {
            name: round(value, 2) for name, value in sentence.points.items() if abs(value) >= 0.005
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
