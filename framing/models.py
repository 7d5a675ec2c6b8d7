"""The models shipped with the package, and where a model's name leads."""

from __future__ import annotations

from pathlib import Path

from framing.errors import ModelError

DEFAULT = "cascade"
PARTS = {"encoder": "cascade/careful", "ngram": "cascade/fast"}  # models that work alone too


def shipped_folder() -> Path:
    """The folder ``models/``: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "models"
    return inside if inside.is_dir() else package.parent / "models"


def names() -> list[str]:
    """The names of the shipped models, the default first."""
    folder = shipped_folder()
    found = {p.name for p in folder.glob("*") if (p / "model.json").is_file()}
    found |= {name for name, part in PARTS.items() if (folder / part / "model.json").is_file()}
    return sorted(found, key=lambda name: (name != DEFAULT, name))


def locate(name: str | Path | None = None) -> Path:
    """The folder of a model: the default, one of ``names()``, a path, or ``hf:owner/name``.

    Raises ``ModelError`` when there is none; a file in the place of a folder is named as such.
    """
    if name is None:
        name = DEFAULT
    if str(name).startswith("hf:"):
        from framing.sharing import fetch

        return fetch(str(name))
    shipped = shipped_folder() / PARTS.get(str(name), str(name))
    if Path(name).name == str(name) and shipped.is_dir():
        return shipped
    path = Path(name)
    if path.is_dir():
        return path
    if path.exists():
        raise ModelError(f"{path}: a model is a folder; this is a file and is not opened")
    known = ", ".join(names()) or "none"
    raise ModelError(f"{name}: no such model; shipped are {known}, or give a folder")
