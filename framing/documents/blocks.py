"""Where the layout alone parts a text: blank lines, list items, headings, table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A blank line, form feed or paragraph separator, and the page number that may stand beside it.
_PARAGRAPH = re.compile(
    r"[\n\f\u2029](?:(?<=\n)(?P<foot>[^\S\n]*\d[\d/ -]{0,20}\n)?[^\S\n]*\n\s*"
    r"(?P<number>\d[\d/ -]{0,20}\n\s*)?|(?<=[\f\u2029])(?P<feed>\s*))"
)
_BULLET = re.compile(r"[•●▪◦‣∙·*■□►➢✓][^\S\n]+")
_DASH = re.compile(r"[-–—+][^\S\n]+")
_NUMBER = re.compile(
    r"(?:\(?\d{1,3}[.)]|\([A-Za-z]\)|[A-Za-z]\)|[a-z]\.|\(?[ivx]{1,5}[.)]|\([IVX]{1,5}\)|#{1,6})"
    r"[^\S\n]+(?=\S)"
)
_STOPS = (".", "!", "?", ":", ";", "…", '"', "”")
_ENDS = (*_STOPS, ",", "’", ")", "]")
# A line that ends so goes on with a number, which is no list marker then.
_BEFORE_NUMBER = re.compile(
    r"\b(?:Sections?|Secs?\.|Articles?|Art\.|Chapter|Part|Title|Nos?\.|Resolution|Act|and|or|of|to)$"
)
_WIDEST_WRAP = 160
_NARROWEST_WRAP = 40


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each block of ``text``, in order, list markers left out.

    No sentence crosses a block. A line break parts blocks where a list item or table row stands,
    and where the line before it was ended early although the next word would have fitted; any
    other line break is that of a wrapped paragraph.
    """
    width = _wrap_width(text)
    held: tuple[int, int] | None = None
    for start, end, runs_on in _paragraphs(text, width):
        for low, high in _lines(text, start, end, width):
            if held and runs_on:
                low = held[0]
            elif held:
                yield held
            held, runs_on = (low, high), False
    if held:
        yield held


def _paragraphs(text: str, width: int) -> Iterator[tuple[int, int, bool]]:
    """(start, end) of each paragraph, and whether it goes on with the sentence of the one before.

    It does where a page ends within a sentence: there is a page number, or the line before is a
    full one of wrapped lines, and the next begins in lower case.
    """
    start, runs_on = 0, False
    for match in _PARAGRAPH.finditer(text):
        yield start, match.start(), runs_on
        last = text.rfind("\n", start, match.start()) + 1
        full = last > start and match.start() - last > 0.7 * width
        broken = full or match["foot"] or match["number"] or match["feed"] is not None
        before = text[max(start, match.start() - _WIDEST_WRAP) : match.start()].rstrip()
        start = match.end()
        runs_on = bool(broken and not before.endswith(_STOPS) and text[start : start + 1].islower())
    yield start, len(text), runs_on


def _wrap_width(text: str) -> int:
    """The length lines are wrapped at: nine in ten lines that could be wrapped are no longer."""
    lengths = sorted(n for n in map(len, text.split("\n")) if 0 < n <= _WIDEST_WRAP)
    return max(_NARROWEST_WRAP, lengths[len(lengths) * 9 // 10]) if lengths else _NARROWEST_WRAP


def _lines(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    """Part one paragraph at the line breaks that mean something."""
    here = block = start
    before = ""
    listed = False
    while here < end:
        newline = text.find("\n", here, end)
        stop = end if newline < 0 else newline
        line = text[here : min(stop, here + _WIDEST_WRAP + 1)].strip()
        parted = here == start or _parted(before, line, width)
        item = _item(before, line, parted or listed)
        if parted or item:
            if block < here:
                yield block, here
            listed = item > 0
            block = max(here, text.find(line[:1], here, stop)) + item
        before, here = text[max(here, stop - _WIDEST_WRAP - 1) : stop].strip(), stop + 1
    if block < end:
        yield block, end


def _item(before: str, line: str, may: bool) -> int:
    """How long the list marker is that ``line`` begins with; 0 without one.

    A dash or number counts where a line may begin anew, that is not within a wrapped sentence.
    """
    match = _BULLET.match(line)
    if not match and (may or before.endswith(_ENDS)):
        match = _DASH.match(line) or (
            None if _BEFORE_NUMBER.search(before) else _NUMBER.match(line)
        )
    return match.end() if match else 0


def _parted(before: str, line: str, width: int) -> bool:
    """Whether the line break between two lines is more than a wrap."""
    if not before or not line or "|" in before or "|" in line or "\t" in before or "\t" in line:
        return True
    if line[0].islower() or (line[0].isdigit() and _BEFORE_NUMBER.search(before)):
        return False
    if len(before) > _WIDEST_WRAP:
        return True
    word = line.split(None, 1)[0]
    # Lines set in proportional type, or ragged by hand, miss the width by some characters.
    return len(before) + 1 + len(word) <= 0.7 * width
