"""What commands share when they print: formats, colours, progress."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

from framing.cells import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.text import Text

    from framing.codebook import Label


class Format(StrEnum):
    """How a command prints its result."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


def emit(rows: Iterable[Mapping[str, Any]], form: Format) -> None:
    """Print ``rows`` to standard output as JSON, JSON Lines or CSV."""
    if form is Format.jsonl:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
    elif form is Format.json:
        typer.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
    else:
        _emit_csv(rows)


def _emit_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, list(row), extrasaction="ignore")
            writer.writeheader()
        writer.writerow({key: cell(value) for key, value in row.items()})


def cell(value: Any) -> Any:
    """A value as a cell of a spreadsheet: nested ones as JSON, formulas made harmless."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False)
    return value


def console(stderr: bool = False) -> Console:
    """A rich console; wide enough for tables also where the width is unknown.

    What the terminal's encoding cannot show becomes a question mark.
    """
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(file=stream, width=None if stream.isatty() else 110)


def badge(label: Label) -> Text:
    """The letter of a label on its colour; the letter stays where there is no colour."""
    from rich.text import Text

    return Text(f" {label.code} ", style=f"bold #FFFFFF on {label.colour}")


def progress() -> Progress:
    """A progress bar on stderr with rate and time left; silent when that is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeLeft(),
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def complain(message: object) -> None:
    """One line on stderr for something that went wrong and does not stop the rest."""
    typer.echo(f"framing: {message}", err=True)
