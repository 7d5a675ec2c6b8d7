"""A run as the report reads it: its Parquet as DuckDB views, its codebook, its span of time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from framing.codebook import Codebook
from framing.errors import FramingError

if TYPE_CHECKING:
    import pyarrow as pa

_VIEWS = ("documents", "sentences")
YEARS = (1500, 2199)  # a date outside of them is a slip, and is shown with the undated
# The longest span, in days, that is still shown in steps of this size.
_GRAINS = (("day", 45), ("week", 180), ("month", 16 * 366), ("year", 150 * 366))
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_INTERVALS = {
    "day": "1 DAY",
    "week": "7 DAYS",
    "month": "1 MONTH",
    "year": "1 YEAR",
    "decade": "10 YEARS",
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The periods of a run without gaps, from the first dated statement to the last."""

    grain: str
    starts: tuple[date, ...]

    def __len__(self) -> int:
        return len(self.starts)

    def name(self, index: int) -> str:
        """A period as people write it: 2024, 2024-03, 2024-03-18, 1990s."""
        start = self.starts[index]
        if self.grain == "decade":
            return f"{start.year}s"
        length = {"month": 7, "year": 4}.get(self.grain, 10)
        return start.isoformat()[:length]

    def spoken(self, index: int) -> str:
        """A period in a sentence: March 2024, 18 March 2024, the week of 18 March 2024."""
        start = self.starts[index]
        month = f"{_MONTHS[start.month - 1]} {start.year}"
        if self.grain in ("year", "decade"):
            return self.name(index)
        if self.grain == "month":
            return month
        return f"{'the week of ' if self.grain == 'week' else ''}{start.day} {month}"

    @property
    def names(self) -> list[str]:
        """The names of all periods."""
        return [self.name(i) for i in range(len(self))]


class Run:
    """A finished run, open for reading; close it, or use it in a ``with`` statement.

    The view ``documents`` has every column that this version knows (empty where the run was made
    without it) and ``sentences`` likewise; ``counted`` is ``documents`` without those that repeat
    an earlier one, unless ``repeats`` is set. Raises ``FramingError`` for anything but a finished
    run, and ``CodebookError`` when the codebook does not fit.
    """

    def __init__(
        self, folder: str | Path, codebook: Codebook | None = None, repeats: bool = False
    ) -> None:
        from framing.batch.run import read_manifest

        self.folder = Path(folder)
        self.manifest = read_manifest(folder)
        if self.manifest.get("state") != "complete":
            raise FramingError(f"{folder}: is not complete; give its `framing batch` command again")
        _check(self.manifest, str(folder))
        self.name = self.folder.resolve().name
        self.codebook = _codebook(self.manifest, codebook, str(folder))
        self.repeats = repeats
        self._connection = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """The rows of a SELECT, fetched some at a time; one such reading at a time."""
        import duckdb

        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, list(values))
            names = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(1_000):
                for row in rows:
                    yield dict(zip(names, row, strict=True))
        except duckdb.Error as error:
            raise self._damaged(error) from error
        finally:
            cursor.close()

    def row(self, sql: str, values: Sequence[Any] = ()) -> dict[str, Any]:
        """The one row of a SELECT of sums."""
        return next(self.rows(sql, values))

    def batches(self, sql: str, values: Sequence[Any], size: int) -> Iterator[pa.RecordBatch]:
        """The result of a SELECT as Arrow, ``size`` rows at a time, in the order of the run."""
        import duckdb

        cursor = self._connection.cursor()
        try:
            relation = cursor.sql(sql, params=list(values))
            # DuckDB 2 has another name for it than 1
            read = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
            yield from read(size)
        except duckdb.Error as error:
            raise self._damaged(error) from error
        finally:
            cursor.close()

    def calendar(self) -> Calendar:
        """The periods from the first to the last dated statement; none when none is dated."""
        span = self.span()
        return calendar(self, span["first"], span["last"])

    def span(self) -> dict[str, date | None]:
        """The first and the last date of a statement that can be one; None where none is dated."""
        return self.row(
            "SELECT min(date) AS first, max(date) AS last FROM counted "
            "WHERE year(date) BETWEEN ? AND ?",
            [*YEARS],
        )

    def _connect(self) -> Any:
        import duckdb

        from framing.batch.tables import document_schema, sentence_schema

        names = self.codebook.names
        connection = duckdb.connect(
            ":memory:", config={"threads": 2, "temp_directory": tempfile.gettempdir()}
        )
        schemas = zip(_VIEWS, (document_schema(names), sentence_schema(names)), strict=True)
        try:
            for view, schema in schemas:
                self._make_view(connection, view, schema)
            keep = "" if self.repeats else " WHERE duplicate_of IS NULL"
            connection.execute(f"CREATE VIEW counted AS FROM documents{keep}")
        except duckdb.Error as error:
            raise self._damaged(error) from error
        return connection

    def _make_view(self, connection: Any, view: str, schema: pa.Schema) -> None:
        """A view with every known column, whichever of them the run's files have."""
        import pyarrow as pa

        if view == "documents":
            schema = schema.append(pa.field("duplicate_of", pa.string()))
        empty = schema.empty_table()
        connection.register("known", empty)
        connection.execute(f"CREATE TABLE known_{view} AS FROM known")
        connection.unregister("known")
        files = sorted(map(str, (self.folder / view).glob("part-*.parquet")))
        found = ""
        if files:
            paths = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
            found = f" UNION ALL BY NAME FROM read_parquet([{paths}], union_by_name = true)"
        connection.execute(f"CREATE VIEW {view} AS FROM known_{view}{found}")

    def _damaged(self, error: Exception) -> FramingError:
        return FramingError(f"{self.folder}: cannot be read: {' '.join(str(error).split())}")


def calendar(run: Run, first: date | None, last: date | None) -> Calendar:
    """The periods that hold ``first`` to ``last``, of a size that makes a readable chart."""
    if first is None or last is None:
        return Calendar("month", ())
    days = (last - first).days
    grain = next((name for name, longest in _GRAINS if days <= longest), "decade")
    starts = run.rows(
        f"SELECT CAST(unnest(generate_series(date_trunc('{grain}', ?::DATE)::TIMESTAMP, "
        f"?::TIMESTAMP, INTERVAL {_INTERVALS[grain]})) AS DATE) AS start",
        [first, last],
    )
    return Calendar(grain, tuple(row["start"] for row in starts))


def _check(manifest: dict[str, Any], where: str) -> None:
    """Raise ``FramingError`` unless what the report reads of ``run.json`` has its form."""
    model, counts = manifest.get("model"), manifest.get("counts")
    labels = model.get("labels") if isinstance(model, dict) else None
    if not isinstance(labels, list) or not all(isinstance(name, str) for name in labels):
        raise FramingError(f"{where}: run.json does not say which labels there are")
    kinds = ("documents", "sentences", "errors", "duplicates")
    if not isinstance(counts, dict) or not all(isinstance(counts.get(k), int) for k in kinds):
        raise FramingError(f"{where}: run.json does not say what was counted")


def _codebook(manifest: dict[str, Any], given: Codebook | None, where: str) -> Codebook:
    """The given codebook, or the shipped one, or a bare one, whichever has the run's labels."""
    labels = manifest["model"]["labels"]
    book = given or Codebook.load()
    if book.names == tuple(labels):
        return book
    if given is not None:
        raise FramingError(
            f"{where}: has the labels {', '.join(labels)}, and the codebook {', '.join(book.names)}"
        )
    return Codebook.of_labels(tuple(labels))
