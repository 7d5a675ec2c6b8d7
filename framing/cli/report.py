"""``framing report``: a run, or two against each other, as one HTML file or as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.output import Format, console, emit
from framing.errors import FramingError

if TYPE_CHECKING:
    from framing.report import Run
    from framing.report.files import Tables


class Form(StrEnum):
    """What is made."""

    html = "html"
    json = "json"
    csv = "csv"


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN [RUN_B]", help="One run folder, or two to compare.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The HTML file to write. [default: RUN-report.html here]"),
    ] = None,
    title: Annotated[str | None, typer.Option(help="The heading of the report.")] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", help="What to call a run in a comparison; give it twice."),
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="html, or the report's tables as json or csv.")
    ] = Form.html,
    table: Annotated[
        str | None, typer.Option(help="Which table to print; csv needs one, json gives all.")
    ] = None,
    rows: Annotated[
        int, typer.Option(min=0, help="At most so many statements in the table of the page.")
    ] = 10_000,
    repeats: Annotated[
        bool, typer.Option("--repeats", help="Count statements that repeat an earlier one too.")
    ] = False,
    codebook: Annotated[
        Path | None, typer.Option(help="The codebook of a run with other labels.")
    ] = None,
) -> None:
    """Make one self-contained HTML file of a finished run, or of two to compare them.

    It opens from disk, loads nothing, prints well, and ends with methods and limits.
    """
    from framing.codebook import Codebook
    from framing.report import Run

    if len(runs) > 2:
        raise FramingError(f"report takes one run or two, not {len(runs)}")
    if names and (len(names) != len(runs) or len(runs) == 1):
        raise FramingError("--name is for comparisons: give it twice, once for either run")
    book = Codebook.load(codebook) if codebook else None
    with ExitStack() as stack:
        opened = [stack.enter_context(Run(folder, book, repeats)) for folder in runs]
        if form is Form.html:
            _page(opened, out or _default(opened), title, names, rows)
        else:
            _tables(opened, form, table, names)


def _page(
    runs: list[Run], out: Path, title: str | None, names: list[str] | None, rows: int
) -> None:
    from framing.report import write_comparison, write_report

    with _steps() as on_step:
        if len(runs) == 1:
            write_report(runs[0], out, title=title, listed=rows, on_step=on_step)
        else:
            write_comparison(
                (runs[0], runs[1]), out, names=_pair(names), title=title, on_step=on_step
            )
    typer.echo(f"wrote {out} ({out.stat().st_size / 1e6:.1f} MB)", err=True)


def _tables(runs: list[Run], form: Form, table: str | None, names: list[str] | None) -> None:
    from framing.report import comparison_tables, report_tables

    if form is Form.csv and table is None:
        raise FramingError("csv holds one table: choose one with --table, such as over_time")
    with _steps() as on_step:
        on_step("measuring")
        found: Tables = (
            report_tables(runs[0])
            if len(runs) == 1
            else comparison_tables((runs[0], runs[1]), _pair(names))
        )
    if table is not None and table not in found:
        raise FramingError(f"no table {table!r}; there are {', '.join(found)}")
    if table is not None:
        emit(found[table](), Format(form.value))
    else:
        _print_all(found)


def _print_all(found: Tables) -> None:
    """All tables as one JSON object, a row at a time: the table of statements may be long."""
    import json

    typer.echo("{")
    for i, (name, rows) in enumerate(found.items()):
        typer.echo(f"{',' if i else ''}{json.dumps(name)}: [")
        for j, row in enumerate(rows()):
            typer.echo(("," if j else "") + json.dumps(row, ensure_ascii=False))
        typer.echo("]")
    typer.echo("}")


def _default(runs: list[Run]) -> Path:
    return Path("-".join([*(run.name for run in runs), "report.html"]))


def _pair(names: list[str] | None) -> tuple[str, str] | None:
    return (names[0], names[1]) if names else None


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """Say on stderr what is being done, and how long it has taken; silent where none looks."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    err = console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        task = bar.add_task("reading", total=None)
        yield lambda what: bar.update(task, description=what)
