"""What a corpus holds for a model to learn, and what is wrong with it, before time is spent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from framing.corpus.examples import LabelledSentence

TOO_FEW = 10
FEW = 50
_RARE = 0.01
_COMMON = 0.5
_UNEVEN = 20


@dataclass(frozen=True, slots=True)
class LabelCount:
    """In how many sentences, and of how many documents, a label stands; ``share`` in 0..1."""

    label: str
    sentences: int
    share: float
    documents: int


def count_labels(
    sentences: Sequence[LabelledSentence], labels: Sequence[str]
) -> tuple[LabelCount, ...]:
    """A count for each of ``labels``, in their order."""
    found: dict[str, list[str]] = {label: [] for label in labels}
    for sentence in sentences:
        for label in set(sentence.labels) & set(found):
            found[label].append(f"{sentence.source}/{sentence.document}")
    n = max(len(sentences), 1)
    return tuple(
        LabelCount(label, len(places), len(places) / n, len(set(places)))
        for label, places in found.items()
    )


def concerns(
    sentences: Sequence[LabelledSentence], labels: Sequence[str], folds: int = 5
) -> Iterator[str]:
    """One line for each thing that will make a model of these sentences worse than it looks."""
    counts = count_labels(sentences, labels)
    for count in counts:
        yield from _of_label(count, folds)
    learnable = [count for count in counts if count.sentences >= TOO_FEW]
    if learnable:
        most = max(learnable, key=lambda count: count.sentences)
        least = min(learnable, key=lambda count: count.sentences)
        if most.sentences >= _UNEVEN * least.sentences:
            times = most.sentences // least.sentences
            yield f"{most.label} is {times} times as frequent as {least.label}"
    yield from _repeated(sentences)


def _of_label(count: LabelCount, folds: int) -> Iterator[str]:
    has = f"{count.label} has {count.sentences} sentences"
    if count.sentences < TOO_FEW:
        yield f"{has}; with fewer than {TOO_FEW} it cannot be learnt"
        return
    if count.documents < folds:
        yield (
            f"{count.label} stands in {count.documents} documents only: not each of {folds} folds "
            "can test it"
        )
    elif count.sentences < FEW:
        yield f"{has}; with fewer than {FEW} its figures are rough"
    if count.share < _RARE:
        yield f"{count.label} is rare: one sentence in {round(1 / count.share)}"
    elif count.share > _COMMON:
        yield f"{count.label} stands in {100 * count.share:.0f} % of the sentences"


def _repeated(sentences: Sequence[LabelledSentence]) -> Iterator[str]:
    same: dict[str, list[LabelledSentence]] = defaultdict(list)
    for sentence in sentences:
        same[" ".join(sentence.text.casefold().split())].append(sentence)
    groups = [group for group in same.values() if len(group) > 1]
    split = [group for group in groups if len({frozenset(s.labels) for s in group}) > 1]
    if groups:
        more = sum(len(group) - 1 for group in groups)
        yield f"{more} sentences repeat another one word for word"
    if split:
        first, second = split[0][:2]
        yield (
            f"{len(split)} of these sentences have different labels in different places, such as "
            f"{first.id} and {second.id}"
        )
