"""``framing data suspects``: which labelled sentences deserve a second look."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli import labelled
from framing.cli.output import Format, complain, console, emit, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framing.codebook import Codebook
    from framing.corpus.suspects import Suspect


class Doubt(StrEnum):
    """What may be wrong with a label."""

    any = "any"
    add = "add"
    drop = "drop"


def suspects(
    data: labelled.Data = labelled.DATA,
    mirror: labelled.Mirror = None,
    model: Annotated[
        str, typer.Option(help="Train anew with the settings of this model: a name or a folder.")
    ] = "ngram",
    folds: Annotated[int, typer.Option(min=2, help="Folds over documents.")] = 5,
    top: Annotated[int, typer.Option(min=0, help="So many, the most surprising; 0: all.")] = 30,
    only: Annotated[
        list[str] | None, typer.Option("--label", help="Only doubts about this label.")
    ] = None,
    doubt: Annotated[
        Doubt, typer.Option(help="Only labels to add, which are harder to find, or to drop.")
    ] = Doubt.any,
    text: labelled.Text = "text",
    labels: labelled.Labels = "labels",
    document: labelled.Document = None,
    codebook: Annotated[
        Path | None, typer.Option(help="Which labels there are; else those of the data.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """List the labelled sentences that deserve a second look, by cross-validated disagreement.

    Confident learning (Northcutt, Jiang and Chuang 2021): where a model that has not seen the
    document is as sure of the opposite as it usually is of the truth. A doubt is no verdict.
    """
    from framing.corpus.suspects import suspects as find
    from framing.evaluation.crossval import cross_validate

    sentences = labelled.read(data, mirror, text, labels, document)
    book = labelled.book_of_data(sentences, codebook)
    with progress() as bar:
        task = bar.add_task("judging", total=folds)
        probabilities, _ = cross_validate(
            labelled.maker_of(model, book.names),
            sentences,
            book.names,
            folds,
            on_fold=lambda: bar.advance(task),
        )
    wanted = {book.by_name(name).name for name in only or book.names}
    found = [
        one
        for one in find(sentences, book.names, probabilities)
        if wanted & {*_doubted(one, doubt)}
    ]
    shown = found[:top] if top else found
    if form is Format.table:
        _print(shown, book)
    else:
        emit([one.as_dict() for one in shown], form)
    complain(
        f"{len(found):,} of {len(sentences):,} sentences are doubtful"
        + (f"; {len(shown):,} shown, --top 0 gives all" if len(shown) < len(found) else "")
    )


def _doubted(one: Suspect, doubt: Doubt) -> tuple[str, ...]:
    kinds = {Doubt.add: one.add, Doubt.drop: one.drop, Doubt.any: (*one.add, *one.drop)}
    return kinds[doubt]


def _print(found: Sequence[Suspect], book: Codebook) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("", "score", "given", "add", "drop", "sentence", box=None, pad_edge=False)
    for number, one in enumerate(found, 1):
        sentence = one.sentence
        by = ", ".join(p for p in (sentence.id, sentence.speaker, sentence.date) if p)
        told = Text(" ".join(sentence.text.split())).append(f"\n{by}", style="dim")
        doubts = (
            "\n".join(f"{book.by_name(name).code} {one.probabilities[name]:.2f}" for name in names)
            for names in (one.add, one.drop)
        )
        given = " ".join(label.code for label in book.labels if label.name in sentence.labels)
        table.add_row(str(number), f"{one.score:.2f}", given or "-", *doubts, told)
    out = console()
    out.print(table)
    out.print("  ".join(f"{label.code} {label.name}" for label in book.labels), style="dim")
    out.print("The number beside a label is how likely the model holds it.", style="dim")
