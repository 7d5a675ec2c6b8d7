"""`framing data`: check, count, import, fetch, export and extend a labelled corpus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.output import Format, complain, console, emit

if TYPE_CHECKING:
    from framing.corpus.examples import Missing
    from framing.corpus.sources import Originals

app = typer.Typer(
    name="data",
    help="Check, count, fetch, export and extend the labelled corpus.",
    no_args_is_help=True,
)

_SHOWN = 50  # problems shown in a table; --format json gives all


class Part(StrEnum):
    """Which sentences of a corpus."""

    authored = "authored"
    real = "real"
    all = "all"


Folder = Annotated[Path, typer.Option("--data", help="The corpus folder.")]
Mirror = Annotated[
    Path | None,
    typer.Option(help="Folder with the original files, or their archives; else FRAMING_MIRROR."),
]
Book = Annotated[Path | None, typer.Option("--codebook", help="Another codebook, a TOML file.")]
Shape = Annotated[Format, typer.Option("--format", help="How to print the result.")]
Which = Annotated[Part, typer.Option("--part", help="Which sentences.")]
DATA = Path("training_data")


@app.command("check")
def check_command(
    data: Folder = DATA,
    mirror: Mirror = None,
    cases: Annotated[
        Path | None,
        typer.Option(
            help="Behaviour tests; tests/behaviour/cases.jsonl beside the corpus, if any."
        ),
    ] = None,
    codebook: Book = None,
    shape: Shape = Format.table,
) -> None:
    """Check labels, ids, pairs, near-duplicates, spans, hashes and leaks; exit code 1 on faults."""
    from dataclasses import asdict

    from framing.codebook import Codebook
    from framing.corpus.check import check

    project = data.resolve().parent
    beside = project / "tests" / "behaviour" / "cases.jsonl"
    if cases is None and beside.is_file():
        cases = beside
    inside = (project / "pyproject.toml").is_file()
    with _waiting("Checking the corpus"):
        report = check(
            data, Codebook.load(codebook), _originals(mirror), cases, project if inside else None
        )
    if shape is Format.json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False, indent=2))
    elif shape is not Format.table:
        emit((asdict(problem) for problem in report.problems), shape)
    else:
        problems = [[p.kind, f"{p.file}:{p.line}", p.id, p.message] for p in report.problems]
        if problems:
            _print_table("Faults", ("kind", "where", "id", "what"), problems[:_SHOWN])
        if len(problems) > _SHOWN:
            complain(f"{len(problems) - _SHOWN:,} more faults; --format json lists all")
        typer.echo(
            f"{report.authored:,} authored and {report.real:,} real sentences checked, "
            f"{report.verified:,} of these against their originals, "
            f"{report.cases:,} behaviour tests. Faults: {len(problems):,}"
        )
        _print_missing(report.missing)
    raise typer.Exit(1 if report.problems else 0)


@app.command("stats")
def stats_command(
    data: Folder = DATA,
    part: Which = Part.all,
    card: Annotated[
        Path | None, typer.Option(help="Make the tables of this dataset card anew instead.")
    ] = None,
    codebook: Book = None,
    shape: Shape = Format.table,
) -> None:
    """Count sentences, documents and labels by source, stratum, period, theme and so on."""
    from framing.codebook import Codebook
    from framing.corpus.stats import count, records

    book = Codebook.load(codebook)
    labels = book.labels
    found = count(data, part.value)
    if card is not None:
        from framing.corpus.card import rewrite

        rewrite(card, found, book)
        typer.echo(f"{card}: head and tables are up to date")
        return
    rows = records(found, [label.name for label in labels])
    if shape is not Format.table:
        emit(rows, shape)
    else:
        for table in found:
            head = (table.name, "all", "docs", "none", *(label.code for label in labels))
            lines = [list(r.values())[1:] for r in rows if r["table"] == table.name]
            _print_table(f"By {table.name}", head, lines)
        typer.echo("  ".join(f"{label.code} {label.name}" for label in labels))


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="Labelled real sentences, JSON Lines, with text.")],
    data: Folder = DATA,
    mirror: Mirror = None,
    annotator: Annotated[
        str, typer.Option(help="Who labelled, where a record does not say.")
    ] = "language-model",
    labelled_on: Annotated[
        str | None, typer.Option(help="When, yyyy-mm-dd, where a record does not say.")
    ] = None,
    codebook: Book = None,
) -> None:
    """Turn labelled sentences into stand-off labels; exit code 1 when some were refused."""
    from framing.codebook import Codebook
    from framing.corpus.importing import import_file

    book = Codebook.load(codebook)
    defaults = {"annotator": annotator, "codebook": book.version}
    if labelled_on:
        defaults["labelled_on"] = labelled_on
    with _waiting(f"Importing {file}"):
        done = import_file(file, data, _originals(mirror), book, defaults)
    for refused in done.refused:
        place = f"{file}, line {refused.line}" if refused.line else str(file)
        complain(f"{place}: {refused.id} refused: {refused.reason}")
    typer.echo(
        f"{len(done.labels):,} labels imported, {done.replaced:,} of them anew; "
        f"{len(done.refused):,} refused"
    )
    raise typer.Exit(1 if done.refused else 0)


@app.command("fetch")
def fetch_command(
    data: Folder = DATA,
    mirror: Mirror = None,
    archive: Annotated[
        list[str] | None,
        typer.Option(help="SOURCE=FILE or SOURCE=https://…: an archive with a source's files."),
    ] = None,
    codebook: Book = None,
) -> None:
    """Bring the public originals and put the sentences' text in place, for `datasets` to load.

    Exit code 1 when some of the text could not be had.
    """
    from framing.cli.output import progress
    from framing.codebook import Codebook
    from framing.corpus.examples import load, stand_off
    from framing.corpus.export import put_text
    from framing.corpus.fetch import fetch

    book = Codebook.load(codebook)
    wanted: dict[str, set[str]] = {}
    for label in stand_off(data):
        wanted.setdefault(label.source, set()).add(label.document)
    with progress() as bar:
        task = bar.add_task("Fetching", total=None)
        done = fetch(
            wanted,
            _mirror(mirror),
            _pairs(archive or []),
            lambda read, total: bar.update(task, completed=read, total=total),
        )
    with _waiting("Putting the text in place"):
        sentences, missing = load(data, "all")
        paths = put_text(sentences, book, data)
    for source in done:
        typer.echo(f"{source.source}: {source.documents:,} documents from {source.origin}")
        if source.problem:
            complain(source.problem)
    typer.echo(f"{len(sentences):,} sentences with text in {', '.join(map(str, paths))}")
    _print_missing(missing)
    raise typer.Exit(1 if missing else 0)


@app.command("export")
def export_command(
    out: Annotated[Path, typer.Argument(help="The file, or with --as hub the folder, to write.")],
    form: Annotated[
        str | None, typer.Option("--as", help="parquet, csv, jsonl or hub; else by the suffix.")
    ] = None,
    data: Folder = DATA,
    mirror: Mirror = None,
    part: Which = Part.all,
    codebook: Book = None,
) -> None:
    """Write labelled sentences with their text: Parquet, CSV, JSON Lines, a folder for the hub."""
    from framing.codebook import Codebook
    from framing.corpus.examples import load
    from framing.corpus.export import CARD, export

    with _waiting("Exporting"):
        sentences, missing = load(data, part.value, mirror)
        kind = form or out.suffix.lstrip(".") or "hub"
        export(sentences, Codebook.load(codebook), out, kind, data / CARD)
    typer.echo(f"{len(sentences):,} sentences in {out}")
    _print_missing(missing)


@app.command("agreement")
def agreement_command(
    first: Annotated[Path, typer.Argument(help="One annotation: JSON Lines, or a corpus folder.")],
    second: Annotated[Path, typer.Argument(help="The other: JSON Lines with id and labels.")],
    resamples: Annotated[int, typer.Option(min=0, help="Draws for the intervals.")] = 500,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    codebook: Book = None,
    shape: Shape = Format.table,
) -> None:
    """Compare two annotators: kappa and F1 of each label, alpha over sets of labels."""
    from framing.cli.output import progress
    from framing.codebook import Codebook
    from framing.corpus.agreement import agreement, items, records

    book = Codebook.load(codebook)
    shared = items(first, second, book)
    with progress() as bar:
        task = bar.add_task("Drawing", total=resamples)
        found = agreement(
            shared, book.names, resamples, seed, lambda done: bar.update(task, completed=done)
        )
    rows = records(found)
    if shape is not Format.table:
        emit(rows, shape)
        return
    head = ("measure", "first", "second", "both", "value", "95 % interval")
    _print_table(
        f"{found.items:,} sentences of {found.groups:,} documents",
        head,
        [
            [r["measure"], *(_blank(r[k]) for k in ("first", "second", "both")), *_figure(r)]
            for r in rows
        ],
    )


@app.command("select")
def select_command(
    file: Annotated[Path, typer.Argument(help="Unlabelled sentences: Parquet or JSON Lines.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the batches.")],
    model: Annotated[str | None, typer.Option(help="The model that is asked.")] = None,
    other: Annotated[str | None, typer.Option(help="A second model, to differ from.")] = None,
    data: Folder = DATA,
    mirror: Mirror = None,
    batches: Annotated[int, typer.Option(min=1, help="How many batches.")] = 20,
    size: Annotated[int, typer.Option(min=1, help="Sentences a batch.")] = 250,
    per_document: Annotated[int, typer.Option(min=1, help="At most so many a document.")] = 3,
    pool: Annotated[
        int, typer.Option(min=1, help="So many, drawn at random, are scored.")
    ] = 200_000,
    shares: Annotated[
        tuple[float, float, float, float],
        typer.Option(help="Parts for uncertain, differ, rare, random; they sum to 1."),
    ] = (0.4, 0.2, 0.2, 0.2),
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Also sentences whose original is not at hand.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed chooses the same sentences.")] = 0,
) -> None:
    """Choose the unlabelled sentences from which a model would learn most, in blind batches."""
    import framing
    from framing.corpus.examples import stand_off
    from framing.corpus.selection import Shares, read, select, write_batches
    from framing.corpus.stats import label_counts
    from framing.errors import CorpusError

    parts = Shares(*shares)
    labelled = stand_off(data) if data.is_dir() else []
    originals = _originals(mirror)
    with _waiting(f"Reading {file}"):
        at_hand = None if anywhere else originals.has
        candidates = read(file, {row.id for row in labelled}, pool, seed, at_hand)
    asked = framing.load(model)
    second = framing.load(other) if other else None
    if second is not None and second.labels != asked.labels:
        raise CorpusError(f"{other}: has other labels than the model that is asked")
    texts = [candidate.text for candidate in candidates]
    chosen = select(
        candidates,
        asked.labels,
        _probabilities(asked, texts, "Asking the model"),
        asked.thresholds,
        batches * size,
        other=None if second is None else _probabilities(second, texts, "Asking the other"),
        counts=label_counts(labelled),
        shares=parts,
        per_document=per_document,
        seed=seed,
    )
    paths = write_batches(out, chosen, size)
    typer.echo(f"{len(chosen):,} of {len(candidates):,} sentences in {len(paths)} batches in {out}")
    twice = [path.name for path in paths[9::10]]
    if twice:
        typer.echo(f"to be labelled by two annotators, blind: {', '.join(twice)}")


def _mirror(chosen: Path | None) -> Path | None:
    return _originals(chosen).mirror


def _pairs(given: Sequence[str]) -> dict[str, str]:
    from framing.errors import CorpusError

    found = {}
    for text in given:
        source, equals, archive = text.partition("=")
        if not (source and equals and archive):
            raise CorpusError(f"--archive {text}: write SOURCE=FILE or SOURCE=https://…")
        found[source] = archive
    return found


def _probabilities(model: Any, texts: Sequence[str], what: str) -> Any:
    """``predict_proba`` in pieces, under a progress bar."""
    import numpy as np

    from framing.cli.output import progress

    step = 2_000
    with progress() as bar:
        begins = bar.track(range(0, len(texts), step), description=what)
        parts = [model.predict_proba(texts[begin : begin + step]) for begin in begins]
    return np.concatenate([np.zeros((0, len(model.labels)), dtype=np.float32), *parts])


def _figure(row: dict[str, Any]) -> tuple[str, str]:
    if row["value"] is None:
        return "-", "-"
    if row["low"] is None:
        return f"{row['value']:.3f}", "-"
    return f"{row['value']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}"


def _blank(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _originals(mirror: Path | None) -> Originals:
    from framing.corpus.sources import Originals

    return Originals(mirror)


def _waiting(what: str) -> Any:
    """A moving sign on stderr while something takes its time; nothing when not a terminal."""
    return console(stderr=True).status(f"{what} …")


def _print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1))
    numbers = {i for i in range(len(head)) if rows and all(_is_number(row[i]) for row in rows)}
    for i, name in enumerate(head):
        right = i in numbers
        table.add_column(name, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for row in rows:
        table.add_row(*(Text(f"{x:,}" if _is_number(x) else str(x)) for x in row))
    console().print(table)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _print_missing(missing: Sequence[Missing]) -> None:
    for item in missing:
        complain(f"{item.sentences:,} sentences of {item.source} have no text here: {item.reason}")
