"""Single statements: which score highest, and the table of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from framing.report.runs import Run

Row = dict[str, Any]

_COLUMNS = (
    "id, coalesce(nullif(trim(title), ''), path) AS title, date, source, speaker, url, "
    "n_sentences, casus_belli AS score, low, high, band, accusing, backed, "
    "list_transform(adversaries[1:3], lambda one: one.name) AS adversaries"
)
# Scores first, then the share of accusing sentences, so that a run without scores has an order.
_ORDER = "casus_belli DESC NULLS LAST, accusing DESC NULLS LAST, date, id"


def ranking(run: Run, most: int) -> list[Row]:
    """The statements of the highest scores, each once however often it was issued."""
    rows = run.rows(
        f"SELECT {_COLUMNS} FROM documents WHERE duplicate_of IS NULL ORDER BY {_ORDER} LIMIT ?",
        [most],
    )
    return [{"rank": i, **_plain(row)} for i, row in enumerate(rows, 1)]


def statements(run: Run, most: int) -> Iterator[Row]:
    """The table of statements, highest first, with the number of sentences by label."""
    counts = ", ".join(
        f'round("share_{name}" * n_sentences)::INTEGER AS "n_{name}"' for name in run.codebook.names
    )
    sql = f"SELECT {_COLUMNS}, {counts}, duplicate_of FROM documents ORDER BY {_ORDER} LIMIT ?"
    for row in run.rows(sql, [most]):
        yield _plain(row)


def _plain(row: Row) -> Row:
    """A row as JSON can hold it, figures to one digit."""
    for key in ("score", "low", "high"):
        row[key] = None if row[key] is None else round(row[key], 1)
    row["date"] = row["date"].isoformat() if row["date"] else None
    row["adversaries"] = row["adversaries"] or []
    return row
