"""``framing batch``: an archive becomes a dataset; stopped, the same command goes on."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.output import complain, console
from framing.errors import FramingError

if TYPE_CHECKING:
    from rich.progress import Progress, Task

    from framing.batch import Plan, Summary
    from framing.batch.engines import Engine
    from framing.documents.readers import Fields

SOME_FAILED = 1
NOTHING_SCORED = 2


class Engines(StrEnum):
    """Who scores the archive."""

    local = "local"
    dask = "dask"


class Storage(StrEnum):
    """In which form the results are stored."""

    parquet = "parquet"
    csv = "csv"


_Field = Annotated[
    str | None,
    typer.Option(metavar="NAME", show_default=False, help="The column or key that holds it."),
]


def batch(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT…", help="Files, folders, globs, URLs, or - for stdin."),
    ],
    out: Annotated[Path, typer.Option(help="The run folder to make, or to go on with.")],
    model: Annotated[
        str | None, typer.Option(help="A shipped model's name, or a model folder.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes; 0: one a core. Never changes the results.")
    ] = 0,
    engine: Annotated[
        Engines, typer.Option(help="local: this machine; dask: the workers of a Dask cluster.")
    ] = Engines.local,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of the Dask scheduler, such as tcp://host:8786."),
    ] = None,
    storage: Annotated[
        Storage, typer.Option("--format", help="csv: spreadsheets too, beside the Parquet.")
    ] = Storage.parquet,
    language: Annotated[
        str, typer.Option(help="en: refuse what is not English; any: score it all the same.")
    ] = "en",
    codebook: Annotated[
        Path | None, typer.Option(help="The codebook of a model with other labels.")
    ] = None,
    only_plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be done and how long it takes; stop.")
    ] = False,
    suffix: Annotated[
        str | None, typer.Option(help="What standard input is, as a suffix: .jsonl, .eml.")
    ] = None,
    part_size: Annotated[int, typer.Option(min=1, help="Documents in one part.")] = 256,
    text_field: _Field = None,
    title_field: _Field = None,
    date_field: _Field = None,
    source_field: _Field = None,
    url_field: _Field = None,
    speaker_field: _Field = None,
) -> None:
    """Score an archive into a folder of Parquet. Stopped, the same command goes on where it was.

    The --…-field options name the fields of CSV, JSON and Parquet where they have unusual names.
    Exit code: 0 when all was scored, 1 when some could not be (errors.jsonl says what), 2 when
    nothing could.
    """
    from framing.batch import Options, plan, run
    from framing.codebook import Codebook

    fields = _fields(
        text=text_field,
        title=title_field,
        date=date_field,
        source=source_field,
        url=url_field,
        speaker=speaker_field,
    )
    options = Options(language, part_size, suffix, fields)
    book = Codebook.load(codebook) if codebook else None
    cluster = _cluster(engine, scheduler)
    planned = plan(inputs, out, model, book, options)
    total, exact = planned.count()
    _say(f"{len(planned.inputs):,} files, {planned.bytes / 1e6:,.1f} MB, {_about(total, exact)}")
    if only_plan:
        _estimate(planned, total, workers or _cores())
        return
    with _progress() as bar:
        task = bar.add_task("scoring", total=total if exact else None)
        summary = run(
            planned,
            workers or _cores(),
            engine=cluster,
            on_part=lambda done: bar.advance(task, done.documents + done.errors),
        )
    _report(out, summary)
    if storage is Storage.csv:
        from framing.batch.sheets import write_sheets

        write_sheets(out)
    if not summary.documents:
        raise typer.Exit(NOTHING_SCORED)
    raise typer.Exit(SOME_FAILED if summary.errors else 0)


def _fields(**names: str | None) -> Fields:
    from framing.documents.readers import Fields

    return replace(Fields(), **{part: name for part, name in names.items() if name})


def _cluster(engine: Engines, scheduler: str | None) -> Engine | None:
    """The engine asked for; None for the one of this machine."""
    if (engine is Engines.dask) != (scheduler is not None):
        raise FramingError("--engine dask and --scheduler ADDRESS go together: give both")
    if scheduler is None:
        return None
    from framing.batch.cluster import dask

    return dask(scheduler)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # where the system has no such call
        return os.cpu_count() or 1


def _estimate(planned: Plan, total: int, workers: int) -> None:
    """Say how long it will take, by scoring the first documents."""
    from framing.batch.estimate import seconds_per_document

    cost = seconds_per_document(planned)
    if cost is None:
        raise FramingError("none of the first documents could be scored; nothing to estimate by")
    left = total * cost / workers
    span = f"{left:,.0f} seconds" if left < 100 else f"{left / 60:,.0f} minutes"
    _say(f"about {span} with {workers} workers ({1 / cost:,.0f} documents/s each)")


def _about(total: int, exact: bool) -> str:
    return f"{total:,} documents" if exact else f"at least {total:,} documents"


def _progress() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft
    from rich.text import Text

    class Rate(ProgressColumn):
        """Documents a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeLeft(),
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _report(out: Path, summary: Summary) -> None:
    if summary.resumed:
        _say(f"{summary.resumed} of {summary.parts} parts were there from before")
    _say(
        f"{out}: {summary.documents:,} documents, {summary.sentences:,} sentences, "
        f"{summary.duplicates:,} repeat an earlier one"
    )
    if summary.errors:
        complain(f"{summary.errors:,} could not be scored; {out / 'errors.jsonl'} says why")


def _say(line: str) -> None:
    typer.echo(line, err=True)
