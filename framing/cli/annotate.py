"""``framing annotate``: label sentences by hand, in the browser."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.output import Format, complain, emit, progress

if TYPE_CHECKING:
    from framing.web.annotate.intake import Columns
    from framing.web.annotate.project import Project


class Disputed(StrEnum):
    """What an export does with sentences on which annotators disagree."""

    out = "out"
    fail = "fail"


def annotate(
    folder: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="The project's folder; made if absent.")
    ],
    codebook: Annotated[
        Path | None, typer.Option(help="A new project's codebook in TOML; else the shipped one.")
    ] = None,
    add: Annotated[
        list[Path] | None,
        typer.Option(
            "--import",
            help="Sentences: CSV, TSV, JSONL, Parquet, a corpus folder, or a statement as text.",
        ),
    ] = None,
    text: Annotated[str, typer.Option(help="Of a table: the column with the sentence.")] = "text",
    before: Annotated[
        str | None, typer.Option(help="Of a table: the column with what stands before it.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="Of a table: the column with what stands after it.")
    ] = None,
    document: Annotated[
        str | None, typer.Option(help="Of a table: the column that names the document.")
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="Of a table: the column with labels already given.")
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Every line of a text file is a sentence of its own.")
    ] = False,
    annotator: Annotated[
        str | None,
        typer.Option(help="Whose labels are imported where none is named, or are exported."),
    ] = None,
    mirror: Annotated[
        Path | None, typer.Option(help="Of a corpus folder: the originals of real sentences.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the random order of the sentences.")] = 0,
    coders: Annotated[
        int | None,
        typer.Option(min=0, help="Annotators for each sentence; 0, the default, means everybody."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A model with these labels, to order by uncertainty.")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the labels to a .jsonl, .csv or .parquet file, and stop."),
    ] = None,
    disputed: Annotated[
        Disputed, typer.Option(help="Disputed sentences are left out, or make the export fail.")
    ] = Disputed.out,
    status: Annotated[bool, typer.Option("--status", help="Say how far it is, and stop.")] = False,
    form: Annotated[
        Format, typer.Option("--format", help="How --status is printed.")
    ] = Format.table,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the page, or only do the rest.")
    ] = True,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Of the page; else 8377 or the next free.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the web browser.")
    ] = False,
) -> None:
    """Label sentences by keyboard on a page in the browser that only this machine can reach.

    Exit code 1 when some sentences to be imported were refused.
    """
    from framing.web.annotate.decisions import CODERS, put_setting
    from framing.web.annotate.intake import Columns
    from framing.web.annotate.project import open_project

    project = open_project(folder, codebook)
    if coders is not None:
        with project.session() as db:
            put_setting(db, CODERS, coders)
    refused = 0
    columns = Columns(text=text, before=before, after=after, labels=labels, document=document)
    for path in add or []:
        refused += _import(project, path, columns, lines, mirror, annotator, seed)
    if export is not None:
        _export(project, export, annotator, disputed)
    if status:
        _status(project, form)
    if export is None and not status and serve:
        _serve(project, port, model, browser)
    raise typer.Exit(1 if refused else 0)


def _import(
    project: Project,
    path: Path,
    columns: Columns,
    lines: bool,
    mirror: Path | None,
    annotator: str | None,
    seed: int,
) -> int:
    from framing.web.annotate import intake

    refused: list[str] = []
    with progress() as bar, project.session() as db:
        task = bar.add_task(f"Reading {path}", total=None)
        found = intake.read(path, project.codebook, refused.append, columns, lines, mirror)
        counted = bar.track(found, task_id=task)
        done = intake.add(db, counted, project.codebook, annotator or "imported", seed)
    for line in [*refused, *done.refused]:
        complain(line)
    typer.echo(
        f"{path}: {done.sentences:,} sentences added, {done.known:,} were there already; "
        f"{done.labels:,} labelled; {len(refused) + len(done.refused):,} refused"
    )
    return len(refused) + len(done.refused)


def _export(project: Project, out: Path, annotator: str | None, disputed: Disputed) -> None:
    from framing.corpus.export import export
    from framing.errors import CorpusError
    from framing.web.annotate import settled
    from framing.web.annotate.decisions import annotators

    with project.session() as db:
        counts = settled.counts(db)
        if annotator is None:
            if counts["disputed"] and disputed is Disputed.fail:
                raise CorpusError(
                    f"{counts['disputed']} sentences are disputed; review them, or export without"
                )
            rows = settled.settled(db, project.codebook)
        else:
            known = annotators(db)
            if annotator not in known:
                names = ", ".join(known) or "nobody yet"
                raise CorpusError(f"no annotator {annotator!r}; there is {names}")
            rows = settled.by_annotator(db, project.codebook, annotator)
    kind = out.suffix.lower().lstrip(".")
    if kind not in ("jsonl", "csv", "parquet"):
        raise CorpusError(f"{out}: the suffix must be .jsonl, .csv or .parquet")
    export(rows, project.codebook, out, kind)
    typer.echo(f"{out}: {len(rows):,} labelled sentences")
    if annotator is None and counts["disputed"]:
        complain(f"{counts['disputed']:,} disputed sentences are left out; review them first")


def _status(project: Project, form: Format) -> None:
    from framing.web.annotate import settled

    with project.session() as db:
        counts = settled.counts(db)
        pairs = settled.agreement(db, project.codebook, 200)
    rows: list[dict[str, Any]] = [
        _row("sentences", counts["sentences"]),
        _row("settled", counts["settled"]),
        _row("disputed", counts["disputed"]),
        _row("decided in review", counts["final"]),
    ]
    for person in counts["annotators"]:
        rows.append(_row("labelled", person["labelled"], person["annotator"]))
        rows.append(_row("skipped", person["skipped"], person["annotator"]))
    for pair in pairs:
        who = f"{pair['first']} and {pair['second']}"
        rows.append(_row("shared sentences", pair["sentences"], who))
        for figure in pair["figures"]:
            interval = figure["low"], figure["high"]
            rows.append(_row(figure["measure"], figure["value"], who, *interval))
    if form is not Format.table:
        emit(rows, form)
        return
    _print(project, rows)


def _row(
    what: str,
    value: float | None,
    who: str = "",
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    return {"what": what, "who": who, "value": value, "low": low, "high": high}


def _print(project: Project, rows: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from framing.cli.output import console

    table = Table(title=str(project.folder), title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("who", overflow="fold")
    table.add_column("value", justify="right")
    table.add_column("95 % interval", justify="right")
    for row in rows:
        low, high = row["low"], row["high"]
        interval = "" if low is None else f"{low:.2f} to {high:.2f}"
        cells = (row["what"], row["who"], _number(row["value"]), interval)
        table.add_row(*(Text(cell) for cell in cells))
    console().print(table)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def _serve(project: Project, port: int | None, model: str | None, browser: bool) -> None:
    from framing.errors import FramingError
    from framing.web.annotate import jobs

    try:
        import framing.web.annotate.app  # noqa: F401 - before a port is taken
        from framing.web.annotate.server import listen, serve
    except ImportError as error:
        raise FramingError(
            f"the page needs {error.name}; install it with: pip install 'framing[web]'"
        ) from error
    sock = listen(port)
    with project.session() as db:
        known = model or jobs.current_model(db)
        unasked = db.execute("SELECT 1 FROM sentences WHERE doubt IS NULL LIMIT 1").fetchone()
    if known is not None and (model is not None or unasked):
        jobs.begin(project, jobs.SCORE, known)

    def say(address: str) -> None:
        typer.echo(f"{project.folder}: open {address}\nStop with Ctrl-C; every decision is kept.")
        if browser:
            import webbrowser

            webbrowser.open(address)

    serve(project, sock, say)
