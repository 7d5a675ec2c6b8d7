"""Which language a statement is in, and whether an English model may score it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from framing.documents.document import Document

_LETTERS = 40  # with fewer letters no detector is to be trusted
_SAMPLE = 4000
_WORDS = "the|and|of|to|in|that|is|for|we|our|will|with|have|this|are"
_COMMON = frozenset(_WORDS.split("|"))
_ENGLISH = re.compile(rf"\b(?:{_WORDS})\b", re.I)
_PLAINLY_ENGLISH = 0.15  # such words among all; no other language reaches half of it
_CONCEIVABLE = 0.02  # a probability of English from which a text gets the benefit of the doubt
_LIKELY = 0.5  # and one of any other language below which it does


@dataclass(frozen=True, slots=True)
class Language:
    """What a text is written in; ``reason`` says why it is not scored where it is not."""

    code: str
    confidence: float
    scoreable: bool
    reason: str | None = None


def detect(text: str) -> tuple[str, float]:
    """The ISO 639 code of the language of ``text``, and how sure that is, in 0..1.

    The detector (py3langid, after Lui and Baldwin 2012) sees the first 4,000 characters.
    """
    code, confidence = _identifier().classify(text[:_SAMPLE])
    return str(code), float(confidence)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def assess(document: Document) -> Language:
    """Whether ``document`` is English enough to be scored; a very short text always is.

    Most English is known by its commonest words, without the detector, which takes half a second
    to load. Otherwise it must be next to impossible that the text is English.
    """
    sample = document.text[:_SAMPLE]
    words = sample.split()
    if all(sum(map(str.isalpha, part)) < _LETTERS for part in (sample[:200], sample)):
        return Language("en", 0.0, True)
    if sum(map(_COMMON.__contains__, words)) >= _PLAINLY_ENGLISH * len(words):  # the quick look
        return Language("en", 1.0, True)
    if len(_ENGLISH.findall(sample)) >= _PLAINLY_ENGLISH * len(words):
        return Language("en", 1.0, True)
    ranked = dict(_identifier().rank(sample))
    code, confidence = next((str(code), float(share)) for code, share in ranked.items())
    if ranked.get("en", 0.0) >= _CONCEIVABLE or confidence < _LIKELY:
        return Language(code, confidence, True)
    return Language(code, confidence, False, f"is not English but {code}, and was not scored")
