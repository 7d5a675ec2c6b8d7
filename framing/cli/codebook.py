"""``framing codebook``: print what each label means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framing.cli.output import Format, emit

if TYPE_CHECKING:
    from framing.codebook import Codebook


def show(
    path: Annotated[
        Path | None, typer.Argument(help="A codebook in TOML; the shipped one if left out.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.table,
) -> None:
    """Print the codebook: every label with its definition and written examples."""
    from framing.codebook import Codebook

    codebook = Codebook.load(path)
    if form is not Format.table:
        emit(_rows(codebook), form)
        return
    _print(codebook)


def _rows(codebook: Codebook) -> list[dict[str, object]]:
    return [
        {
            "code": label.code,
            "name": label.name,
            "title": label.title,
            "role": label.role,
            "definition": label.definition,
            "absent": label.absent,
            "colour": label.colour,
            "colour_dark": label.colour_dark,
            "examples": [{"text": e.text, "present": e.present} for e in label.examples],
        }
        for label in codebook.labels
    ]


def _print(codebook: Codebook) -> None:
    from rich.text import Text

    from framing.cli.output import badge, console

    out = console()
    out.print(f"{codebook.name}, version {codebook.version}. The unit is {codebook.unit}.\n")
    for label in codebook.labels:
        out.print(Text.assemble(badge(label), " ", (label.title, "bold"), f"  ({label.name})"))
        out.print(f"  Present: {label.definition}", highlight=False)
        if label.absent:
            out.print(f"  Absent:  {label.absent}", highlight=False)
        for example in label.examples:
            sign = "+" if example.present else "-"
            out.print(f"    {sign} {example.text}", highlight=False)
        out.print()
    for band in codebook.rating:
        out.print(f"  {band.value}  {band.title}: {band.definition}", highlight=False)
