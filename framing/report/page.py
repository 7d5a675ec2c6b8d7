"""One run as a page: gathers tables and drawings, and lets the template write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

from framing.report import charts, tables
from framing.report.html import assets, environment
from framing.report.measures import SCORE, Measures, measure, share_of, upper_bands
from framing.report.passages import examples, passages
from framing.report.runs import Run
from framing.report.statements import ranking, statements

Row = dict[str, Any]
Step = Callable[[str], None]

RANKED = 20
_PASSAGES = 16
_LOOKED_AT = 120  # statements whose passages are read, so that some differ from one another
_EXAMPLES = 6
_HEADINGS = {
    "source": ("By source", "The {n} sources of most statements: mean score by {grain}."),
    "speaker": ("By speaker", "The {n} speakers of most statements: mean score by {grain}."),
    "adversary": (
        "Against whom",
        "The {n} adversaries that most statements name in sentences which accuse or threaten: "
        "per cent of statements that do, by {grain}, each on a scale of its own.",
    ),
}


def run_page(run: Run, title: str | None, listed: int, on_step: Step) -> Iterator[str]:
    """The page of one run, piece by piece; ``listed`` statements at most go into its table."""
    on_step("measuring")
    measures = measure(run)
    book = run.codebook
    scored = tables.is_scored(book)
    documents = run.row("SELECT count(*) AS n FROM counted")["n"]
    everything = run.row("SELECT count(*) AS n FROM documents")["n"]
    sources = run.row("SELECT min(source) AS one, count(DISTINCT source) AS n FROM documents")
    speakers = run.row("SELECT count(speaker) AS n FROM documents")["n"]
    on_step("reading passages")
    ranked = ranking(run, _LOOKED_AT)
    context = {
        **frame(run, title or (sources["one"] if sources["n"] == 1 else None) or run.name),
        "documents": documents,
        "scored": scored and measures.total.count("scored", 0) > 0,
        "span": span(measures),
        "only_source": sources["n"] == 1,
        "many_sources": sources["n"] > 1,
        "any_speaker": speakers > 0,
        "counts": run.manifest["counts"],
        "finished": str(run.manifest.get("finished", ""))[:10],
        "repeats": run.repeats,
        "dated": measures.dated,
        "undated": documents - measures.dated,
        "grain": measures.calendar.grain,
        "periods": len(measures.calendar),
        "lead": lead(run, measures),
        "tiles": tiles(run, measures),
        "bands": bands(run),
        "ranking": ranked[:RANKED],
        "passages": passages(run, ranked, _PASSAGES),
        "examples": examples(run, _EXAMPLES),
        "listed": everything,
        "cut": listed if everything > listed else None,
        "statements": statements(run, listed),
        **_over_time(measures, scored, on_step),
    }
    context["groups"] = groups(measures, on_step)
    context["contents"] = _contents(context)
    on_step("writing")
    yield from environment().get_template("run.html").generate(context)


def frame(run: Run, title: str) -> Row:
    """What every page needs: title, style, labels, and what is known of the model."""
    book, model = run.codebook, run.manifest["model"]
    metrics, own = (
        tables.mapping(part) for part in (model.get("metrics"), run.manifest.get("codebook"))
    )
    labels = {
        label.name: {
            "index": i,
            "code": label.code,
            "title": label.title,
            "definition": label.definition,
            "absent": label.absent,
        }
        for i, label in enumerate(book.labels)
    }
    about = {
        "name": model.get("name"),
        "kind": model.get("kind"),
        "digest": str(model.get("digest", ""))[:12],
        "codebook": own.get("name", book.name),
        "codebook_version": own.get("version", book.version),
        "macro_f1": tables.figure(metrics.get("macro_f1")),
        "macro_f1_interval": tables.ends(metrics.get("macro_f1_interval")),
        "how": metrics.get("how"),
        "quality": tables.quality(model),
    }
    return {
        "title": title,
        "assets": assets(book),
        "labels": labels,
        "about": about,
        "version": version("framing"),
    }


def span(measures: Measures) -> str:
    """From when to when the dated statements are; empty where none is dated."""
    calendar, cells = measures.calendar, measures.periods
    there = [i for i in range(len(calendar)) if cells.count("documents", i)]
    ends = dict.fromkeys(calendar.spoken(i) for i in (there[0], there[-1])) if there else ()
    return " to ".join(ends)


def tiles(run: Run, measures: Measures) -> list[Row]:
    """The headline figures with what they say; of labels only where there is no score."""
    says = {
        "score": "mean casus-belli score of a statement, of 100",
        "upper_bands": f"of statements are rated “{'” or “'.join(upper_bands(run))}”",
        "accusing": "of sentences accuse or threaten",
        "backed": "of these are backed by something that can be checked",
    }
    labels = {label.name: label.title for label in run.codebook.labels}
    rows = tables.headline(measures, run.codebook)
    own = [row for row in rows if row["figure"] in says]
    return [
        {
            **row,
            "unit": "" if row["figure"] == "score" else " %",
            "says": says.get(row["figure"]) or "of sentences: " + labels[row["figure"]],
            "label": row["figure"] if row["figure"] in labels else None,
        }
        for row in own or rows
    ]


def bands(run: Run) -> list[Row]:
    """How many statements get each step of the rating, from the highest."""
    counts = {
        row["band"]: row["n"]
        for row in run.rows("SELECT band, count(*) AS n FROM counted GROUP BY band")
        if row["band"] is not None
    }
    total = sum(counts.values())
    steps = sorted(run.codebook.rating, key=lambda band: -band.value)
    return [
        {
            "title": band.title,
            "documents": counts.get(band.value, 0),
            "share": 100 * counts.get(band.value, 0) / total,
        }
        for band in steps
        if total
    ]


def lead(run: Run, measures: Measures) -> str:
    """The figures in a sentence or two."""
    parts = []
    score = measures.total.estimate(SCORE, 0)
    if score.value is None:
        return ""
    parts.append(f"On average a statement scores {score.value:.0f} of 100.")
    means = tables.time_rows(measures.periods, SCORE)
    sure = [i for i, row in enumerate(means) if row["low"] is not None]
    if tables.enough_periods(measures) and len(sure) > 1:
        top, low = (pick(sure, key=lambda i: means[i]["value"]) for pick in (max, min))
        parts.append(
            f"The mean was highest in {measures.calendar.spoken(top)} ({means[top]['value']:.0f}) "
            f"and lowest in {measures.calendar.spoken(low)} ({means[low]['value']:.0f})."
        )
    named = tables.by_group(measures, "adversary")[:3]
    if named:
        names = ", ".join(f"{row['adversary']} ({row['documents']:,})" for row in named)
        parts.append(f"Most statements that accuse or threaten name: {names}.")
    return " ".join(parts)


def groups(measures: Measures, on_step: Step) -> list[Row]:
    """Sources, speakers and adversaries, each with a small chart; none of which there is one."""
    found = []
    for kind, (heading, says) in _HEADINGS.items():
        rows = tables.by_group(measures, kind)
        if not rows or (len(rows) == 1 and kind != "adversary"):
            continue
        drawn = tables.enough_periods(measures)
        found.append(
            {
                "kind": kind,
                "heading": heading,
                "says": says.format(n=len(rows), grain=measures.calendar.grain)
                if drawn
                else says.format(n=len(rows), grain="").split(":")[0] + ".",
                "rows": rows,
                "panels": _panels(measures, kind, on_step) if drawn else [],
            }
        )
    return found


def _panels(measures: Measures, kind: str, on_step: Step) -> list[Row]:
    series = tables.by_group_over_time(measures, kind)
    common = None if kind == "adversary" else charts.common_top(series.values())
    panels = []
    for i, (name, rows) in enumerate(series.items()):
        on_step("drawing")
        documents = sum(row["documents"] for row in rows)
        panels.append(
            {
                "name": name,
                "says": f"{documents:,} dated statements",
                "drawn": charts.small(
                    measures.calendar,
                    [charts.Series(name, "accent", rows)],
                    common or charts.common_top([rows]),
                    f"{kind}{i}",
                    f"By {measures.calendar.grain}; the figures are in the table",
                ),
            }
        )
    return panels


def _over_time(measures: Measures, scored: bool, on_step: Step) -> Row:
    """Charts over time, or None where there are too few periods."""
    nothing: Row = {"score_chart": None, "label_charts": None, "evidence_chart": None}
    if not tables.enough_periods(measures):
        return nothing
    on_step("drawing")
    calendar, found = measures.calendar, nothing
    if scored:
        rows, changed = tables.over_time(measures), tables.changes(measures)
        evidence = tables.evidence_over_time(measures)
        found |= {
            "window": tables.window(measures),
            "over_time": rows,
            "changes": changed,
            "time_head": _head(calendar.grain, "statements", "mean score", "low", "high"),
            "score_chart": both(
                lambda width: charts.score_over_time(
                    calendar, rows, changed, width, f"Mean score by {calendar.grain}"
                )
            ),
            "evidence": evidence,
            "evidence_head": [
                (calendar.grain, "period"),
                ("sentences", "sentences"),
                ("accusing", "accusing"),
                ("backed", "backed"),
                ("% backed", "backed_share"),
                ("low", "low"),
                ("high", "high"),
            ],
            "evidence_chart": both(
                lambda width: charts.evidence(
                    calendar, evidence, width, f"Accusing sentences by {calendar.grain}, and backed"
                )
            ),
        }
    return found | _label_charts(measures, on_step)


def _label_charts(measures: Measures, on_step: Step) -> Row:
    calendar = measures.calendar
    series = tables.labels_over_time(measures)
    top = charts.common_top(series.values())
    panels = []
    for i, (name, rows) in enumerate(series.items()):
        on_step("drawing")
        whole = measures.total.estimate(share_of(name), 0)
        panels.append(
            {
                "name": name,
                "whole": tables.bounds(whole),
                "drawn": charts.small(
                    calendar,
                    [charts.Series(name, f"k{i}", rows)],
                    top,
                    f"label{i}",
                    f"Sentences in 100 by {calendar.grain}",
                ),
            }
        )
    periods = [
        {"period": period, **{name: rows[i]["value"] for name, rows in series.items()}}
        for i, period in enumerate(calendar.names)
    ]
    head = [(calendar.grain, "period"), *((name, name) for name in series)]
    return {"label_charts": panels, "label_rows": periods, "label_head": head}


def both(draw: Callable[[int], str]) -> dict[str, Any]:
    """A drawing for a page and one for a telephone."""
    return {"wide": draw(charts.WIDE), "narrow": draw(charts.NARROW)}


def _head(grain: str, *titles: str) -> list[tuple[str, str]]:
    return list(zip((grain, *titles), ("period", "documents", "value", "low", "high"), strict=True))


def _contents(context: Row) -> list[tuple[str, str]]:
    scored = context["scored"]
    return [
        *([("time", "Over time")] if scored else []),
        *([("labels", "What the sentences do")] if context["label_charts"] else []),
        *([("evidence", "Evidence")] if context["evidence_chart"] else []),
        *((group["kind"], group["heading"]) for group in context["groups"]),
        *([("ranking", "Strongest statements")] if scored else []),
        ("passages", "In their words"),
        ("statements", "All statements"),
        ("methods", "Methods and limits"),
    ]
