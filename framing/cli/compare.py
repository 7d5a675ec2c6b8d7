"""``framing compare``: whether one model is better than another, label by label."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.output import Format, complain, console, emit

if TYPE_CHECKING:
    from framing.evaluation.compare import Comparison

_FEW = 20


def compare(
    models: Annotated[list[str], typer.Argument(help="Two models or more: names or folders.")],
    data: Annotated[
        Path,
        typer.Option(
            help="A corpus folder, or a JSONL, CSV or Parquet file of labelled sentences."
        ),
    ] = Path("training_data"),
    mirror: Annotated[
        Path | None, typer.Option(help="Folder with the originals of real sentences.")
    ] = None,
    text: Annotated[str, typer.Option(help="Column of the sentence, in a file.")] = "text",
    labels: Annotated[str, typer.Option(help="Column of its labels, in a file.")] = "labels",
    document: Annotated[str, typer.Option(help="Column of its document.")] = "document",
    seed: Annotated[int, typer.Option(help="Which documents are drawn.")] = 0,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Compare models on the same sentences: paired bootstrap over documents, McNemar by label.

    Of a corpus folder its real sentences are used. A model does better than it should on
    sentences it was trained on.
    """
    from framing.classifiers import store
    from framing.corpus.examples import AUTHORED
    from framing.errors import CorpusError
    from framing.evaluation.compare import compare_models, load_models, shared_labels
    from framing.evaluation.labelled import Columns, read_data, strange_labels, trained_on
    from framing.models import locate

    sentences, missing = read_data(data, mirror, Columns(text, labels, document))
    for gap in missing:
        complain(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    if data.is_dir():
        sentences = [sentence for sentence in sentences if sentence.source != AUTHORED]
    if not sentences:
        raise CorpusError(f"{data}: no real sentence is at hand to compare on")
    loaded = load_models(models)
    shared = shared_labels([model.labels for model in loaded.values()])
    for label in strange_labels(sentences, shared):
        complain(f"the label {label} is left out: not every model has it")
    for name in loaded:
        warning = trained_on(store.read_manifest(locate(name)), sentences)
        if warning:
            complain(f"{name} {warning}")
    with console(stderr=True).status(f"reading {len(sentences)} sentences with each model"):
        result = compare_models(loaded, sentences, seed)
    if result.documents < _FEW:
        complain(f"intervals over only {result.documents} documents are rough")
    if form is Format.table:
        _print(result)
    elif form is Format.json:
        emit([asdict(result)], form)
    else:
        emit([asdict(row) for row in result.differences], form)


def _print(result: Comparison) -> None:
    from itertools import groupby

    from rich.markup import escape
    from rich.table import Table

    out = console()
    out.print(f"{result.sentences} sentences of {result.documents} documents", highlight=False)
    for (first, second), rows in groupby(result.differences, lambda r: (r.first, r.second)):
        out.print(f"\n[bold]1[/bold] {escape(first)}\n[bold]2[/bold] {escape(second)}")
        columns = ("F1 of 1", "F1 of 2", "2 less 1", "95 %", "only 1 right", "only 2 right")
        table = Table("label", *columns, "p", "Holm", box=None, pad_edge=False)
        pair = list(rows)
        for row in pair:
            low, high = row.interval
            table.add_row(
                row.label,
                f"{row.first_f1:.3f}",
                f"{row.second_f1:.3f}",
                f"{row.difference:+.3f}",
                f"{low:+.3f} {high:+.3f}",
                str(row.first_only),
                str(row.second_only),
                f"{row.p:.2g}",
                f"{row.corrected:.2g}",
            )
        out.print(table)
        for row in pair:
            out.print(escape(row.sentence), highlight=False, style="bold" if row.better else "")
