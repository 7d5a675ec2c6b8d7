"""``framing train``: learn a model from labelled sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framing.cli.output import complain, console


def train(
    out: Annotated[Path, typer.Option(help="The model folder to write; replaced if it exists.")],
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
    words: Annotated[int, typer.Option(help="Longest word n-gram.", min=1, max=5)] = 2,
    strength: Annotated[
        float, typer.Option("--C", help="Inverse strength of regularisation.", min=1e-6)
    ] = 4.0,
    seed: Annotated[int, typer.Option(help="Order of the cross-validation folds.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes for the folds.", min=1)] = 2,
) -> None:
    """Train an n-gram model: calibrated and thresholded by grouped cross-validation."""
    from framing.classifiers.ngram import NgramClassifier
    from framing.codebook import Codebook
    from framing.corpus import examples
    from framing.training import train as fit

    sentences, missing = examples.load(data, part, mirror)
    for gap in missing:
        complain(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    model = NgramClassifier(words=words, C=strength, seed=seed, jobs=jobs)
    book = Codebook.load(codebook)
    with console(stderr=True).status(f"learning from {len(sentences)} sentences"):
        trained = fit(model, sentences, book, out, warn=complain)
    typer.echo(
        f"{trained.folder}: learnt from {trained.training['sentences']} sentences "
        f"({trained.training['authored']} authored, {trained.training['real']} real); "
        f"digest {trained.digest[:12]}"
    )
