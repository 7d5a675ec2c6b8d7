"""``framing models``: which models there are, what they are, whether they are whole."""

from __future__ import annotations

from typing import Annotated

import typer

from framing.cli.output import Format, console, emit

app = typer.Typer(
    help="List, show, verify and share models.", no_args_is_help=True, rich_markup_mode=None
)

_Model = Annotated[
    str | None, typer.Argument(help="A shipped model's name, a folder, or hf:OWNER/NAME.")
]
_Form = Annotated[Format, typer.Option("--format", help="How to print it.")]


@app.command("list")
def list_models(form: _Form = Format.table) -> None:
    """List the models shipped with the package, the default first."""
    from framing import models
    from framing.classifiers import store

    rows = []
    for name in models.names():
        folder = models.locate(name)
        manifest = store.read_manifest(folder)
        rows.append(
            {
                "name": name,
                "kind": manifest["kind"],
                "default": name == models.DEFAULT,
                "labels": len(manifest["labels"]),
                "macro_f1": manifest.get("metrics", {}).get("macro_f1"),
                "megabytes": round(store.size(folder) / 1e6, 1),
                "digest": manifest["digest"][:12],
            }
        )
    if form is not Format.table:
        emit(rows, form)
        return
    from rich.table import Table

    table = Table("name", "kind", "macro-F1", "MB", "digest", box=None, pad_edge=False)
    for row in rows:
        name = f"{row['name']} (default)" if row["default"] else str(row["name"])
        f1 = "" if row["macro_f1"] is None else f"{row['macro_f1']:.3f}"
        table.add_row(name, str(row["kind"]), f1, str(row["megabytes"]), str(row["digest"]))
    console().print(table)


@app.command("show")
def show(model: _Model = None, form: _Form = Format.table) -> None:
    """Show what a model says of itself: labels, thresholds, training data, measured quality."""
    from framing.classifiers import store
    from framing.models import locate

    folder = locate(model)
    manifest = store.verify(folder)
    if form is not Format.table:
        emit([manifest], form)
        return
    from rich.table import Table

    out = console()
    out.print(f"{folder}\nkind {manifest['kind']}, digest {manifest['digest'][:12]}", style="bold")
    metrics = manifest.get("metrics", {})
    table = Table("label", "threshold", "F1", box=None, pad_edge=False)
    for name, threshold in zip(manifest["labels"], manifest["thresholds"], strict=True):
        f1 = metrics.get("f1", {}).get(name)
        table.add_row(name, f"{threshold:.2f}", "" if f1 is None else f"{f1:.3f}")
    out.print(table)
    pairs = metrics.get("pairs", {})
    if pairs:
        out.print("contrast pairs held out, and how many had both sides wholly right:")
        out.print(", ".join(f"{name} {right}/{n}" for name, (n, right) in list(pairs.items())[:20]))
    handed = manifest.get("handed_over")
    if handed:
        share = handed["share_of_random_sentences"]
        out.print(f"handed over to the careful model: {share:.1%} ({handed['how']})")
    for key, value in {**manifest.get("training", {}), "measured": metrics.get("how")}.items():
        out.print(f"{key}: {value}", highlight=False)


@app.command("verify")
def verify(model: _Model = None) -> None:
    """Check every file of a model folder against its checksum; exit code 2 if one is off."""
    from framing.classifiers import store
    from framing.models import locate

    folder = locate(model)
    manifest = store.verify(folder)
    typer.echo(f"{folder}: whole; {len(manifest['files'])} files, digest {manifest['digest']}")


@app.command("push")
def push(
    model: Annotated[str, typer.Argument(help="A shipped model's name, or a folder.")],
    repository: Annotated[str, typer.Argument(help="OWNER/NAME on the hub; made if need be.")],
    public: Annotated[
        bool, typer.Option("--public", help="Let everybody see a new repository.")
    ] = False,
    message: Annotated[str | None, typer.Option(help="What has changed.")] = None,
) -> None:
    """Share a model on a hub: HF_TOKEN opens it, HF_ENDPOINT names another than huggingface.co.

    It is loaded with hf:OWNER/NAME in the place of a model's name.
    """
    from framing.models import locate
    from framing.sharing import push as upload

    done = upload(locate(model), repository, public, message)
    typer.echo(f"{done.url}\ncite and load this state of it as {done.reference}")
