"""The codebook: the one place that says which labels there are and what they mean."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from framing.errors import CodebookError

ROLES = ("frame", "evidence", "force", "counter")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DEFAULT_COLOURS = ("#B5452C", "#8A5A00", "#7B3FA0", "#1F6FB2", "#A3123B", "#1B7A4B")


@dataclass(frozen=True, slots=True)
class Example:
    """A written example: ``present`` says whether the label holds for ``text``."""

    text: str
    present: bool


@dataclass(frozen=True, slots=True)
class Label:
    """One label. ``role`` is one of ``ROLES``, or None where no casus-belli score is meant."""

    code: str
    name: str
    title: str
    definition: str
    absent: str
    colour: str
    colour_dark: str
    role: str | None
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """One step of the rating scale for whole statements."""

    value: int
    title: str
    definition: str


@dataclass(frozen=True, slots=True)
class Codebook:
    """The labels in their fixed order, and the rating scale of whole statements (may be empty)."""

    name: str
    version: str
    unit: str
    labels: tuple[Label, ...]
    rating: tuple[Band, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the labels, in the order in which every model puts its columns."""
        return tuple(label.name for label in self.labels)

    def by_name(self, name: str) -> Label:
        """The label called ``name``; raises ``CodebookError`` when there is none."""
        for label in self.labels:
            if label.name == name:
                return label
        known = ", ".join(self.names)
        raise CodebookError(f"no label {name!r} in the codebook {self.name!r}; it has {known}")

    def by_code(self, code: str) -> Label:
        """The label with the letter ``code``; raises ``CodebookError`` when there is none."""
        for label in self.labels:
            if label.code == code:
                return label
        known = ", ".join(label.code for label in self.labels)
        raise CodebookError(f"no code {code!r} in the codebook {self.name!r}; it has {known}")

    def with_role(self, role: str) -> tuple[str, ...]:
        """The names of the labels that play ``role`` in the score; may be empty."""
        return tuple(label.name for label in self.labels if label.role == role)

    @classmethod
    def load(cls, path: str | Path | None = None) -> Codebook:
        """Read a codebook: the shipped one when ``path`` is None, else a TOML file of that form.

        Raises ``CodebookError`` that names the file and the entry when it is missing or malformed.
        """
        if path is None:
            return _shipped()
        return _parse(Path(path))

    @classmethod
    def of_labels(cls, names: tuple[str, ...]) -> Codebook:
        """A bare codebook for a model whose labels are known by name only."""
        taken: set[str] = set()
        return cls(
            name="unnamed",
            version="0",
            unit="one sentence",
            labels=tuple(_label({"name": n}, i, "labels", taken) for i, n in enumerate(names)),
            rating=(),
        )


@cache
def _shipped() -> Codebook:
    return _parse(Path(str(files("framing") / "codebook.toml")))


def _parse(path: Path) -> Codebook:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CodebookError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CodebookError(f"{path}: is not valid TOML ({error})") from error
    entries = raw.get("labels")
    if not isinstance(entries, list) or not entries:
        raise CodebookError(f"{path}: has no [[labels]]")
    taken: set[str] = set()
    labels = tuple(_label(entry, i, str(path), taken) for i, entry in enumerate(entries))
    if len({label.name for label in labels}) != len(labels):
        raise CodebookError(f"{path}: two labels have the same name")
    return Codebook(
        name=str(raw.get("name", path.stem)),
        version=str(raw.get("version", "1")),
        unit=str(raw.get("unit", "one sentence")),
        labels=labels,
        rating=tuple(_band(entry, str(path)) for entry in raw.get("rating", [])),
    )


def _label(entry: Any, index: int, where: str, taken: set[str]) -> Label:
    if not isinstance(entry, dict):
        raise CodebookError(f"{where}: label {index + 1} is not a table")
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise CodebookError(
            f"{where}: label {index + 1} needs a name of small letters, digits and underscores"
        )
    role = entry.get("role")
    if role is not None and role not in ROLES:
        raise CodebookError(f"{where}: {name} has role {role!r}; roles are {', '.join(ROLES)}")
    colour = entry.get("colour", _DEFAULT_COLOURS[index % len(_DEFAULT_COLOURS)])
    colour_dark = entry.get("colour_dark", colour)
    for value in (colour, colour_dark):
        if not isinstance(value, str) or not _COLOUR.fullmatch(value):
            raise CodebookError(f"{where}: {name} has colour {value!r}; write #RRGGBB")
    return Label(
        code=_code(entry, name, where, taken),
        name=name,
        title=str(entry.get("title", name.replace("_", " ").capitalize())),
        definition=str(entry.get("definition", "")),
        absent=str(entry.get("absent", "")),
        colour=colour,
        colour_dark=str(colour_dark),
        role=role,
        examples=tuple(_example(e, f"{where}: {name}") for e in entry.get("examples", [])),
    )


def _code(entry: dict[str, Any], name: str, where: str, taken: set[str]) -> str:
    """The written code, or the first letter or number that is still free."""
    letters = [*name.upper().replace("_", ""), *map(str, range(1, 1000))]
    code = entry.get("code") or next(c for c in letters if c not in taken)
    if not isinstance(code, str) or code in taken:
        raise CodebookError(f"{where}: {name} has code {code!r}, which is not a free letter")
    taken.add(code)
    return code


def _example(entry: Any, where: str) -> Example:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise CodebookError(f"{where}: an example needs a text, and present = true or false")
    return Example(text=entry["text"], present=bool(entry.get("present", True)))


def _band(entry: Any, where: str) -> Band:
    if not isinstance(entry, dict) or not isinstance(entry.get("value"), int):
        raise CodebookError(f"{where}: a step of the rating needs an integer value")
    title = str(entry.get("title", entry["value"]))
    return Band(value=entry["value"], title=title, definition=str(entry.get("definition", "")))
