"""Two runs against each other: what differs, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from framing.errors import FramingError
from framing.report import tables
from framing.report.measures import (
    NAMED,
    Estimate,
    Figure,
    Measures,
    estimate,
    measure,
    unless_nothing,
)
from framing.report.runs import Calendar, Run, calendar

Row = dict[str, Any]

_ADVERSARIES = 12


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs measured on one calendar, and the tables of what differs (second less first)."""

    names: tuple[str, str]
    calendar: Calendar
    measures: tuple[Measures, Measures]
    differences: list[Row]
    over_time: dict[str, list[Row]]
    adversaries: list[Row]
    distribution: list[Row]
    same_model: bool


def compare(runs: tuple[Run, Run], names: tuple[str, str] | None = None) -> Comparison:
    """Compare two runs; raises ``FramingError`` when they do not have the same labels.

    The runs are resampled independently of each other, so an interval of a difference is too wide
    rather than too narrow where both hold the same statements.
    """
    one, other = runs
    if one.codebook.names != other.codebook.names:
        raise FramingError(
            f"{one.folder} and {other.folder}: have different labels and cannot be compared"
        )
    called = names or _names(one, other)
    periods = _joint_calendar(one, other)
    both = (
        measure(one, seed=1, periods=periods),
        measure(other, seed=2, periods=periods),
    )
    return Comparison(
        names=called,
        calendar=periods,
        measures=both,
        differences=_differences(both, one),
        over_time={
            name: _dated_rows(measures) for name, measures in zip(called, both, strict=True)
        },
        adversaries=_adversaries(runs),
        distribution=_distribution(runs),
        same_model=one.manifest["model"].get("digest") == other.manifest["model"].get("digest"),
    )


def _names(one: Run, other: Run) -> tuple[str, str]:
    """The names of the folders; numbered where they are the same."""
    if one.name != other.name:
        return one.name, other.name
    return f"{one.name} (1)", f"{other.name} (2)"


def _joint_calendar(one: Run, other: Run) -> Calendar:
    spans = [run.span() for run in (one, other)]
    firsts = [span["first"] for span in spans if span["first"]]
    lasts = [span["last"] for span in spans if span["last"]]
    return calendar(one, min(firsts, default=None), max(lasts, default=None))


def _differences(both: tuple[Measures, Measures], run: Run) -> list[Row]:
    """Each headline figure of the first, of the second, and the second less the first."""
    rows = []
    for name, unit, figure in tables.headline_figures(run.codebook):
        one, other = (measures.total.estimate(figure, 0) for measures in both)
        rows.append({"figure": name, "unit": unit, **_pair(one, other, _less(both, figure))})
    return rows


def _less(both: tuple[Measures, Measures], figure: Figure) -> Estimate:
    one, other = (measures.total for measures in both)
    rests_on = min(cells.estimate(figure, 0).documents for cells in (one, other))
    return estimate(other.resamples(figure, 0) - one.resamples(figure, 0), rests_on)


def _pair(one: Estimate, other: Estimate, less: Estimate) -> Row:
    row = {}
    for prefix, found in (("first", one), ("second", other), ("difference", less)):
        row[prefix] = tables.rounded(found.value)
        row[f"{prefix}_low"] = tables.rounded(found.low)
        row[f"{prefix}_high"] = tables.rounded(found.high)
    # whether the interval of the difference leaves zero out
    row["beyond_zero"] = less.low is not None and less.high is not None and less.low * less.high > 0
    return row


def _dated_rows(measures: Measures) -> list[Row]:
    """The periods from the run's first statement to its last, each with its place ``at``."""
    rows = [{"at": i, **row} for i, row in enumerate(tables.over_time(measures))]
    there = [row["at"] for row in rows if row["documents"]]
    return rows[there[0] : there[-1] + 1] if there else []


def _adversaries(runs: tuple[Run, Run]) -> list[Row]:
    """The adversaries named most in either run: the share of statements that name them."""
    counts = [
        {
            row["name"]: row["n"]
            for row in run.rows(
                "SELECT one.name AS name, count(*) AS n FROM "
                "(SELECT unnest(adversaries) AS one FROM counted) GROUP BY ALL"
            )
        }
        for run in runs
    ]
    totals = [run.row("SELECT count(*) AS n FROM counted")["n"] for run in runs]
    if not all(totals):
        return []
    shares = [
        {name: n / total for name, n in found.items()}
        for found, total in zip(counts, totals, strict=True)
    ]
    leading = sorted(
        {*shares[0], *shares[1]},
        key=lambda name: (-max(share.get(name, 0) for share in shares), name),
    )
    rows = []
    for name in leading[:_ADVERSARIES]:
        found = [
            _share(have.get(name, 0), total, seed)
            for seed, (have, total) in enumerate(zip(counts, totals, strict=True), 1)
        ]
        less = estimate(found[1] - found[0], min(totals))
        one, other = (
            unless_nothing(estimate(share, total))
            for share, total in zip(found, totals, strict=True)
        )
        rows.append({"adversary": name, **_pair(one, other, less)})
    return rows


def _share(named: int, total: int, seed: int, resamples: int = 1_000) -> np.ndarray:
    """The share of statements that name somebody, in per cent, as it is and resampled."""
    drawn = np.random.default_rng(seed).binomial(total, named / total, resamples)
    return np.concatenate([[named], drawn]) * NAMED.scale / total


def _distribution(runs: tuple[Run, Run]) -> list[Row]:
    """How many of 100 statements score in each tenth of the scale, in either run."""
    shares = []
    for run in runs:
        counts = {
            row["tenth"]: row["n"]
            for row in run.rows(
                "SELECT least(floor(casus_belli / 10), 9)::INTEGER AS tenth, count(*) AS n "
                "FROM counted WHERE casus_belli IS NOT NULL GROUP BY tenth"
            )
        }
        total = sum(counts.values())
        shares.append([100 * counts.get(i, 0) / total if total else 0.0 for i in range(10)])
    return [
        {
            "score": f"{10 * i} to {10 * i + 10}",
            "first": tables.rounded(shares[0][i]),
            "second": tables.rounded(shares[1][i]),
        }
        for i in range(10)
    ]
