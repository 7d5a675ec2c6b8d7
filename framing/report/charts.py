"""The drawings of the report. Names of sources and people stand beside them, in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.report.runs import Calendar
from framing.report.svg import canvas, colour, markup, styled

if TYPE_CHECKING:
    from markupsafe import Markup

Row = Mapping[str, Any]

WIDE, NARROW = 1000, 350  # CSS pixels: the page's column, and a telephone's
_SMALL = (320, 150)


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart over time: a name, the colour of its line, and its rows."""

    name: str
    colour: str
    rows: Sequence[Row]


@styled
def score_over_time(
    calendar: Calendar,
    rows: Sequence[Row],
    changes: Sequence[Row],
    width: int,
    says: str,
) -> Markup:
    """The mean of each period with its interval, the moving average, and where it changes."""
    figure, axes = canvas(width, 340 if width == WIDE else 280)
    at = np.arange(len(rows))
    averaged = "average_value" in rows[0]
    _whiskers(axes, at, rows, "muted", 4.5 if width == WIDE else 2.5)
    if averaged:
        _band(axes, at, rows, "accent", "average_", "average_value")
    _scale(axes, rows, "high", "average_high", "value")
    for change in changes:
        _mark_change(axes, change, calendar)
    _periods(axes, calendar, width)
    tips = _tips(axes, rows, lambda row: _told(row, "statements"))
    return markup(figure, f"score{width}", says, tips)


@styled
def evidence(calendar: Calendar, rows: Sequence[Row], width: int, says: str) -> Markup:
    """Above: accusing sentences of 100, backed and not. Below: the share that is backed."""
    high = 380 if width == WIDE else 330
    figure, (above, below) = canvas(width, high, 2, sharex=True, height_ratios=[3, 2])
    at = np.arange(len(rows))
    backed, unbacked = _column(rows, "backed_per_100"), _column(rows, "unbacked_per_100")
    above.bar(at, backed, 0.8, color=colour("accent"))
    above.bar(
        at,
        unbacked,
        0.8,
        bottom=backed,
        facecolor=colour("paper"),
        hatch="////",
        edgecolor=colour("muted"),
        linewidth=0.7,
    )
    above.set_title(
        "accusing sentences in 100: backed (solid), not backed (hatched)"
        if width == WIDE
        else "accusing in 100 sentences",
        **_TITLE,
    )
    _whiskers(below, at, [{**row, "value": row["backed_share"]} for row in rows], "accent", 4)
    below.set_ylim(0, 100)
    below.set_yticks([0, 50, 100], ["0", "50", "100"])
    below.set_title(
        "of 100 of them, how many are backed, with the interval"
        if width == WIDE
        else "backed in 100 of them",
        **_TITLE,
    )
    _periods(below, calendar, width)
    tips = _tips(
        above,
        rows,
        lambda row: (
            f"{row['period']}: {row['accusing']} of {row['sentences']:,} sentences accuse, "
            f"{row['backed']} backed"
        ),
    )
    return markup(figure, f"evidence{width}", says, tips)


@styled
def small(calendar: Calendar, series: Sequence[Series], top: float, name: str, says: str) -> Markup:
    """A small chart of lines on a scale that its neighbours share."""
    figure, axes = canvas(*_SMALL)
    at = np.arange(len(calendar))
    for one in series:
        _band(axes, at, one.rows, one.colour)
    axes.set_ylim(0, top)
    axes.yaxis.get_major_locator().set_params(nbins=4)
    _periods(axes, calendar, _SMALL[0])
    return markup(figure, name, says)


@styled
def compared(calendar: Calendar, series: Sequence[Series], width: int, says: str) -> Markup:
    """Two series on one calendar; the first of round, the second of square marks."""
    figure, axes = canvas(width, 340 if width == WIDE else 280)
    for one, mark in zip(series, "os", strict=False):
        if not one.rows:
            continue
        place = np.array([row["at"] for row in one.rows])
        averaged = "average_value" in one.rows[0]
        _band(axes, place, one.rows, one.colour, *(("average_", "average_value") * averaged))
        _whiskers(axes, place, one.rows, one.colour, 4 if width == WIDE else 2.5, mark)
    _scale(axes, [row for one in series for row in one.rows], "high", "value")
    _periods(axes, calendar, width)
    return markup(figure, f"compared{width}", says)


@styled
def distributions(shares: Sequence[Sequence[float]], width: int, says: str) -> Markup:
    """Two distributions over tenths of the scale, side by side, in per cent."""
    figure, axes = canvas(width, 260)
    at = np.arange(len(shares[0])) * 10 + 5
    axes.bar(at - 2, shares[0], 3.6, color=colour("accent"))
    axes.bar(
        at + 2,
        shares[1],
        3.6,
        facecolor=colour("paper"),
        edgecolor=colour("second"),
        hatch="////",
        linewidth=1,
    )
    axes.set_xticks(range(0, 101, 20 if width == WIDE else 50))
    axes.set_xlim(0, 100)
    axes.yaxis.get_major_locator().set_params(nbins=4)
    return markup(figure, f"distribution{width}", says)


_TITLE: dict[str, Any] = {"loc": "left", "fontsize": 11, "color": colour("muted")}


def common_top(series: Iterable[Sequence[Row]]) -> float:
    """The top of a scale on which all lines fit, and intervals that are not extreme."""
    highest = 0.0
    for rows in series:
        values, high = _column(rows, "value"), _column(rows, "high")
        if np.isfinite(values).any():
            highest = max(highest, np.nanmax(values))
        if np.isfinite(high).any():
            highest = max(highest, float(np.nanquantile(high, 0.95)))
    return float(highest) * 1.08 or 1.0


def _column(rows: Sequence[Row], key: str) -> np.ndarray:
    return np.array([np.nan if row.get(key) is None else row[key] for row in rows], dtype=float)


def _band(
    axes: Any,
    at: np.ndarray,
    rows: Sequence[Row],
    name: str,
    prefix: str = "",
    key: str = "value",
) -> None:
    """A line with its interval about it; a value without neighbours is a dot."""
    values = _column(rows, key)
    low, high = _column(rows, f"{prefix}low"), _column(rows, f"{prefix}high")
    low, high = (np.where(np.isfinite(bound), bound, values) for bound in (low, high))
    axes.fill_between(at, low, high, color=colour(name), alpha=0.18, linewidth=0)
    axes.plot(at, values, color=colour(name), linewidth=1.8, solid_capstyle="round")
    there = np.isfinite(values)
    near = np.concatenate([[False], there[:-1]]) | np.concatenate([there[1:], [False]])
    alone = there & ~near
    if alone.any():
        axes.plot(at[alone], values[alone], "o", color=colour(name), markersize=3.5)


def _whiskers(
    axes: Any, at: np.ndarray, rows: Sequence[Row], name: str, size: float, mark: str = "o"
) -> None:
    """A mark for each value and a thin line for its interval; hollow where there is none."""
    values = _column(rows, "value")
    low, high = _column(rows, "low"), _column(rows, "high")
    axes.vlines(at, low, high, color=colour(name), linewidth=0.9, alpha=0.6)
    sure = np.isfinite(low)
    axes.plot(at[sure], values[sure], mark, color=colour(name), markersize=size)
    axes.plot(
        at[~sure],
        values[~sure],
        mark,
        color=colour(name),
        markersize=size,
        markerfacecolor=colour("paper"),
    )


def _scale(axes: Any, rows: Sequence[Row], *keys: str) -> None:
    """From 0 to a little above the highest thing shown."""
    highest = np.nanmax([np.nanmax([0.0, *_column(rows, key)]) for key in keys])
    axes.set_ylim(0, max(1.0, float(highest) * 1.12))


def _mark_change(axes: Any, change: Row, calendar: Calendar) -> None:
    """A dashed line where the level changes, and the levels on either side."""
    place, since, until = (
        calendar.names.index(change[key]) for key in ("period", "since", "until")
    )
    axes.axvline(place - 0.5, color=colour("ink"), linewidth=1, linestyle=(0, (4, 3)))
    for level, begin, end in (
        (change["before"], since - 0.5, place - 0.5),
        (change["after"], place - 0.5, until + 0.5),
    ):
        axes.hlines(level, begin, end, color=colour("ink"), linewidth=1, linestyle=(0, (1, 2)))
    axes.annotate(
        change["period"],
        (place - 0.5, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, -2),
        textcoords="offset points",
        va="top",
        fontsize=11,
    )


def _periods(axes: Any, calendar: Calendar, width: int) -> None:
    """Ticks at the beginnings of years where months are shown, else at whole periods."""
    names = calendar.names
    places = list(range(len(names)))
    if calendar.grain == "month" and len(names) > 18:
        places = [i for i in places if calendar.starts[i].month == 1]
        names = [name[:4] for name in names]
    room = max(2, width // 75)
    step = -(-len(places) // room)
    places = places[::step]
    axes.set_xticks(places, [names[i] for i in places])
    axes.set_xlim(-0.7, len(names) - 0.3)


def _tips(axes: Any, rows: Sequence[Row], tell: Any) -> dict[str, str]:
    """An unseen field over each period, for a reader who points at it."""
    tips = {}
    for i, row in enumerate(rows):
        axes.axvspan(i - 0.5, i + 0.5, facecolor="none", edgecolor="none", gid=f"tip{i}")
        tips[f"tip{i}"] = tell(row)
    return tips


def _told(row: Row, what: str) -> str:
    if row["value"] is None:
        return f"{row['period']}: no {what}"
    between = "" if row["low"] is None else f" ({row['low']:.0f} to {row['high']:.0f})"
    return f"{row['period']}: {row['value']:.0f}{between}, {row['documents']:,} {what}"
