"""Which language a statement is in, and whether an English model may score it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from framing.documents.document import Document

_LETTERS = 40  # with fewer letters no detector is to be trusted
_SAMPLE = 4000
_ENGLISH = re.compile(r"\b(?:the|and|of|to|in|that|is|for|we|our|will|with|have|this|are)\b", re.I)
_PLAINLY_ENGLISH = 0.15  # such words among all; no other language reaches half of it


@dataclass(frozen=True, slots=True)
class Language:
    """What a text is written in; ``reason`` says why it is not scored where it is not."""

    code: str
    confidence: float
    scoreable: bool
    reason: str | None = None


def detect(text: str) -> tuple[str, float]:
    """The ISO 639-1 code of the language of ``text``, and how sure that is, in 0..1.

    The detector (py3langid, Lui and Baldwin 2012) sees the first 4,000 characters.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    global _identifier
    if _identifier is None:
        _identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    code, confidence = _identifier.classify(text[:_SAMPLE])
    return str(code), float(confidence)


_identifier = None


def assess(document: Document) -> Language:
    """Whether ``document`` is English enough to be scored; a very short text always is."""
    sample = document.text[:_SAMPLE]
    words = sample.split()
    if sum(map(str.isalpha, sample)) < _LETTERS:
        return Language("en", 0.0, True)
    if len(_ENGLISH.findall(sample)) >= _PLAINLY_ENGLISH * len(words):
        return Language("en", 1.0, True)
    code, confidence = detect(sample)
    if code == "en" or confidence < 0.9:
        return Language(code, confidence, True)
    return Language(code, confidence, False, f"is not English but {code}, and was not scored")
