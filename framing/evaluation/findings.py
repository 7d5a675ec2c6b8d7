"""Whatever else was found of a model and recorded in its manifest, as Markdown for its card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_LONGEST = 300  # characters of a cell
_MOST = 40  # rows shown of a table


def findings(recorded: Mapping[str, Any]) -> list[str]:
    """A part a finding, in the order of their names; ``how`` in it says by which command.

    A list of records becomes a table, a record a list of its entries; nothing is left out but the
    rest of what is very long, and that is said.
    """
    lines: list[str] = []
    for name, found in sorted(recorded.items()):
        lines += ["", f"### {_words(name).capitalize()}", ""]
        if isinstance(found, Mapping):
            how = found.get("how")
            if isinstance(how, str):
                lines += [f"Measured by `{_cell(how)}`.", ""]
            lines += _entries({key: value for key, value in found.items() if key != "how"})
        else:
            lines += _entries({name: found})
    return lines[1:]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; a bar in a cell would end it, so it is escaped."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"

    return [line(head), line(["---"] * len(head)), *(line(row) for row in rows)]


def _entries(found: Mapping[str, Any]) -> list[str]:
    plain = {key: value for key, value in found.items() if not _records(value)}
    lines = [f"- {_words(key)}: {_value(value)}" for key, value in plain.items()]
    for key, value in found.items():
        if _records(value):
            lines += [*([""] if lines else []), *_table_of(_words(key), value)]
    return lines


def _records(value: Any) -> bool:
    """Whether a value is a table: records in a list, or records by name."""
    inner = list(value.values()) if isinstance(value, Mapping) else value
    return (
        isinstance(inner, (list, tuple))
        and bool(inner)
        and all(isinstance(one, Mapping) for one in inner)
    )


def _table_of(title: str, value: Any) -> list[str]:
    rows = (
        [{title: name, **row} for name, row in value.items()]
        if isinstance(value, Mapping)
        else list(value)
    )
    head = list(dict.fromkeys(str(key) for row in rows for key in row))
    body = [[_value(row.get(key)) for key in head] for row in rows[:_MOST]]
    more = [f"\nand {len(rows) - _MOST} more in `model.json`."] if len(rows) > _MOST else []
    return [*table([_words(key) for key in head], body), *more]


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return _cell("; ".join(f"{_words(key)} {_value(one)}" for key, one in value.items()))
    if isinstance(value, (list, tuple)):
        return _cell(", ".join(map(_value, value)))
    return _cell(str(value))


def _cell(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _words(name: str) -> str:
    return str(name).replace("_", " ")
