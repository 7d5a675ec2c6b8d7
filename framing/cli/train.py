"""``framing train``: learn a model from labelled sentences."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.output import Format, complain, console, emit, progress

if TYPE_CHECKING:
    from framing.experiment import Experiment, Opened
    from framing.training import Trained

_QUICK = 5_000  # to start another process takes longer than to learn from so few sentences
# of the machine, not of the experiment
_OF_PLACE = {"out", "experiment", "mirror", "jobs", "checkpoint", "check", "form"}


def train(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="The model folder to write; replaced if it exists.")
    ] = None,
    experiment: Annotated[
        Path | None, typer.Option(help="A TOML file that says all the rest; see docs.")
    ] = None,
    data: Annotated[
        Path,
        typer.Option(
            help="A corpus folder; a CSV, TSV, JSONL or Parquet file; a folder `datasets` reads."
        ),
    ] = Path("training_data"),
    part: Annotated[str, typer.Option(help="Of a corpus folder: authored, real or all.")] = "all",
    split: Annotated[
        str | None, typer.Option(help="Of a folder for `datasets`: which of its splits.")
    ] = None,
    mirror: Annotated[
        Path | None, typer.Option(help="Folder with the originals of real sentences.")
    ] = None,
    text: Annotated[str, typer.Option(help="Column of the sentence.")] = "text",
    labels: Annotated[
        str, typer.Option(help="Column of its labels; several with commas: one of 0 and 1 a label.")
    ] = "labels",
    separator: Annotated[
        str | None, typer.Option(help="What stands between labels in a cell; else any of ; | ,")
    ] = None,
    single: Annotated[
        bool, typer.Option("--single", help="A cell holds one label, commas and all.")
    ] = False,
    document: Annotated[
        str | None,
        typer.Option(
            "--document",
            "--groups",
            help="Column of what must stay on one side of a split; else `document`, if any.",
        ),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(help="VALUE=LABEL, for a value in the data; VALUE= for one that is no label."),
    ] = None,
    codebook: Annotated[
        str | None,
        typer.Option(help="Another codebook in TOML, or `data`: the labels as they stand there."),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="ngram (quick), encoder, cascade (both), pipeline (with --factory).")
    ] = "ngram",
    factory: Annotated[
        str | None, typer.Option(help="pipeline: module:function that gives it, unfitted.")
    ] = None,
    words: Annotated[
        int | None, typer.Option(help="ngram: longest word n-gram.", min=1, max=5)
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option("--C", help="ngram: inverse strength of regularisation.", min=1e-6),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="encoder: passes over the sentences.", min=1)
    ] = None,
    refit: Annotated[
        bool | None, typer.Option(help="encoder: train once more, on the held-out fold too.")
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.", min=2)] = 5,
    alike: Annotated[
        float,
        typer.Option(
            help="Documents with sentences this alike stay on one side; 0: none.", min=0, max=1
        ),
    ] = 0.6,
    seed: Annotated[int, typer.Option(help="Of folds and training.")] = 0,
    jobs: Annotated[
        int | None, typer.Option(help="Processes for the folds; else 2, or 1 for few data.", min=1)
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            file_okay=False, help="encoder, cascade: a folder to go on from after a kill."
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what the data hold, and what is wrong.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Train a model: calibrated, thresholded and measured on documents held out from training.

    What is wrong with the data is said first. The experiment is kept in the model folder as TOML.
    """
    from framing import experiment as plan

    if out is None and not check:
        raise typer.BadParameter("say where to write the model, or --check", param_hint="--out")
    if experiment is not None:
        _expect_alone(context, experiment)
        chosen = plan.load(experiment)
    else:
        parameters = {"words": words, "C": strength, "epochs": epochs, "refit": refit}
        raw = {
            "kind": "pipeline" if factory else kind,
            "seed": seed,
            "codebook": codebook,
            "data": {"path": _portable(data), "part": part, "split": split},
            "columns": _columns(text, labels, separator, single, document, rename or []),
            "splits": {"folds": folds, "alike": alike},
            "model": {**parameters, "factory": factory},
        }
        chosen = plan.parse(plan.write(_given(raw)), data.parent if data.is_absolute() else Path())
    opened = plan.open_data(chosen, mirror)
    _tell(opened)
    if check or out is None:
        _check(chosen, opened, form)
        return
    _count(opened)
    with progress() as bar:
        task = bar.add_task(f"learning from {len(opened.sentences)} sentences", total=None)
        trained = plan.run(
            chosen,
            opened,
            out,
            jobs or (1 if len(opened.sentences) < _QUICK else 2),
            complain,
            lambda done, steps: bar.update(task, completed=done, total=steps),
            checkpoint,
        )
    _report(trained, form)


def _expect_alone(context: typer.Context, file: Path) -> None:
    """Options beside an experiment would make its copy in the model folder untrue."""
    from framing.experiment import ExperimentError

    given = [
        parameter
        for parameter in context.params
        if parameter not in _OF_PLACE
        and getattr(context.get_parameter_source(parameter), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise ExperimentError(
            f"{file}: says what is trained; write {', '.join(sorted(given))} there, not beside it"
        )


def _columns(
    text: str,
    labels: str,
    separator: str | None,
    single: bool,
    document: str | None,
    rename: list[str],
) -> dict[str, Any]:
    from framing.experiment import ExperimentError

    names: dict[str, str] = {}
    for pair in rename:
        value, equals, label = pair.partition("=")
        if not equals:
            raise ExperimentError(f"--rename {pair}: write VALUE=LABEL")
        names[value] = label
    return {
        "text": text,
        "labels": labels.split(",") if "," in labels else labels,
        "separator": separator,
        "single": single or None,
        "document": document,
        "rename": names,
    }


def _given(table: dict[str, Any]) -> dict[str, Any]:
    """The table without what was not said."""
    settled = {k: _given(v) if isinstance(v, dict) else v for k, v in table.items()}
    return {k: v for k, v in settled.items() if v is not None and v != {}}


def _portable(data: Path) -> str:
    """The path as it was given, but nothing of the machine's own: the model may be shared."""
    return data.name if data.is_absolute() else data.as_posix()


def _tell(opened: Opened) -> None:
    for gap in opened.missing:
        complain(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    for label, count in opened.strange.items():
        complain(f"{label}, in {count} sentences, is left out: the codebook does not have it")
    if opened.alone:
        complain(
            f"{opened.alone} of {len(opened.sentences)} sentences name no document: each of them "
            "counts as one. Where they are of the same texts, figures flatter; see --document"
        )


def _check(chosen: Experiment, opened: Opened, form: Format) -> None:
    from framing.corpus.survey import concerns, count_labels
    from framing.training import groups_of

    for line in concerns(opened.sentences, opened.codebook.names, chosen.folds):
        complain(line)
    _, splits = groups_of(opened.sentences, chosen.folds, chosen.alike, complain)
    if form is not Format.table:
        rows = count_labels(opened.sentences, opened.codebook.names)
        emit((asdict(row) for row in rows), form)
        return
    _count(opened)
    typer.echo(
        f"{len(opened.sentences)} sentences of {splits['documents']} documents, "
        f"in {splits['groups']} groups that no split divides"
    )


def _count(opened: Opened) -> None:
    """A table of labels; on stderr, so that standard output holds results alone."""
    from rich.table import Table

    from framing.corpus.survey import count_labels

    table = Table("label", box=None)
    for name in ("sentences", "share", "documents"):
        table.add_column(name, justify="right")
    for row in count_labels(opened.sentences, opened.codebook.names):
        share = f"{100 * row.share:.1f} %"
        table.add_row(row.label, str(row.sentences), share, str(row.documents))
    console(stderr=True).print(table)


def _report(trained: Trained, form: Format) -> None:
    training, metrics = trained.training, trained.metrics
    if form is not Format.table:
        figures = {k: metrics[k] for k in ("macro_f1", "macro_f1_interval", "f1") if metrics}
        row = {"folder": str(trained.folder), "digest": trained.digest, **figures}
        emit([{**row, "sentences": training["sentences"], "data": training["data_digest"]}], form)
        return
    typer.echo(
        f"{trained.folder}: learnt from {training['sentences']} sentences "
        f"({training['authored']} authored, {training['real']} real); "
        f"digest {trained.digest[:12]}"
    )
    if not metrics:
        typer.echo("too few sentences for a figure that means anything")
        return
    low, high = metrics["macro_f1_interval"]
    labels = ", ".join(f"{name} {value:.2f}" for name, value in metrics["f1"].items())
    typer.echo(
        f"on held-out documents: macro-F1 {metrics['macro_f1']:.3f} ({low:.3f} to {high:.3f}); "
        f"{labels}"
    )
