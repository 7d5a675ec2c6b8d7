"""How ``framing evaluate`` prints what it measured, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from framing.cli.output import badge, console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from framing.codebook import Codebook
    from framing.evaluation.metrics import Quality
    from framing.evaluation.report import Evaluation

_SHOWN = 10  # values of a view; --format and --out give all
_QUOTED = 5


def show(found: Evaluation, book: Codebook) -> None:
    """Print figures, views, confusion and the errors that surprise most."""
    out = console()
    out.print(f"The model was {found.how}.", highlight=False)
    for who, part in (("model", found.whole), ("baseline", found.baseline)):
        for value, quality in part.items():
            _print_quality(out, f"{who}, {value}", quality)
    for view, values in found.views.items():
        if values:
            _print_view(out, view, values, book)
    _print_confusion(out, found, book)
    _print_errors(out, found)


def _print_quality(out: Console, title: str, quality: Quality) -> None:
    from rich.table import Table

    from framing.evaluation.records import HEAD, cells

    low, high = quality.macro_f1_interval
    out.print(
        f"\n[bold]{title}[/bold]: macro-F1 {quality.macro_f1:.3f} ({low:.3f} to {high:.3f}), "
        f"micro-F1 {quality.micro_f1:.3f}; {quality.sentences:,} sentences of "
        f"{quality.documents:,} documents",
        highlight=False,
    )
    table = Table("label", "n", *HEAD, box=None, pad_edge=False)
    for row in quality.rows:
        figures = [
            f"{figure}\n[dim]{ends.replace(' to ', '-')}[/dim]" for figure, ends in cells(row)
        ]
        table.add_row(row.label, f"{row.support:,}", *figures)
    out.print(table)


def _print_view(out: Console, view: str, values: Mapping[str, Quality], book: Codebook) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = list(values.items())[-_SHOWN:] if view in ("year", "decade") else list(values.items())
    table = Table(f"by {view}", "n", "docs", "micro-F1", "95 %", box=None)
    _add_codes(table, book)
    for value, quality in shown[:_SHOWN]:
        low, high = quality.micro.f1_interval
        table.add_row(
            Text(value),
            f"{quality.sentences:,}",
            f"{quality.documents:,}",
            f"{quality.micro.f1:.3f}",
            f"{low:.3f} to {high:.3f}",
            *(f"{row.f1:.2f}" if row.support else "-" for row in quality.labels),
        )
    out.print()
    out.print(table)
    if len(values) > _SHOWN:
        out.print(f"  and {len(values) - _SHOWN} more: --format csv, or --out", style="dim")


def _print_confusion(out: Console, found: Evaluation, book: Codebook) -> None:
    from rich.table import Table

    names = found.confusion.labels
    table = Table("annotator, then model", box=None)
    _add_codes(table, book)
    table.add_column(names[-1], justify="right")
    for i, name in enumerate(names):
        counts = [f"{n:,}" for n in found.confusion.counts[i].tolist()]
        counts[i] = f"({counts[i]})"
        table.add_row(name, *counts)
    out.print()
    out.print(table)
    out.print(
        "  rows: what the annotator says; columns: what the model says in its place; (n): both",
        style="dim",
        highlight=False,
    )


def _print_errors(out: Console, found: Evaluation) -> None:
    from rich.markup import escape

    from framing.evaluation.records import told

    seen: set[tuple[str, str]] = set()
    for mistake in found.mistakes:
        cell = (mistake.missed, mistake.given)
        if cell in seen or len(seen) == _QUOTED:
            continue
        seen.add(cell)
        out.print(f"\n[bold]{told(*cell)}[/bold], for example:", highlight=False)
        out.print(f"  {escape(' '.join(mistake.text.split()))}", highlight=False)
    if found.mistakes:
        out.print("\nMore errors, and the curves: --out FILE.html", style="dim", highlight=False)


def _add_codes(table: Table, book: Codebook) -> None:
    for label in book.labels:
        table.add_column(badge(label), justify="right")
