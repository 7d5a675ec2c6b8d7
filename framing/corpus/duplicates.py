"""Near-duplicates: sentences that share most of their word triples once names are masked.

All pairs above a Jaccard threshold are found exactly, by prefix filtering: two sets so alike must
share one of their few rarest members (Bayardo, Ma and Srikant, "Scaling up all pairs similarity
search", WWW 2007).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

THRESHOLD = 0.5
_WIDTH = 3
_FEW = 6  # words beside names below which a sentence is its names
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")
_NAME = "@"
_NUMBER = "#"

Shingles = frozenset[tuple[str, ...]]


def words(text: str) -> list[str]:
    """The words of a sentence, small; each run of names is one ``@``, each number a ``#``.

    A word with a capital counts as a name, except at the beginning: so a frame into which other
    names are put stays the same frame. Where names are nearly all there is, they stay.

    >>> words("Every shipment from New Kandoria on 3 May was inspected.")
    ['every', 'shipment', 'from', '@', 'on', '#', '@', 'was', 'inspected']
    >>> words("Visit of Count Orlo")
    ['visit', 'of', 'count', 'orlo']
    """
    found: list[str] = []
    plain = [match[0].replace("’", "'") for match in _WORD.finditer(text)]
    for word in plain:
        if word[0].isdigit():
            kind = _NUMBER
        elif word[0].isupper() and found and word != "I":
            kind = _NAME
        else:
            kind = word.lower()
        if not (found and kind == found[-1] == _NAME):
            found.append(kind)
    if sum(word not in (_NAME, _NUMBER) for word in found) < _FEW:
        return [word.lower() for word in plain]
    return found


@lru_cache(maxsize=1 << 16)
def shingles(text: str) -> Shingles:
    """The set of word triples of a sentence; of a shorter one, the whole as the only member."""
    sequence = words(text)
    if len(sequence) < _WIDTH:
        return frozenset([tuple(sequence)]) if sequence else frozenset()
    return frozenset(tuple(sequence[i : i + _WIDTH]) for i in range(len(sequence) - _WIDTH + 1))


def similarity(left: Shingles, right: Shingles) -> float:
    """Jaccard index of two sets of word triples, 0 to 1."""
    union = len(left | right)
    return len(left & right) / union if union else 0.0


def pairs_within(
    texts: Sequence[str], threshold: float = THRESHOLD
) -> Iterator[tuple[int, int, float]]:
    """Yield (i, j, similarity) with i < j for all pairs of ``texts`` at least so similar."""
    sets = [shingles(text) for text in texts]
    order = _rarity(sets)
    index: dict[int, list[int]] = defaultdict(list)
    for j, members in enumerate(sets):
        prefix = _prefix(members, order, threshold)
        for i in sorted({i for key in prefix for i in index[key]}):
            alike = _at_least(sets[i], members, threshold)
            if alike is not None:
                yield i, j, alike
        for key in prefix:
            index[key].append(j)


def pairs_between(
    left: Sequence[str], right: Sequence[str], threshold: float = THRESHOLD
) -> Iterator[tuple[int, int, float]]:
    """Yield (i, j, similarity) for all pairs of a left and a right text at least so similar.

    Made for few texts on the left: their triples are indexed, most of the right's are not there.
    """
    sizes = []
    index: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, text in enumerate(left):
        members = shingles(text)
        sizes.append(len(members))
        for member in members:
            index[member].append(i)
    for j, text in enumerate(right):
        members = shingles(text)
        shared = Counter(i for member in members for i in index.get(member, ()))
        for i, common in sorted(shared.items()):
            alike = common / (sizes[i] + len(members) - common)
            if alike >= threshold:
                yield i, j, alike


def _rarity(sets: Sequence[Shingles]) -> dict[tuple[str, ...], int]:
    counts = Counter(member for members in sets for member in members)
    ranked = sorted(counts, key=lambda member: (counts[member], member))
    return {member: rank for rank, member in enumerate(ranked)}


def _prefix(members: Shingles, order: dict[tuple[str, ...], int], threshold: float) -> list[int]:
    ranks = sorted(order[member] for member in members)
    return ranks[: len(ranks) - math.ceil(threshold * len(ranks)) + 1]


def _at_least(left: Shingles, right: Shingles, threshold: float) -> float | None:
    short, long = sorted((len(left), len(right)))
    if short < threshold * long:
        return None
    alike = similarity(left, right)
    return alike if alike >= threshold else None
