"""One pass over the statements of a run: every figure of the report, each with its resamples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.report.resampling import FEW, Floats, Integers, Resampler, Sums, interval, ratio
from framing.report.runs import YEARS, Calendar, Run

if TYPE_CHECKING:
    import pyarrow as pa

RESAMPLES = 1_000
_BATCH = 1_024
_QUANTITIES = (
    *("documents", "sentences", "scored", "score", "upper"),
    *("accusers", "accusing", "backed"),
)
_BY_PERIOD = ("documents", "scored", "score")  # all that the small charts of groups need
_GROUPS = {"source": 8, "speaker": 8, "adversary": 12}  # how many of each are shown


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, its 95 % interval (None where too few), and how many statements it rests on."""

    value: float | None
    low: float | None
    high: float | None
    documents: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure divides by what, and which statements it rests on; ``scale`` 100: per cent."""

    above: str
    below: str
    rests_on: str = "documents"
    scale: float = 100.0


SCORE = Figure("score", "scored", "scored", 1.0)
UPPER = Figure("upper", "scored", "scored")
ACCUSING = Figure("accusing", "sentences")
BACKED = Figure("backed", "accusing", "accusers")
NAMED = Figure("documents", "all documents", "all documents")


def share_of(label: str) -> Figure:
    """Sentences with a label of all sentences, in per cent."""
    return Figure(f"label {label}", "sentences")


class Cells:
    """The sums of one grouping, and the figures that follow from them."""

    def __init__(self, keys: list[str], names: tuple[str, ...], sums: Sums) -> None:
        self.keys = keys
        self.names = names
        self._sums = sums

    def resamples(self, figure: Figure, group: int) -> Floats:
        """The figure of a group: as it is, then in each resample."""
        return self.pooled(figure, slice(group, group + 1))

    def pooled(self, figure: Figure, groups: slice) -> Floats:
        """The same for several groups taken together."""
        above, below = (self._total(name, groups) for name in (figure.above, figure.below))
        return ratio(above, below) * figure.scale

    def estimate(self, figure: Figure, group: int) -> Estimate:
        """The figure of one group with its interval."""
        return self.estimate_pooled(figure, slice(group, group + 1))

    def estimate_pooled(self, figure: Figure, groups: slice) -> Estimate:
        """The figure of several groups together, as of a moving average."""
        rests_on = round(self._total(figure.rests_on, groups)[0])
        return unless_nothing(estimate(self.pooled(figure, groups), rests_on))

    def count(self, name: str, group: int) -> int:
        """A plain sum of one group."""
        return round(float(self._total(name, slice(group, group + 1))[0]))

    def _total(self, name: str, groups: slice) -> Floats:
        return np.asarray(self._sums.values[groups, :, self.names.index(name)].sum(axis=0))


@dataclass(frozen=True, slots=True)
class Measures:
    """All sums of a run. ``by`` and ``by_period`` have a key for source, speaker and adversary."""

    calendar: Calendar
    labels: tuple[str, ...]
    total: Cells
    periods: Cells
    by: dict[str, Cells]
    by_period: dict[str, list[Cells]]
    dated: int


def estimate(resamples: Floats, documents: int) -> Estimate:
    """The first of ``resamples`` with the interval that the others give."""
    value = float(resamples[0])
    if not np.isfinite(value):
        return Estimate(None, None, None, documents)
    bounds = interval(resamples[1:]) if documents >= FEW else None
    low, high = bounds or (None, None)
    return Estimate(value, low, high, documents)


def unless_nothing(found: Estimate) -> Estimate:
    """Without an interval where the figure is zero: resamples of nothing are nothing."""
    return found if found.value else replace(found, low=None, high=None)


def measure(
    run: Run, resamples: int = RESAMPLES, seed: int = 0, periods: Calendar | None = None
) -> Measures:
    """Sum up a run in one pass; memory depends on the number of periods, not of statements.

    ``periods`` are the run's own when None; others must hold all its dates.
    """
    periods = run.calendar() if periods is None else periods
    groups = {kind: _leading(run, kind, most) for kind, most in _GROUPS.items()}
    gathering = _Gathering(run, periods, groups, resamples)
    resampler = Resampler(resamples, seed)
    sql, values = _select(run, periods, groups)
    for batch in run.batches(sql, values, _BATCH):
        gathering.add(batch, resampler.weights(batch.num_rows))
    return gathering.measures()


def _leading(run: Run, kind: str, most: int) -> list[str]:
    """The sources, speakers or adversaries of most statements."""
    if kind == "adversary":
        sql = (
            "SELECT one.name AS name, count(*) AS n FROM "
            "(SELECT unnest(adversaries) AS one FROM counted) GROUP BY ALL ORDER BY n DESC, name"
        )
    else:
        sql = (
            f"SELECT {kind} AS name, count(*) AS n FROM counted WHERE {kind} IS NOT NULL "
            "GROUP BY ALL ORDER BY n DESC, name"
        )
    return [row["name"] for row in run.rows(f"{sql} LIMIT {most}")]


def _select(run: Run, periods: Calendar, groups: dict[str, list[str]]) -> tuple[str, list[Any]]:
    """The statements as numbers: the place of each in every grouping, and its quantities."""
    steps = [band.value for band in run.codebook.rating]
    upper = sorted(steps)[(len(steps) + 1) // 2] if len(steps) > 1 else None
    shares = ", ".join(
        f'coalesce(round("share_{name}" * n_sentences), 0)::DOUBLE AS "label {name}"'
        for name in run.codebook.names
    )
    when = "NULL::INTEGER"
    values: list[Any] = []
    if len(periods):
        grain = periods.grain
        when = (
            "CASE WHEN year(date) BETWEEN ? AND ? THEN "
            f"date_diff('{grain}', ?::DATE, date_trunc('{grain}', date)::DATE)::INTEGER END"
        )
        values += [*YEARS, periods.starts[0]]
    sql = f"""
        SELECT {when} AS period,
            (list_position(?::VARCHAR[], source) - 1)::INTEGER AS source,
            (list_position(?::VARCHAR[], speaker) - 1)::INTEGER AS speaker,
            adversaries,
            1.0::DOUBLE AS documents,
            coalesce(n_sentences, 0)::DOUBLE AS sentences,
            (casus_belli IS NOT NULL)::INTEGER::DOUBLE AS scored,
            coalesce(casus_belli, 0)::DOUBLE AS score,
            coalesce(band >= ?::INTEGER, false)::INTEGER::DOUBLE AS upper,
            (coalesce(accusing, 0) > 0)::INTEGER::DOUBLE AS accusers,
            coalesce(accusing, 0)::DOUBLE AS accusing,
            coalesce(backed, 0)::DOUBLE AS backed,
            {shares}
        FROM counted"""
    return sql, [*values, groups["source"], groups["speaker"], upper]


def upper_bands(run: Run) -> list[str]:
    """The titles of the upper half of the rating, from which ``UPPER`` counts."""
    steps = sorted(run.codebook.rating, key=lambda band: band.value)
    return [band.title for band in steps[(len(steps) + 1) // 2 :]] if len(steps) > 1 else []


class _Gathering:
    """Takes up batches of statements into the sums of every grouping."""

    def __init__(
        self, run: Run, periods: Calendar, groups: dict[str, list[str]], resamples: int
    ) -> None:
        self.calendar = periods
        self.labels = run.codebook.names
        self.groups = groups
        self.names = (*_QUANTITIES, *(f"label {name}" for name in self.labels))
        self._small = [self.names.index(name) for name in _BY_PERIOD]

        def sums(size: int, quantities: int = len(self.names)) -> Sums:
            return Sums(size, resamples, quantities)

        span = len(periods)
        self.total, self.periods = sums(1), sums(span)
        self.by = {kind: sums(len(keys)) for kind, keys in groups.items()}
        self.by_period = {
            kind: sums(len(keys) * span, len(_BY_PERIOD)) for kind, keys in groups.items()
        }

    def add(self, batch: pa.RecordBatch, weights: Floats) -> None:
        """Take up one batch, its statements weighted by ``weights``."""
        import pyarrow as pa
        import pyarrow.compute as pc

        quantities = np.column_stack([batch[name].to_numpy() for name in self.names])
        rows = np.arange(batch.num_rows)
        period = _indices(batch["period"])
        self.total.add(rows, np.zeros_like(rows), weights, quantities)
        self.periods.add(rows, period, weights, quantities)
        for kind in self.groups:
            if kind == "adversary":
                named = pc.struct_field(pc.list_flatten(batch["adversaries"]), "name")
                of = _indices(pc.list_parent_indices(batch["adversaries"]))
                group = _indices(pc.index_in(named, pa.array(self.groups[kind], pa.string())))
            else:
                of, group = rows, _indices(batch[kind])
            self.by[kind].add(of, group, weights, quantities)
            when = period[of]
            cell = np.where((group >= 0) & (when >= 0), group * len(self.calendar) + when, -1)
            self.by_period[kind].add(of, cell, weights, quantities[:, self._small])

    def measures(self) -> Measures:
        """What was gathered; groups know the sum of all statements, to be shares of it."""
        periods = self.calendar.names
        whole = Cells(periods, self.names, self.periods)
        return Measures(
            calendar=self.calendar,
            labels=self.labels,
            total=Cells(["all"], self.names, self.total),
            periods=whole,
            by={
                kind: Cells(keys, *_with_all(self.names, self.by[kind], self.total))
                for kind, keys in self.groups.items()
            },
            by_period={kind: self._split(kind, periods) for kind in self.groups},
            dated=round(float(self.periods.values[:, 0, 0].sum())),
        )

    def _split(self, kind: str, periods: list[str]) -> list[Cells]:
        """The periods of each group of a kind."""
        span, found = len(periods), []
        for i in range(len(self.groups[kind])):
            part = Sums(0, 0, 0)
            part.values = self.by_period[kind].values[i * span : (i + 1) * span]
            found.append(Cells(periods, *_with_all(_BY_PERIOD, part, self.periods)))
        return found


def _with_all(names: tuple[str, ...], part: Sums, whole: Sums) -> tuple[tuple[str, ...], Sums]:
    """``part`` with one more quantity: how many statements there are in all."""
    joined = Sums(0, 0, 0)
    every = np.broadcast_to(whole.values[:, :, :1], (*part.values.shape[:2], 1))
    joined.values = np.concatenate([part.values, every], axis=2)
    return (*names, "all documents"), joined


def _indices(column: Any) -> Integers:
    """A column of whole numbers, -1 where it is empty."""
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(column, -1)).astype(np.int64)
