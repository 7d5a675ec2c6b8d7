"""Measure how governments frame threats and build a case for war.

>>> import framing
>>> result = framing.score("They are building the bomb. We will stop them, if need be by force.")
>>> result.casus_belli, result.interval
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framing.casus_belli import DocumentScore
    from framing.codebook import Codebook
    from framing.documents import Document
    from framing.scoring import load, score

__all__ = ["Codebook", "Document", "DocumentScore", "load", "score"]

_HOMES = {
    "Codebook": "framing.codebook",
    "Document": "framing.documents",
    "DocumentScore": "framing.casus_belli",
    "load": "framing.scoring",
    "score": "framing.scoring",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: ``import framing`` itself stays cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module 'framing' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
