"""What a teacher says of sentences that nobody labelled, for another model to learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from framing.classifiers.base import Floats


@dataclass(frozen=True, slots=True)
class Lessons:
    """Sentences and a teacher's probabilities of them: Hinton, Vinyals and Dean, "Distilling the
    knowledge in a neural network" (2015).

    Parameters
    ----------
    sentences : n_taught of them.
    probabilities : of each label, in 0..1, (n_taught, n_labels).
    groups : the document of each sentence, (n_taught,), named as those of labelled sentences are;
        None where none of the sentences is of a document that is held out.
    teacher : who says so.
    """

    sentences: Sequence[str]
    probabilities: Floats
    groups: Sequence[Any] | None = None
    teacher: str = "another model"

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where the parts differ in number or say what is no probability."""
        n = len(self.sentences)
        said = np.asarray(self.probabilities)
        if said.ndim != 2 or len(said) != n or (self.groups is not None and len(self.groups) != n):
            raise ValueError(f"{n} lessons need as many rows of probabilities, and groups if any")
        if not ((said >= 0) & (said <= 1)).all():
            raise ValueError("a lesson needs a probability within 0 to 1 for each label")

    def expect_labels(self, n_labels: int) -> None:
        """Raise ``ValueError`` where they are of another number of labels."""
        found = np.asarray(self.probabilities).shape[1]
        if found != n_labels:
            raise ValueError(f"lessons of {found} labels cannot teach {n_labels}")

    def digest(self) -> str:
        """The SHA-256 of sentences and probabilities."""
        told = hashlib.sha256(repr(list(self.sentences)).encode())
        told.update(np.ascontiguousarray(self.probabilities, np.float32).tobytes())
        return told.hexdigest()

    def regrouped(self, known: Mapping[str, Any]) -> Self:
        """The same lessons, of which the groups that are ``known`` by another name get that."""
        if self.groups is None:
            return self
        return replace(self, groups=[known.get(str(group), group) for group in self.groups])

    def apart(self, held_out: Iterable[Any]) -> Self:
        """The lessons of none of these groups: a pupil must not read what it is measured on."""
        if self.groups is None:
            return self
        out = {str(group) for group in held_out}
        kept = [i for i, group in enumerate(self.groups) if str(group) not in out]
        return replace(
            self,
            sentences=[self.sentences[i] for i in kept],
            probabilities=np.asarray(self.probabilities)[kept],
            groups=[self.groups[i] for i in kept],
        )
