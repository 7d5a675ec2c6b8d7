"""From the probabilities of a statement's sentences to one score that can be taken apart."""

from framing.casus_belli.document import score_document
from framing.casus_belli.passages import WINDOW, sparkline
from framing.casus_belli.result import (
    DocumentScore,
    EvidenceBalance,
    FeatureScore,
    SentenceScore,
)
from framing.casus_belli.scorer import Scorer

__all__ = [
    "WINDOW",
    "DocumentScore",
    "EvidenceBalance",
    "FeatureScore",
    "Scorer",
    "SentenceScore",
    "score_document",
    "sparkline",
]
