"""Text becomes sentences with exact offsets: block structure first, Punkt inside a block."""

from __future__ import annotations

import re
from collections.abc import Iterator

from framing.documents.blocks import blocks
from framing.documents.document import Sentence
from framing.documents.punkt import CANDIDATE, ends_sentence

# A "sentence" longer than this has no punctuation we understand; it is cut between words.
LONGEST = 2_000
_LETTER = re.compile(r"[^\W\d_]")


def split(text: str) -> list[Sentence]:
    """Split ``text`` into sentences, in order and without overlap.

    For each, ``text[s.start:s.end] == s.text``, with white space at neither end and line breaks
    inside as they stand. List markers and what has no letter belong to no sentence.
    Takes time in proportion to the length of ``text``, whatever is in it.
    """
    return [Sentence(text[start:end], start, end) for start, end in spans(text)]


def spans(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) of each sentence of ``text``."""
    for start, end in blocks(text):
        for left, right in _within(text, start, end):
            while left < right and text[left].isspace():
                left += 1
            while right > left and text[right - 1].isspace():
                right -= 1
            for span in _capped(text, left, right):
                if _LETTER.search(text, *span):
                    yield span


def _within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Part a block where a sentence ends."""
    for match in CANDIDATE.finditer(text, start, end):
        if ends_sentence(text, start, match):
            yield start, match.end()
            start = match.end()
            while start < end and text[start].isspace():
                start += 1
    if start < end:
        yield start, end


def _capped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut what is too long at the last white space that fits, or where it must be."""
    while end - start > LONGEST:
        window = text[start : start + LONGEST]
        head = window.rsplit(None, 1)[0]
        cut = len(head) if len(head) > LONGEST // 2 else LONGEST
        yield start, start + cut
        start += cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
