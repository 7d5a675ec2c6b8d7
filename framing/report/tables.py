"""The report's figures as tables: lists of plain rows, for the page, for JSON and for CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from framing.codebook import Codebook
from framing.report.changes import change_points
from framing.report.measures import (
    ACCUSING,
    BACKED,
    NAMED,
    SCORE,
    UPPER,
    Cells,
    Estimate,
    Figure,
    Measures,
    estimate,
    share_of,
)

Row = dict[str, Any]

# Periods in one moving average: a week of days, a quarter of months, …
_WINDOWS = {"day": 7, "week": 5, "month": 3, "year": 3, "decade": 1}
PERIODS_FOR_A_CHART = 3


def bounds(found: Estimate, name: str = "value", digits: int = 2) -> Row:
    """An estimate as cells: the value, ``low`` and ``high``."""
    return {
        name: rounded(found.value, digits),
        "low": rounded(found.low, digits),
        "high": rounded(found.high, digits),
    }


def rounded(value: float | None, digits: int = 2) -> float | None:
    """A rounded figure; None stays None."""
    return None if value is None else round(float(value), digits)


def is_scored(codebook: Codebook) -> bool:
    """Whether the codebook has the roles that a score needs."""
    return bool(codebook.with_role("frame") and codebook.with_role("force"))


def window(measures: Measures) -> int:
    """How many periods the moving average takes together."""
    return _WINDOWS[measures.calendar.grain]


def headline_figures(codebook: Codebook) -> list[tuple[str, str, Figure]]:
    """What the report says of a run in a few numbers: name, unit, figure."""
    figures = []
    if is_scored(codebook):
        figures.append(("score", "of 100", SCORE))
        if codebook.rating:
            figures.append(("upper_bands", "% of statements", UPPER))
        figures.append(("accusing", "% of sentences", ACCUSING))
        if codebook.with_role("evidence"):
            figures.append(("backed", "% of accusing sentences", BACKED))
    return [*figures, *((name, "% of sentences", share_of(name)) for name in codebook.names)]


def headline(measures: Measures, codebook: Codebook) -> list[Row]:
    """The headline figures of a run with their intervals."""
    return [
        {"figure": name, **bounds(measures.total.estimate(figure, 0)), "unit": unit}
        for name, unit, figure in headline_figures(codebook)
    ]


def over_time(measures: Measures) -> list[Row]:
    """The mean score of each period, and the moving average, both with intervals."""
    return time_rows(measures.periods, SCORE, window(measures))


def time_rows(cells: Cells, figure: Figure, width: int = 1) -> list[Row]:
    """A figure by period; with a ``width`` above 1 also its centred moving average."""
    rows = []
    for i, period in enumerate(cells.keys):
        found = cells.estimate(figure, i)
        row = {"period": period, "documents": cells.count("documents", i), **bounds(found)}
        if width > 1:
            reach = width // 2
            near = slice(max(0, i - reach), min(len(cells.keys), i + reach + 1))
            mean = cells.estimate_pooled(figure, near)
            row |= {f"average_{key}": value for key, value in bounds(mean).items()}
        rows.append(row)
    return rows


def changes(measures: Measures) -> list[Row]:
    """Periods in which the level of the score changes, with the levels before and after."""
    cells, names = measures.periods, measures.calendar.names
    means = np.array([cells.resamples(SCORE, i)[0] for i in range(len(names))])
    counts = np.array([cells.count("scored", i) for i in range(len(names))])
    rows = []
    for change in change_points(np.nan_to_num(means), counts):
        before = cells.pooled(SCORE, slice(change.begin, change.index))
        after = cells.pooled(SCORE, slice(change.index, change.end))
        found = estimate(after - before, int(counts[change.begin : change.end].sum()))
        rows.append(
            {
                "period": names[change.index],
                "since": names[change.begin],
                "until": names[change.end - 1],
                "before": rounded(before[0]),
                "after": rounded(after[0]),
                **bounds(found, "difference"),
                "p": change.p,
            }
        )
    return rows


def labels_over_time(measures: Measures) -> dict[str, list[Row]]:
    """The share of sentences with each label, in per cent, by period."""
    return {name: time_rows(measures.periods, share_of(name)) for name in measures.labels}


def evidence_over_time(measures: Measures) -> list[Row]:
    """How many sentences accuse, how many of them are backed, and the share backed, by period."""
    cells, rows = measures.periods, []
    for i, period in enumerate(cells.keys):
        sentences, accusing, backed = (
            cells.count(name, i) for name in ("sentences", "accusing", "backed")
        )
        rows.append(
            {
                "period": period,
                "sentences": sentences,
                "accusing": accusing,
                "backed": backed,
                "unbacked": accusing - backed,
                "backed_per_100": rounded(100 * backed / sentences) if sentences else None,
                "unbacked_per_100": (
                    rounded(100 * (accusing - backed) / sentences) if sentences else None
                ),
                **bounds(cells.estimate(BACKED, i), "backed_share"),
            }
        )
    return rows


def by_group(measures: Measures, kind: str) -> list[Row]:
    """The leading sources, speakers or adversaries, with the score of their statements."""
    cells = measures.by[kind]
    rows = []
    for i, name in enumerate(cells.keys):
        score, share = cells.estimate(SCORE, i), cells.estimate(NAMED, i)
        rows.append(
            {
                kind: name,
                "documents": cells.count("documents", i),
                "share_of_documents": rounded(share.value),
                **bounds(score, "score"),
                "accusing": rounded(cells.estimate(ACCUSING, i).value),
                "backed": rounded(cells.estimate(BACKED, i).value),
            }
        )
    return rows


def by_group_over_time(measures: Measures, kind: str) -> dict[str, list[Row]]:
    """By group and period: the score, or for adversaries the share of statements that name it."""
    figure = NAMED if kind == "adversary" else SCORE
    names = measures.by[kind].keys
    return {
        name: time_rows(cells, figure)
        for name, cells in zip(names, measures.by_period[kind], strict=True)
    }


def enough_periods(measures: Measures) -> bool:
    """Whether there are enough periods with statements for a chart over time."""
    counts = [measures.periods.count("documents", i) for i in range(len(measures.calendar))]
    return sum(count > 0 for count in counts) >= PERIODS_FOR_A_CHART


def quality(model: Mapping[str, Any]) -> list[Row]:
    """The model's measured quality by label; empty where it was not measured."""
    labels = mapping(model.get("metrics")).get("labels")
    rows = []
    for label in map(mapping, labels if isinstance(labels, list) else []):
        low, high = ends(label.get("f1_interval")) or (None, None)
        figures = {k: figure(label.get(k)) for k in ("support", "precision", "recall", "f1")}
        rows.append({"label": str(label.get("label")), **figures, "f1_low": low, "f1_high": high})
    return rows


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping of a manifest, empty where something else stands in its place."""
    return value if isinstance(value, Mapping) else {}


def figure(value: Any) -> float | None:
    """A number of a manifest, None where something else stands in its place."""
    return value if isinstance(value, (int, float)) else None


def ends(value: Any) -> tuple[float, float] | None:
    """The two ends of an interval of a manifest."""
    fits = isinstance(value, list) and len(value) == 2 and all(figure(v) is not None for v in value)
    return (value[0], value[1]) if fits else None


def flat(series: Mapping[str, list[Row]], key: str) -> Iterator[Row]:
    """Rows of several series as one table, the name of each in the column ``key``."""
    for name, rows in series.items():
        for row in rows:
            yield {key: name, **row}
