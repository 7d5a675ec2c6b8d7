"""``framing query``: SQL over the results of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framing.cli.output import Format, cell, console, emit

_SHOWN = 200


def query(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder of framing batch.")],
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT.")],
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Ask a run with SQL: one SELECT over the views documents and sentences.

    Example: framing query RUN "SELECT source, avg(casus_belli) FROM documents GROUP BY source"
    """
    from itertools import islice

    from framing.batch import query as rows_of

    rows = rows_of(run, sql)
    if form is not Format.table:
        emit(rows, form)
        return
    from rich.table import Table
    from rich.text import Text

    shown = list(islice(rows, _SHOWN))
    table = Table(*(shown[0] if shown else ()), box=None, pad_edge=False)
    for row in shown:
        table.add_row(*(Text(_text(value)) for value in row.values()))
    console().print(table)
    if next(rows, None) is not None:
        typer.echo(f"the first {_SHOWN} rows; --format csv gives all", err=True)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else str(cell(value))
