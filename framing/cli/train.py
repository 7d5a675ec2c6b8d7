"""``framing train``: learn a model from labelled sentences."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.output import complain, progress

if TYPE_CHECKING:
    from framing.classifiers.base import SentenceClassifier


class Kind(StrEnum):
    """Kinds of model that can be trained."""

    ngram = "ngram"
    encoder = "encoder"


def train(
    out: Annotated[Path, typer.Option(help="The model folder to write; replaced if it exists.")],
    kind: Annotated[
        Kind, typer.Option(help="ngram is quick; encoder needs the extra `encoder` and patience.")
    ] = Kind.ngram,
    data: Annotated[Path, typer.Option(help="A corpus folder such as training_data.")] = Path(
        "training_data"
    ),
    part: Annotated[str, typer.Option(help="Which part of it: authored, real or all.")] = "all",
    mirror: Annotated[
        Path | None, typer.Option(help="Folder with the originals of real sentences.")
    ] = None,
    codebook: Annotated[
        Path | None, typer.Option(help="Another codebook in TOML; its labels are learnt.")
    ] = None,
    words: Annotated[int, typer.Option(help="ngram: longest word n-gram.", min=1, max=5)] = 2,
    strength: Annotated[
        float, typer.Option("--C", help="ngram: inverse strength of regularisation.", min=1e-6)
    ] = 4.0,
    epochs: Annotated[int, typer.Option(help="encoder: passes over the sentences.", min=1)] = 3,
    refit: Annotated[
        bool, typer.Option(help="encoder: train once more, on the held-out fold too.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Order of the cross-validation folds.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes for the folds.", min=1)] = 2,
) -> None:
    """Train a model: calibrated, thresholded and measured on documents held out from training."""
    from framing.codebook import Codebook
    from framing.corpus import examples
    from framing.training import train as fit

    sentences, missing = examples.load(data, part, mirror)
    for gap in missing:
        complain(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    model = _model(kind, words, strength, epochs, refit, seed, jobs)
    with progress() as bar:
        task = bar.add_task(f"learning from {len(sentences)} sentences", total=None)
        options: dict[str, Any] = {}
        if kind is Kind.encoder:
            options["on_step"] = lambda done, steps: bar.update(task, completed=done, total=steps)
        trained = fit(model, sentences, Codebook.load(codebook), out, complain, **options)
    typer.echo(
        f"{trained.folder}: learnt from {trained.training['sentences']} sentences "
        f"({trained.training['authored']} authored, {trained.training['real']} real); "
        f"digest {trained.digest[:12]}"
    )


def _model(
    kind: Kind, words: int, strength: float, epochs: int, refit: bool, seed: int, jobs: int
) -> SentenceClassifier:
    if kind is Kind.encoder:
        from framing.classifiers.encoder import EncoderClassifier

        return EncoderClassifier(epochs=epochs, refit=refit, seed=seed)
    from framing.classifiers.ngram import NgramClassifier

    return NgramClassifier(words=words, C=strength, seed=seed, jobs=jobs)
