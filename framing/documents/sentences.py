"""Text becomes sentences with exact offsets: block structure first, Punkt inside a block."""

from __future__ import annotations

import re
from collections.abc import Iterator

from framing.documents.document import Sentence

_BLANK = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")


def split(text: str) -> list[Sentence]:
    """Split ``text`` into sentences; ``text[s.start:s.end] == s.text`` for each of them."""
    return [Sentence(text[start:end], start, end) for start, end in _spans(text)]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    import nupunkt

    position = 0
    for block in _BLANK.split(text):
        start = text.index(block, position)
        position = start + len(block)
        for low, high in nupunkt.sent_spans(block):
            raw = block[low:high]
            left = start + low + len(raw) - len(raw.lstrip())
            right = start + low + len(raw.rstrip())
            if left < right:
                yield left, right
