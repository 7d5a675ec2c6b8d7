"""Sentence boundaries: ours beside nupunkt and nltk's Punkt, accuracy and speed in one run.

    python benchmarks/sentences.py

Accuracy is measured on ``boundaries.txt``, passages of our own writing with every boundary marked
by hand; groups A and B were looked at while the splitter was made, group C was not. nltk's English
model must be downloaded, so where ``nltk_data`` lacks it, Punkt trained on nothing stands in.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from framing.documents.sentences import spans

GOLD = Path(__file__).with_name("boundaries.txt")
Splitter = Callable[[str], list[tuple[int, int]]]
_COPIES = 40


def passages() -> Iterator[tuple[str, str, set[int]]]:
    """(group, text, ends of sentences, white space not counted) of each passage."""
    for part in re.split(r"^== ", GOLD.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, marked = part.split("\n", 1)
        pieces = marked.strip("\n").split("‖")
        ends, length = set(), 0
        for piece in pieces[:-1]:
            length += len("".join(piece.split()))
            ends.add(length)
        yield head[0], "".join(pieces), ends


def found(split: Splitter, text: str) -> set[int]:
    """The ends a splitter finds, counted like those of the gold."""
    return {len("".join(text[:end].split())) for _, end in split(text)}


def splitters() -> dict[str, Splitter]:
    """Every splitter that is installed, by name."""
    import nupunkt
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    known: dict[str, Splitter] = {
        "framing": lambda text: list(spans(text)),
        "nupunkt": lambda text: list(nupunkt.sent_spans(text)),
    }
    try:
        from nltk.tokenize import PunktTokenizer

        english = PunktTokenizer("english")
        known["nltk English"] = lambda text: list(english.span_tokenize(text))
    except LookupError:
        untrained = PunktSentenceTokenizer()
        known["nltk untrained"] = lambda text: list(untrained.span_tokenize(text))
    return known


def accuracy(split: Splitter, group: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the boundaries of a group."""
    hit = said = there = 0
    for name, text, gold in passages():
        if name == group:
            ends = found(split, text)
            hit, said, there = hit + len(ends & gold), said + len(ends), there + len(gold)
    return hit / said, hit / there, 2 * hit / (said + there)


def speed(split: Splitter) -> float:
    """Megabytes of text a second, all passages many times over."""
    text = "\n\n".join(text for _, text, _ in passages()) * _COPIES
    split(text[:10_000])
    start = time.perf_counter()
    split(text)
    return len(text.encode()) / 1e6 / (time.perf_counter() - start)


def main() -> None:
    """Print the table."""
    counts = {g: sum(len(ends) for name, _, ends in passages() if name == g) for g in "ABC"}
    print(
        f"boundaries: {counts['A'] + counts['B']} in groups A and B, {counts['C']} in C (unseen)\n"
    )
    print("| splitter | F1 A | F1 B | precision C | recall C | F1 C | MB/s |")
    print("|---|---|---|---|---|---|---|")
    for name, split in splitters().items():
        seen = [accuracy(split, group)[2] for group in "AB"]
        figures = [*seen, *accuracy(split, "C")]
        print(f"| {name} | {' | '.join(f'{f:.3f}' for f in figures)} | {speed(split):.1f} |")


if __name__ == "__main__":
    main()
