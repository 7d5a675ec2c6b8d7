"""``framing data lessons``: what good models say of unlabelled sentences, for another to learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framing.cli.output import Format, complain, emit, progress

if TYPE_CHECKING:
    from framing.experiment import Opened


_ASKED = 4  # times as many sentences as are kept: teachers doubt others than a quick model does


def lessons(
    experiment: Annotated[
        Path, typer.Argument(help="The experiment, a TOML file with [unlabelled] sentences.")
    ],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    teacher: Annotated[
        list[str], typer.Option(help="A model: a name or a folder. Several are averaged.")
    ],
    most: Annotated[int, typer.Option(min=1, help="So many sentences.")] = 25_000,
    again: Annotated[
        Path | None,
        typer.Option(help="Lessons of other teachers: ask about their sentences, seek no others."),
    ] = None,
    mirror: Annotated[
        Path | None,
        typer.Option(help="Folder with the original files, or archives; else FRAMING_MIRROR."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Ask models about the unlabelled sentences that are most in doubt, for another to learn from.

    The file holds ids and probabilities, no sentence; [lessons] path in the experiment names it.
    Documents that the experiment holds out are left out. A teacher must not have learnt from them.
    """
    from framing import experiment as plan
    from framing import teaching
    from framing.classifiers import store
    from framing.models import locate
    from framing.scoring import load

    chosen = plan.load(experiment)
    manifests = [store.read_manifest(locate(name)) for name in teacher]
    teachers = [load(name) for name in teacher]
    opened = plan.open_data(chosen, mirror)
    for gap in opened.missing:
        complain(f"{gap.sentences} sentences of {gap.source} are missing: {gap.reason}")
    _expect_fitting(out, teacher, manifests, opened)
    for name, manifest in zip(teacher, manifests, strict=True):
        reason = teaching.concern(manifest, chosen, opened.sentences)
        if reason:
            complain(f"{name}: {reason}: what it teaches may make held-out figures flatter")
    with progress() as bar:
        task = bar.add_task("looking for sentences", total=None)
        if again:
            asked = teaching.asked_before(again, chosen, opened, complain)
        else:
            asked = teaching.in_doubt(chosen, opened, _ASKED * most, jobs=2)
        bar.update(task, description="asking", total=len(asked) * len(teachers))
        texts = [row.text for row in asked]
        said = teaching.ask(teachers, texts, lambda n: bar.advance(task, n))
    kept = teaching.most_doubtful(said, most)
    rows, said = [asked[i] for i in kept], said[kept]
    who = " and ".join(f"{one['kind']} {one['digest'][:12]}" for one in manifests)
    labels = teachers[0].labels
    teaching.write(out, rows, labels, said, who, opened)
    likely = dict(zip(labels, (said > 0.5).sum(axis=0).tolist(), strict=True))
    if form is not Format.table:
        found = [{"label": name, "lessons": len(rows), "likely": n} for name, n in likely.items()]
        emit(found, form)
        return
    counts = ", ".join(f"{name} {n:,}" for name, n in likely.items())
    typer.echo(f"{out}: {len(rows):,} lessons of {who}; likely to have {counts}")


def _expect_fitting(
    out: Path, names: list[str], manifests: list[dict[str, Any]], opened: Opened
) -> None:
    """Raise ``ModelError``, before hours are spent, where the lessons would be of no use."""
    from framing.errors import ModelError

    for name, manifest in zip(names, manifests, strict=True):
        if set(manifest["labels"]) != set(opened.codebook.names):
            raise ModelError(f"{name}: has other labels than the experiment")
    if not out.parent.is_dir():
        raise ModelError(f"{out}: its folder is not there")
