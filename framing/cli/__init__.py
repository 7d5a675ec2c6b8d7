"""The command line: one module a command, each thin: parse, call, print."""

from __future__ import annotations

import os
import sys

import typer

from framing.cli import data, models
from framing.cli.annotate import annotate
from framing.cli.batch import batch
from framing.cli.codebook import show as codebook
from framing.cli.compare import compare
from framing.cli.curve import curve
from framing.cli.evaluate import evaluate
from framing.cli.lessons import lessons
from framing.cli.query import query
from framing.cli.report import report
from framing.cli.score import score
from framing.cli.suspects import suspects
from framing.cli.train import train
from framing.errors import FramingError

NOTHING_DONE = 2
INTERRUPTED = 130

app = typer.Typer(
    help="See which sentence of a government statement does what to build a case for war.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("score")(score)
app.command("train")(train)
app.command("evaluate")(evaluate)
app.command("compare")(compare)
app.command("annotate")(annotate)
app.command("batch")(batch)
app.command("query")(query)
app.command("report")(report)
app.command("codebook")(codebook)
data.app.command("suspects")(suspects)
data.app.command("curve")(curve)
data.app.command("lessons")(lessons)
app.add_typer(data.app, name="data")
app.add_typer(models.app, name="models")


@app.callback(invoke_without_command=True)
def version(
    context: typer.Context,
    show: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    """See which sentence of a government statement does what to build a case for war."""
    if show:
        from importlib.metadata import version as installed

        typer.echo(f"framing {installed('framing')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; what goes wrong on purpose is one line on stderr and exit code 2."""
    try:
        app()
    except FramingError as error:
        typer.echo(f"framing: {error}", err=True)
        sys.exit(NOTHING_DONE)
    except BrokenPipeError:  # the reader of our output has gone: no fault, and nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        typer.echo("framing: interrupted", err=True)
        sys.exit(INTERRUPTED)
