"""``framing evaluate``: how good a model is, by label and by stratum."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.output import Format, complain, console, emit, progress

if TYPE_CHECKING:
    from framing.evaluation.metrics import Quality


def evaluate(
    model: Annotated[
        str | None, typer.Argument(help="A shipped model's name, or a folder.")
    ] = None,
    data: Annotated[
        Path,
        typer.Option(
            help="A corpus folder, or a JSONL, CSV or Parquet file of labelled sentences."
        ),
    ] = Path("training_data"),
    mirror: Annotated[
        Path | None, typer.Option(help="Folder with the originals of real sentences.")
    ] = None,
    folds: Annotated[
        int,
        typer.Option(help="Train anew on so many grouped folds; 0 applies the model as it is."),
    ] = 0,
    baseline: Annotated[
        bool, typer.Option(help="Measure scikit-learn's TF-IDF and logistic regression beside it.")
    ] = False,
    text: Annotated[str, typer.Option(help="Column of the sentence, in a file.")] = "text",
    labels: Annotated[str, typer.Option(help="Column of its labels, in a file.")] = "labels",
    document: Annotated[str, typer.Option(help="Column of its document.")] = "document",
    record: Annotated[
        bool, typer.Option(help="Write the figures into the model's manifest and card.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Measure a model on the real sentences of a corpus, with intervals over documents.

    A model applied as it is to sentences it was trained on is flattered; use --folds for those.
    """
    from framing.classifiers import store
    from framing.errors import CorpusError
    from framing.evaluation import report
    from framing.evaluation.labelled import Columns, read_data, strange_labels, trained_on
    from framing.models import locate
    from framing.training import describe

    sentences, missing = read_data(data, mirror, Columns(text, labels, document))
    for gap in missing:
        complain(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    folder = locate(model)
    manifest = store.read_manifest(folder)
    for label in strange_labels(sentences, manifest["labels"]):
        complain(f"the label {label} is left out: the model does not have it")
    warning = None if folds else trained_on(manifest, sentences)
    if warning:
        complain(f"{folder.name} {warning}; --folds tells more")
    with progress() as bar:
        task = bar.add_task("folds", total=folds * (1 + baseline) if folds else 1)
        result = report.evaluate(folder, sentences, folds, baseline, lambda: bar.advance(task))
    if not result:
        raise CorpusError(f"{data}: holds too few real sentences to measure anything on")
    if record:
        how = f"framing evaluate {folder.name} --data {data.name} --folds {folds}"
        _record(folder, result, how, None if folds else describe(sentences)["data_digest"])
    if form is Format.table:
        for title, quality in result.items():
            _print(title, quality)
    elif form is Format.csv:
        emit([row for title, quality in result.items() for row in _rows(title, quality)], form)
    else:
        emit([{"on": title, **asdict(quality)} for title, quality in result.items()], form)


def _record(folder: Path, result: dict[str, Quality], how: str, applied_to: str | None) -> None:
    """Put the model's figures into its folder, unless it was applied to what it was trained on."""
    from framing.classifiers import store
    from framing.errors import CorpusError
    from framing.training import metrics_of
    from framing.training import record as write

    if applied_to and applied_to == store.read_manifest(folder).get("training", {}).get(
        "data_digest"
    ):
        raise CorpusError("the model was trained on these sentences; record its --folds figures")
    (_, whole), *parts = (
        (title, quality) for title, quality in result.items() if title.startswith("model, ")
    )
    strata = {title.removeprefix("model, "): quality for title, quality in parts}
    write(folder, metrics=metrics_of(whole, how, strata))


def _rows(title: str, quality: Quality) -> list[dict[str, Any]]:
    return [{"on": title, **asdict(row)} for row in quality.labels]


def _print(title: str, quality: Quality) -> None:
    from rich.table import Table

    low, high = quality.macro_f1_interval
    out = console()
    out.print(
        f"\n[bold]{title}[/bold]: macro-F1 {quality.macro_f1:.3f} ({low:.3f} to {high:.3f}), "
        f"micro-F1 {quality.micro_f1:.3f}; {quality.sentences} sentences of "
        f"{quality.documents} documents",
        highlight=False,
    )
    table = Table("label", "n", "precision", "recall", "F1", "95 %", "AP", "Brier", "ECE", box=None)
    for row in quality.labels:
        low, high = row.f1_interval
        figures = (row.average_precision, row.brier, row.calibration_error)
        table.add_row(
            row.label,
            str(row.support),
            f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            f"{row.f1:.3f}",
            f"{low:.3f}-{high:.3f}",
            *(f"{figure:.3f}" for figure in figures),
        )
    out.print(table)
