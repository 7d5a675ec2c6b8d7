"""``framing evaluate``: how good a model is, at what it errs, and where."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli import labelled
from framing.cli.output import Format, complain, emit, progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from framing.codebook import Codebook
    from framing.evaluation.report import Evaluation, Plan

_FORMS = (".html", ".md", ".json", ".csv")


def evaluate(
    model: Annotated[
        str | None, typer.Argument(help="A shipped model's name, a folder, or hf:OWNER/NAME.")
    ] = None,
    data: labelled.Data = labelled.DATA,
    mirror: labelled.Mirror = None,
    folds: Annotated[
        int,
        typer.Option(min=0, help="Train anew on so many grouped folds; 0: apply it as it is."),
    ] = 0,
    split: Annotated[
        str | None,
        typer.Option(
            help="Train anew: time:YYYY-MM-DD judges what is not earlier; source, speaker or "
            "government judges each by a model of the others."
        ),
    ] = None,
    baseline: Annotated[
        bool, typer.Option(help="Measure scikit-learn's TF-IDF and logistic regression beside it.")
    ] = False,
    by: Annotated[
        list[str] | None,
        typer.Option(help="source, stratum, speaker, year, decade, government; default: all."),
    ] = None,
    smallest: Annotated[
        int, typer.Option(min=2, help="Leave out of these what has fewer sentences.")
    ] = 50,
    quotes: Annotated[
        int, typer.Option(min=0, help="So many errors quoted of each frequent confusion.")
    ] = 3,
    out: Annotated[
        list[Path] | None,
        typer.Option(help="Write it there too: .html, .md, .json or .csv; as often as you like."),
    ] = None,
    text: labelled.Text = "text",
    labels: labelled.Labels = "labels",
    document: labelled.Document = None,
    codebook: Annotated[
        Path | None, typer.Option(help="The codebook of a model with other labels.")
    ] = None,
    record: Annotated[
        bool, typer.Option(help="Write the figures into the model's manifest and card.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Measure a model on real sentences: every figure with its interval over documents.

    A model applied as it is to sentences it was trained on is flattered; use --folds or --split.
    """
    from framing.classifiers import store
    from framing.errors import FramingError
    from framing.evaluation import report
    from framing.evaluation.labelled import strange_labels, trained_on
    from framing.evaluation.records import as_dict, rows
    from framing.models import locate
    from framing.training import describe

    plan = _plan(folds, split, baseline, by, smallest, quotes)
    for path in out or []:
        if path.suffix.lower() not in _FORMS:
            raise FramingError(f"--out {path}: the suffix must be one of {', '.join(_FORMS)}")
    if record and str(model).startswith("hf:"):
        raise FramingError("--record is for a model folder of your own, not for a hub's")
    sentences = labelled.read(data, mirror, text, labels, document)
    folder = locate(model)
    manifest = store.read_manifest(folder)
    book = labelled.book_of(tuple(manifest["labels"]), codebook, folder)
    warnings = [
        f"the label {label} is left out: the model does not have it"
        for label in strange_labels(sentences, manifest["labels"])
    ]
    digest = describe(sentences)["data_digest"]
    flattered = None if folds or split else trained_on(manifest, sentences)
    if flattered:
        warnings.append(f"{folder.name} {flattered}; --folds tells more")
    for warning in warnings:
        complain(warning)
    about = {
        "model": str(model or folder.name),
        "kind": manifest["kind"],
        "digest": manifest["digest"],
        "data": str(data),
        "data_digest": digest,
        "command": " ".join(["framing", *sys.argv[1:]]),
        "warnings": warnings,
        "smallest": smallest,
    }
    with _steps() as on_step:
        found = report.evaluate(folder, sentences, plan, on_step)
    if record:
        if not (folds or split) and digest == manifest.get("training", {}).get("data_digest"):
            flattered = "was trained on these sentences"
        _record(folder, found, _how(folder.name, data.name, plan), flattered)
    for path in out or []:
        _write(path, found, about, book)
        complain(f"written: {path}")
    if form is Format.table:
        from framing.cli.measured import show

        show(found, book)
    elif form is Format.json:
        import json

        typer.echo(json.dumps(as_dict(found, about), ensure_ascii=False, indent=2))
    else:
        emit(rows(found), form)


def _plan(
    folds: int,
    split: str | None,
    baseline: bool,
    by: list[str] | None,
    smallest: int,
    quotes: int,
) -> Plan:
    from framing.errors import FramingError
    from framing.evaluation.report import STANDARD, Plan

    if folds and split:
        raise FramingError("--folds and --split are two ways to train anew; choose one")
    if folds == 1:
        raise FramingError("--folds 1: one fold leaves nothing to learn from; give 2 or more")
    if baseline and not (folds or split):
        raise FramingError("--baseline is trained on the same folds; give --folds or --split too")
    views = tuple(dict.fromkeys(view for word in by or STANDARD for view in word.split(",")))
    for view in views:
        if view not in STANDARD:
            raise FramingError(
                f"--by {view}: there is no such view; there are {', '.join(STANDARD)}"
            )
    return Plan(folds, split, baseline, views, smallest, quotes)


@contextmanager
def _steps() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each thing that is being done."""
    with progress() as bar:
        tasks: dict[str, Any] = {}

        def on_step(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what)
            bar.update(tasks[what], completed=done, total=total)

        yield on_step


def _write(path: Path, found: Evaluation, about: dict[str, Any], book: Codebook) -> None:
    import csv
    import json

    from framing.cli.output import cell
    from framing.errors import FramingError
    from framing.evaluation.page import page
    from framing.evaluation.records import as_dict, markdown, rows

    suffix = path.suffix.lower()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if suffix == ".csv":
            table = rows(found)
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows({k: cell(v) for k, v in row.items()} for row in table)
        elif suffix == ".json":
            whole = json.dumps(as_dict(found, about), ensure_ascii=False, indent=1)
            path.write_text(whole + "\n", encoding="utf-8")
        elif suffix == ".md":
            path.write_text(markdown(found, about), encoding="utf-8")
        else:
            path.write_text(page(found, about, book), encoding="utf-8")
    except OSError as error:
        raise FramingError(f"--out {path}: cannot be written ({error.strerror})") from error


def _how(model: str, data: str, plan: Plan) -> str:
    folds = f" --folds {plan.folds}" if plan.folds else ""
    return f"framing evaluate {model} --data {data}" + (
        f" --split {plan.split}" if plan.split else folds
    )


def _record(folder: Path, found: Evaluation, how: str, flattered: str | None) -> None:
    """Put the model's figures into its folder, unless they may be of what it was trained on."""
    from framing.errors import CorpusError
    from framing.training import metrics_of
    from framing.training import record as write

    if flattered:
        raise CorpusError(f"{folder.name} {flattered}; record its --folds or --split figures")
    (_, whole), *parts = found.whole.items()
    strata = dict(parts)
    for view in ("source", "stratum"):
        strata |= {f"{view} {value}": part for value, part in found.views.get(view, {}).items()}
    write(folder, metrics=metrics_of(whole, how, strata))
