"""An evaluation as data: one flat row a figure for CSV, everything for JSON, Markdown to cite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from framing.evaluation.confusion import NONE
from framing.evaluation.metrics import LabelQuality, Quality
from framing.evaluation.report import Evaluation

About = Mapping[str, Any]

EXPLAINED = (
    "Each figure is followed by its 95 % interval, from a bootstrap over documents; documents that "
    "repeat each other count as one. AP is average precision, ECE the expected calibration error "
    "in ten bins, its interval freed of the bias of resampling. Macro is the mean over labels, "
    "micro takes all decisions as one."
)
HEAD = ("precision", "recall", "F1", "AP", "Brier", "ECE")
_FIGURES = ("precision", "recall", "f1", "average_precision", "brier", "calibration_error")


def measured(evaluation: Evaluation) -> Iterator[tuple[str, str, str, Quality]]:
    """(model or baseline, view, value, quality) of everything measured, the whole first."""
    for who, whole in (("model", evaluation.whole), ("baseline", evaluation.baseline)):
        for value, found in whole.items():
            yield who, "all", value, found
    for view, values in evaluation.views.items():
        for value, found in values.items():
            yield "model", view, value, found


def rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One row a label, macro and micro of everything measured, with bounds as columns."""
    return [
        {
            "of": who,
            "view": view,
            "value": value,
            "sentences": found.sentences,
            "documents": found.documents,
            **row.flat(),
        }
        for who, view, value, found in measured(evaluation)
        for row in found.rows
    ]


def as_dict(evaluation: Evaluation, about: About) -> dict[str, Any]:
    """Everything, JSON-ready; ``about`` says of which model and data."""
    return {
        **about,
        "how": evaluation.how,
        "labels": list(evaluation.labels),
        "measured": [
            {"of": who, "view": view, "value": value, **found.as_dict()}
            for who, view, value, found in measured(evaluation)
        ],
        "confusion": evaluation.confusion.records(),
        "errors": [asdict(mistake) for mistake in evaluation.mistakes],
        "precision_recall": [asdict(curve) for curve in evaluation.curves],
        "reliability": [asdict(part) for part in evaluation.bins],
    }


def cells(row: LabelQuality) -> list[tuple[str, str]]:
    """Each of the six figures and its interval, in words, in the order of ``HEAD``."""
    found = []
    for name in _FIGURES:
        low, high = getattr(row, f"{name}_interval")
        found.append((f"{getattr(row, name):.3f}", f"{low:.3f} to {high:.3f}"))
    return found


def markdown(evaluation: Evaluation, about: About) -> str:
    """The evaluation as Markdown: every figure, the confusion, the errors quoted."""
    lines = [
        f"# Evaluation of `{about['model']}`",
        "",
        f"Model digest `{about['digest']}`, kind {about['kind']}. Data: `{about['data']}`, digest "
        f"`{about['data_digest']}`. The model was {evaluation.how}. Command: `{about['command']}`.",
        "",
        EXPLAINED,
    ]
    for who, view, value, found in measured(evaluation):
        if view != "all":
            continue
        lines += ["", f"## {who.capitalize()}, {value}", "", _size(found), ""]
        lines += _table(
            ("label", "n", *HEAD),
            [
                (
                    row.label,
                    str(row.support),
                    *(f"{figure} ({ends})" for figure, ends in cells(row)),
                )
                for row in found.rows
            ],
        )
    for view, values in evaluation.views.items():
        if values:
            lines += ["", f"## By {view}", "", *_view(evaluation.labels, values)]
    lines += ["", "## Which label in place of which", "", *_confusion(evaluation)]
    if evaluation.mistakes:
        lines += ["", "## Errors to learn from", "", *_errors(evaluation)]
    return "\n".join(lines) + "\n"


def _size(found: Quality) -> str:
    return f"{found.sentences:,} sentences of {found.documents:,} documents."


def _view(labels: tuple[str, ...], values: dict[str, Quality]) -> list[str]:
    """Micro-F1 and F1 by label; a label that does not occur there has no figure."""
    table = [
        (
            value,
            f"{found.sentences:,}",
            f"{found.documents:,}",
            "{} ({})".format(*cells(found.micro)[2]),
            *(f"{row.f1:.3f}" if row.support else "" for row in found.labels),
        )
        for value, found in values.items()
    ]
    return _table(("", "sentences", "documents", "micro-F1", *labels), table)


def _confusion(evaluation: Evaluation) -> list[str]:
    found = evaluation.confusion
    table = [
        (name, *(f"{count:,}" for count in counts))
        for name, counts in zip(found.labels, found.counts.tolist(), strict=True)
    ]
    return [
        "Rows: what the annotator says; columns: what the model says in its place; on the "
        f"diagonal both agree. `{NONE}`: no label on that side.",
        "",
        *_table(("", *found.labels), table),
    ]


def _errors(evaluation: Evaluation) -> list[str]:
    lines: list[str] = []
    cell = None
    for mistake in evaluation.mistakes:
        if cell != (mistake.missed, mistake.given):
            cell = (mistake.missed, mistake.given)
            lines += ["", f"### {told(*cell)}", ""]
        by = ", ".join(part for part in (mistake.speaker, mistake.date, mistake.source) if part)
        chances = ", ".join(
            f"{name} {mistake.probabilities[name]:.2f}"
            for name in dict.fromkeys((*mistake.labels, *mistake.model))
        )
        lines.append(f"- {_plain(mistake.text)} ({_plain(by)}; {chances})")
    return lines[1:]


def told(missed: str, given: str) -> str:
    """A cell of the confusion in words."""
    if missed == NONE:
        return f"{given} given where there is no label"
    if given == NONE:
        return f"{missed} missed, nothing given"
    return f"{given} given in place of {missed}"


def _plain(text: str) -> str:
    """Text of others in Markdown: one line, no mark-up of its own."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|!" else c for c in " ".join(text.split()))


def _table(head: tuple[str, ...], body: list[tuple[str, ...]]) -> list[str]:
    def line(parts: tuple[str, ...]) -> str:
        return "| " + " | ".join(_cell(part) for part in parts) + " |"

    return [line(head), line(("---",) * len(head)), *(line(parts) for parts in body)]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
