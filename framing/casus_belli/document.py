"""One statement, scored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framing.adversaries import against
from framing.casus_belli.contributions import contributions
from framing.casus_belli.evidence import accusing, evidence_balance
from framing.casus_belli.features import (
    FEATURES,
    Roles,
    features,
    quantities,
    signals,
    threat_and_case,
)
from framing.casus_belli.interval import interval
from framing.casus_belli.passages import profile, strongest, windows
from framing.casus_belli.result import DocumentScore, FeatureScore, SentenceScore
from framing.casus_belli.scorer import Scorer
from framing.codebook import Codebook
from framing.documents import Document, Sentence
from framing.errors import FramingError

Floats = NDArray[np.floating]


def score_document(
    document: Document,
    sentences: Sequence[Sentence],
    probabilities: Floats,
    thresholds: Floats,
    codebook: Codebook,
    scorer: Scorer | None = None,
) -> DocumentScore:
    """Score a statement from the probabilities (n_sentences, n_labels) of its sentences.

    ``thresholds`` (n_labels,) say from where a label counts as present; ``scorer`` is the shipped
    one when None. A codebook without roles, and a statement without a sentence, have no score.
    Raises ``FramingError`` when the codebook's rating has other steps than the scorer.
    """
    try:
        roles = Roles.of(codebook)
    except FramingError:
        roles = None
    present = np.asarray(probabilities >= thresholds, bool)
    if roles is None or not len(sentences):
        scored = _sentences(sentences, probabilities, present, np.zeros(present.shape), codebook)
        return _unscored(document, scored, codebook)
    scorer = scorer or Scorer.load()
    _expect_steps(codebook, scorer)
    found = signals(probabilities, roles)
    values = quantities(found)
    means = features(values)
    latent = scorer.latent(means)
    score = float(scorer.score(latent))
    bands = scorer.bands(latent)
    accuses = accusing(present, roles)
    threat, _ = threat_and_case(found)
    points, by_feature = contributions(
        np.asarray(probabilities, np.float64), roles, found, values, scorer
    )
    return DocumentScore(
        document=document,
        sentences=_sentences(sentences, probabilities, present, points, codebook),
        casus_belli=score,
        interval=interval(found, scorer, score),
        band=int((np.cumsum(bands) < 0.5).sum()),
        bands=dict(enumerate(map(float, bands))),
        base=float(scorer.score(np.array(0.0))),
        contributions=tuple(map(float, points.sum(axis=1))),
        features=_features(means, by_feature),
        evidence=evidence_balance(present, roles),
        adversaries=against(
            document, [sentences[i].text for i in np.flatnonzero(accuses).tolist()]
        ),
        passage=strongest(threat * (1 - found[:, 3])) if accuses.any() else None,
        profile=profile(values, scorer),
        profile_starts=tuple(windows(len(values))),
        rating=codebook.rating,
    )


def _sentences(
    sentences: Sequence[Sentence],
    probabilities: Floats,
    present: NDArray[np.bool_],
    points: Floats,
    codebook: Codebook,
) -> tuple[SentenceScore, ...]:
    names = codebook.names
    return tuple(
        SentenceScore(
            s.text,
            s.start,
            s.end,
            dict(zip(names, row, strict=True)),
            tuple(name for name, there in zip(names, has, strict=True) if there),
            dict(zip(names, moved, strict=True)),
        )
        for s, row, has, moved in zip(
            sentences, probabilities.tolist(), present.tolist(), points.tolist(), strict=True
        )
    )


def _unscored(
    document: Document, sentences: tuple[SentenceScore, ...], codebook: Codebook
) -> DocumentScore:
    return DocumentScore(
        document=document,
        sentences=sentences,
        casus_belli=None,
        interval=None,
        band=None,
        bands={},
        base=None,
        contributions=(0.0,) * len(sentences),
        features=(),
        evidence=None,
        adversaries=(),
        passage=None,
        profile=(),
        profile_starts=(),
        rating=codebook.rating,
    )


def _features(means: Floats, points: Floats) -> tuple[FeatureScore, ...]:
    return tuple(
        FeatureScore(feature.name, feature.title, float(mean), float(point))
        for feature, mean, point in zip(FEATURES, means, points, strict=True)
    )


def _expect_steps(codebook: Codebook, scorer: Scorer) -> None:
    if codebook.rating and len(codebook.rating) != scorer.steps:
        raise FramingError(
            f"the codebook {codebook.name!r} rates in {len(codebook.rating)} steps, the scorer "
            f"was fitted to {scorer.steps}; fit it again with benchmarks/casus_belli.py --fit"
        )
