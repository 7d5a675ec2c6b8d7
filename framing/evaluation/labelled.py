"""Labelled sentences to measure on: a corpus folder, or a researcher's own table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framing.corpus import examples
from framing.corpus.examples import AUTHORED, REAL, LabelledSentence, Missing
from framing.corpus.tables import Columns, read_table
from framing.errors import CorpusError


def read_data(
    path: str | Path, mirror: str | Path | None = None, columns: Columns | None = None
) -> tuple[list[LabelledSentence], list[Missing]]:
    """A corpus folder as ``corpus.examples.load`` reads it, or a table as ``read_table`` does.

    Returns the sentences and what is missing (never anything of a table).
    """
    path = Path(path)
    if not path.exists():
        raise CorpusError(f"{path}: no such file or corpus folder")
    if path.is_dir() and ((path / AUTHORED).is_dir() or (path / REAL).is_dir()):
        return examples.load(path, "all", mirror)
    return read_table(path, columns or Columns()).sentences, []


def strange_labels(sentences: Sequence[LabelledSentence], labels: Sequence[str]) -> tuple[str, ...]:
    """The labels used in ``sentences`` that are not among ``labels``, sorted.

    Raises ``CorpusError`` when the sentences bear labels and none of them is among ``labels``:
    nothing measured on them would mean anything.
    """
    used = {label for sentence in sentences for label in sentence.labels}
    strange = used - set(labels)
    if used and strange == used:
        raise CorpusError(
            f"the data have the labels {', '.join(sorted(used))}; the model knows none of them, "
            f"only {', '.join(labels)}"
        )
    return tuple(sorted(strange))


def trained_on(manifest: Mapping[str, Any], sentences: Sequence[LabelledSentence]) -> str | None:
    """A warning when a model's manifest names sources that ``sentences`` are of, else None.

    Whether it learnt from these very sentences cannot be told from a manifest.
    """
    known = manifest.get("training", {}).get("sources", {})
    shared = sorted({sentence.source for sentence in sentences} & set(known))
    if not shared:
        return None
    return (
        f"learnt from sentences of {', '.join(shared)} too: where those are the same ones, its "
        "figures are too good"
    )
