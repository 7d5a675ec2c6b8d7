"""``framing data curve``: does labelling more sentences still pay?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli import labelled
from framing.cli.output import Format, complain, console, emit, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framing.codebook import Codebook
    from framing.evaluation.learning import Point

_DRAWN = (".svg", ".png", ".pdf")


def curve(
    data: labelled.Data = labelled.DATA,
    mirror: labelled.Mirror = None,
    model: Annotated[
        str, typer.Option(help="Train anew with the settings of this model: a name or a folder.")
    ] = "ngram",
    shares: Annotated[
        str, typer.Option(help="Parts of the documents to learn from, between commas.")
    ] = "0.1,0.25,0.5,0.75,1",
    tests: Annotated[int, typer.Option(min=1, max=5, help="On how many of five folds.")] = 1,
    seed: Annotated[int, typer.Option(help="Which documents come first.")] = 0,
    out: Annotated[
        list[Path] | None, typer.Option(help="Draw it there: .svg, .png or .pdf.")
    ] = None,
    text: labelled.Text = "text",
    labels: labelled.Labels = "labels",
    document: labelled.Document = None,
    codebook: Annotated[
        Path | None, typer.Option(help="Which labels there are; else those of the data.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Draw the learning curve: quality on unseen documents by how much was learnt from.

    Of a corpus folder its real sentences are counted; authored ones always help to train.
    """
    from framing.corpus.examples import AUTHORED
    from framing.errors import FramingError
    from framing.evaluation.learning import draw, learning_curve, verdict

    for path in out or []:
        if path.suffix.lower() not in _DRAWN:
            raise FramingError(f"--out {path}: the suffix must be one of {', '.join(_DRAWN)}")
    parts = _shares(shares)
    sentences = labelled.read(data, mirror, text, labels, document)
    book = labelled.book_of_data(sentences, codebook)
    real = [one for one in sentences if one.source != AUTHORED]
    with progress() as bar:
        task = bar.add_task("learning", total=len(parts) * tests)
        points = learning_curve(
            labelled.maker_of(model, book.names),
            real or sentences,
            book.names,
            parts,
            tests,
            seed,
            [one for one in sentences if one.source == AUTHORED] if real else [],
            lambda: bar.advance(task),
        )
    for path in out or []:
        try:
            draw(points, book, path)
        except ImportError as error:
            raise FramingError("--out needs matplotlib: pip install 'framing[report]'") from error
        except OSError as error:
            raise FramingError(f"--out {path}: cannot be written ({error.strerror})") from error
        complain(f"written: {path}")
    if form is not Format.table:
        emit([point.flat() for point in points], form)
        return
    _print(points, book)
    console().print(verdict(points), highlight=False)


def _shares(given: str) -> tuple[float, ...]:
    from framing.errors import FramingError

    try:
        found = tuple(sorted({float(part) for part in given.split(",") if part.strip()}))
    except ValueError as error:
        raise FramingError(f"--shares {given}: write numbers between commas") from error
    if not found or not all(0 < part <= 1 for part in found):
        raise FramingError(f"--shares {given}: each must be above 0 and at most 1")
    return found


def _print(points: Sequence[Point], book: Codebook) -> None:
    from rich.table import Table

    from framing.cli.output import badge

    table = Table("share", "sentences", "macro-F1", "95 %", box=None, pad_edge=False)
    for label in book.labels:
        table.add_column(badge(label), justify="right")
    for point in points:
        low, high = point.macro_f1_interval
        table.add_row(
            f"{point.share:.0%}",
            f"{point.sentences:,}",
            f"{point.macro_f1:.3f}",
            f"{low:.3f} to {high:.3f}",
            *(f"{point.f1[name]:.2f}" for name in book.names),
        )
    console().print(table)
