"""``framing compare``: whether one model is better than another, label by label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli import labelled
from framing.cli.output import Format, complain, console, emit, progress

if TYPE_CHECKING:
    from rich.console import Console

    from framing.evaluation.compare import Comparison, Difference

_FEW = 20


def compare(
    models: Annotated[list[str], typer.Argument(help="Two models or more: names or folders.")],
    data: labelled.Data = labelled.DATA,
    mirror: labelled.Mirror = None,
    text: labelled.Text = "text",
    labels: labelled.Labels = "labels",
    document: labelled.Document = None,
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
    from framing.evaluation.labelled import strange_labels, trained_on
    from framing.models import locate

    sentences = labelled.read(data, mirror, text, labels, document)
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
    with progress() as bar:
        tasks: dict[str, Any] = {}

        def on_step(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(f"asking {name}")
            bar.update(tasks[name], completed=done, total=total)

        result = compare_models(loaded, sentences, seed, on_step)
    if result.documents < _FEW:
        complain(f"intervals over only {result.documents} documents are rough")
    if form is Format.table:
        _print(result)
    elif form is Format.json:
        emit([asdict(result)], form)
    else:
        emit([_flat(row) for row in result.differences], form)


def _flat(row: Difference) -> dict[str, Any]:
    low, high = row.interval
    found = asdict(row) | {"low": low, "high": high}
    return {key: value for key, value in found.items() if key != "interval"}


def _print(result: Comparison) -> None:
    from rich.markup import escape

    out = console()
    out.print(f"{result.sentences:,} sentences of {result.documents:,} documents", highlight=False)
    pairs = [
        list(rows) for _, rows in groupby(result.differences, lambda row: (row.first, row.second))
    ]
    for pair in pairs:
        first, second = pair[0].first, pair[0].second
        out.print(f"\n[bold]1[/bold] {escape(first)}\n[bold]2[/bold] {escape(second)}")
        _print_pair(out, pair)
    if len(pairs) > 1:
        _print_summary(out, [pair[-1] for pair in pairs])


def _print_pair(out: Console, pair: Sequence[Difference]) -> None:
    from rich.markup import escape
    from rich.table import Table

    columns = ("F1 of 1", "F1 of 2", "2 less 1", "95 %", "only 1 right", "only 2 right")
    table = Table("label", *columns, "p", "Holm", box=None, pad_edge=False)
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


def _print_summary(out: Console, rows: Sequence[Difference]) -> None:
    """All pairs on macro-F1 in one table, with p-values corrected for their number."""
    from rich.table import Table
    from rich.text import Text

    table = Table("", "less", "macro-F1", "95 %", "p", "Holm", "better", box=None, pad_edge=False)
    for row in rows:
        low, high = row.interval
        table.add_row(
            Text(row.second),
            Text(row.first),
            f"{row.difference:+.3f}",
            f"{low:+.3f} {high:+.3f}",
            f"{row.p:.2g}",
            f"{row.corrected:.2g}",
            Text(row.better or "no clear difference"),
        )
    out.print("\n[bold]All pairs on macro-F1[/bold], p-values corrected after Holm")
    out.print(table)
