"""Options that every command on labelled sentences shares, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.output import complain

if TYPE_CHECKING:
    from framing.codebook import Codebook
    from framing.corpus.examples import LabelledSentence

Data = Annotated[
    Path,
    typer.Option(
        help="A corpus folder, a CSV, JSONL or Parquet file, or a folder that `datasets` reads."
    ),
]
Mirror = Annotated[Path | None, typer.Option(help="Folder with the originals of real sentences.")]
Text = Annotated[str, typer.Option(help="Column of the sentence, in a table.")]
Labels = Annotated[
    str,
    typer.Option(help="Column of its labels; or several, one a label: wmd,terrorism."),
]
Document = Annotated[str | None, typer.Option(help="Column of its document.")]
DATA = Path("training_data")


def read(
    data: Path, mirror: Path | None, text: str, labels: str, document: str | None
) -> list[LabelledSentence]:
    """Labelled sentences as the options say; what is missing is told on stderr."""
    from framing.corpus.tables import Columns
    from framing.evaluation.labelled import read_data

    several = tuple(name.strip() for name in labels.split(",") if name.strip())
    columns = Columns(text, several if len(several) > 1 else labels, document=document)
    sentences, missing = read_data(data, mirror, columns)
    for gap in missing:
        complain(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    return sentences


def book_of(labels: tuple[str, ...], codebook: Path | None, folder: Path) -> Codebook:
    """The codebook of a model: the given one, its folder's, the shipped one, or a bare one.

    Raises ``CodebookError`` when the given one has other labels.
    """
    from framing.codebook import Codebook
    from framing.errors import CodebookError
    from framing.experiment import CODEBOOK

    kept = folder / CODEBOOK
    if codebook is None and kept.is_file():
        codebook = kept
    if codebook is None:
        shipped = Codebook.load()
        return shipped if shipped.names == labels else Codebook.of_labels(labels)
    book = Codebook.load(codebook)
    if book.names != labels:
        raise CodebookError(
            f"{codebook}: has the labels {', '.join(book.names)}, the model {', '.join(labels)}"
        )
    return book


def book_of_data(sentences: Sequence[LabelledSentence], codebook: Path | None) -> Codebook:
    """The codebook given, or else the shipped one where the data use its labels, or a bare one.

    Raises ``CorpusError`` when the sentences bear no label of it.
    """
    from framing.codebook import Codebook
    from framing.corpus.tables import labels_used
    from framing.evaluation.labelled import strange_labels

    used = tuple(labels_used(sentences))
    book = Codebook.load(codebook)
    if codebook is None and not set(used) <= set(book.names):
        book = Codebook.of_labels(used)
    for label in strange_labels(sentences, book.names):
        complain(f"the label {label} is left out: the codebook does not have it")
    return book


def maker_of(model: str, labels: tuple[str, ...]) -> Callable[[], Any]:
    """How to make an untrained model of these labels with the settings of a model there is."""
    from framing.classifiers import store
    from framing.evaluation.predictions import maker
    from framing.models import locate

    return maker(store.load(locate(model)), labels)
