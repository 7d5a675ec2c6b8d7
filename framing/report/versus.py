"""Two runs as one page, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from framing.report import charts, tables
from framing.report.comparison import Comparison, compare
from framing.report.html import environment
from framing.report.measures import Measures, upper_bands
from framing.report.page import both, frame, span
from framing.report.passages import passages
from framing.report.runs import Run
from framing.report.statements import ranking

Row = dict[str, Any]

_RANKED = 10
_PASSAGES = 5
_LOOKED_AT = 80


def comparison_page(
    runs: tuple[Run, Run],
    names: tuple[str, str] | None,
    title: str | None,
    on_step: Callable[[str], None],
) -> Iterator[str]:
    """The page that sets two runs side by side, piece by piece."""
    on_step("measuring")
    found = compare(runs, names)
    book = runs[0].codebook
    on_step("reading passages")
    sides = [
        _side(run, name, measures)
        for run, name, measures in zip(runs, found.names, found.measures, strict=True)
    ]
    scored = tables.is_scored(book) and any(m.total.count("scored", 0) for m in found.measures)
    on_step("drawing")
    context = {
        **frame(runs[0], title or f"{found.names[0]} and {found.names[1]}"),
        "sides": sides,
        "scored": scored,
        "repeats": runs[0].repeats,
        "same_model": found.same_model,
        "differences": [
            {**row, "says": _says(row["figure"], runs[0])} for row in found.differences
        ],
        "adversaries": found.adversaries,
        "adversary_top": _top(found.adversaries),
        "label_top": _top([r for r in found.differences if r["figure"] in book.names]),
        "grain": found.calendar.grain,
        "score_chart": _score_chart(found) if scored else None,
        "distribution": both(
            lambda width: charts.distributions(
                [[row[key] for row in found.distribution] for key in ("first", "second")],
                width,
                "How many of 100 statements score in each tenth of the scale",
            )
        )
        if scored
        else None,
        "distribution_rows": found.distribution,
    }
    on_step("writing")
    yield from environment().get_template("versus.html").generate(context)


def _side(run: Run, name: str, measures: Measures) -> Row:
    """What is shown of one run alone."""
    ranked = ranking(run, _LOOKED_AT)
    return {
        "name": name,
        "documents": measures.total.count("documents", 0),
        "sentences": measures.total.count("sentences", 0),
        "span": span(measures),
        "ranking": ranked[:_RANKED],
        "passages": passages(run, ranked, _PASSAGES),
        "counts": run.manifest["counts"],
        "about": frame(run, name)["about"],
    }


def _says(figure: str, run: Run) -> str:
    says = {
        "score": "mean casus-belli score, of 100",
        "upper_bands": f"statements rated “{'” or “'.join(upper_bands(run))}”, %",
        "accusing": "sentences that accuse or threaten, %",
        "backed": "of these, backed by something to check, %",
    }
    return says.get(figure, "")


def _top(rows: list[Row]) -> float:
    """The end of a scale that holds all intervals of both runs."""
    ends = [row[key] for row in rows for key in ("first_high", "second_high", "first", "second")]
    return max([end for end in ends if end is not None], default=1.0) * 1.05 or 1.0


def _score_chart(found: Comparison) -> dict[str, Any] | None:
    series = [
        charts.Series(name, colour, rows)
        for (name, rows), colour in zip(found.over_time.items(), ("accent", "second"), strict=True)
    ]
    if sum(len(one.rows) for one in series) < tables.PERIODS_FOR_A_CHART:
        return None
    return both(
        lambda width: charts.compared(
            found.calendar, series, width, f"Mean score of both runs by {found.calendar.grain}"
        )
    )
