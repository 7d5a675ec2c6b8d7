"""SQL over a run: DuckDB reads its Parquet, and nothing else."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from framing.errors import FramingError

_ROWS = 1_000


def query(folder: str | Path, sql: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of one SELECT over the views ``documents`` and ``sentences`` of a run.

    The statement can read the run and no other file, no network, and can write nothing. Raises
    ``FramingError`` when the run is not complete, or the statement is not one SELECT or is wrong.
    """
    import duckdb

    from framing.batch.run import read_manifest

    if read_manifest(folder)["state"] != "complete":
        raise FramingError(f"{folder}: is not complete; give its `framing batch` command again")
    connection = duckdb.connect(":memory:")
    try:
        _open(connection, Path(folder).resolve())
        _expect_select(connection, sql)
        cursor = connection.execute(sql)
        names = _unique([column[0] for column in cursor.description])
        while rows := cursor.fetchmany(_ROWS):
            for row in rows:
                yield dict(zip(names, map(_plain, row), strict=True))
    except duckdb.Error as error:
        raise FramingError(f"query: {' '.join(str(error).split())}") from error
    finally:
        connection.close()


def _open(connection: Any, folder: Path) -> None:
    """Make the views, then shut the door: from here on only the run's Parquet can be opened."""
    files = {name: sorted(map(str, (folder / name).glob("part-*.parquet"))) for name in _VIEWS}
    connection.execute(f"SET allowed_paths = {_literal([f for fs in files.values() for f in fs])}")
    for name, paths in files.items():
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet({_literal(paths)})")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


_VIEWS = ("documents", "sentences")


def _expect_select(connection: Any, sql: str) -> None:
    """Refuse all but one SELECT: COPY could write over the files that it may read."""
    import duckdb

    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise FramingError("query: give one SELECT; a run is only read")


def _literal(values: list[str]) -> str:
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"


def _unique(names: list[str]) -> list[str]:
    """Names of columns, a number added to one that came before."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
