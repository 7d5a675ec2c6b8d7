"""Text in the cells of spreadsheets."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """``text``, with an apostrophe before what a spreadsheet would run as a formula."""
    return "'" + text if text.startswith(_FORMULA) else text
