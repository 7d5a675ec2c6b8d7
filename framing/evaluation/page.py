"""An evaluation as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from framing.codebook import Codebook
from framing.evaluation import figures
from framing.evaluation.confusion import NONE
from framing.evaluation.metrics import Quality
from framing.evaluation.records import EXPLAINED, HEAD, About, cells, told
from framing.evaluation.report import Evaluation

_TEMPLATE = files("framing.evaluation") / "templates" / "evaluation.html"
_TIMES = ("year", "decade")
_FEWEST = 3  # points below which a chart over time says nothing
_WIDE, _NARROW = 1000, 350


def page(evaluation: Evaluation, about: About, codebook: Codebook) -> str:
    """The page. Raises ``FramingError`` where the extra ``report`` is not installed."""
    from framing.report.html import assets, environment, need_libraries

    need_libraries()
    from jinja2 import ChoiceLoader, DictLoader

    made = environment()
    own = DictLoader({"evaluation.html": _TEMPLATE.read_text(encoding="utf-8")})
    made.loader = ChoiceLoader([own, made.loader] if made.loader else [own])
    labels = {
        label.name: {"index": i, "code": label.code, "title": label.title}
        for i, label in enumerate(codebook.labels)
    }
    return made.get_template("evaluation.html").render(
        title=f"Evaluation of {about['model']}",
        about=about,
        assets=assets(codebook),
        version=version("framing"),
        labels=labels,
        explained=EXPLAINED,
        head=HEAD,
        how=evaluation.how,
        wholes=[
            (f"{who}, {value}", _whole(found))
            for who, part in (("Model", evaluation.whole), ("Baseline", evaluation.baseline))
            for value, found in part.items()
        ],
        reliability=figures.reliability_panels(evaluation.bins, codebook),
        curves=figures.precision_recall_panels(evaluation.curves, codebook),
        views=[(view, _view(values)) for view, values in evaluation.views.items() if values],
        times=_times(evaluation.views),
        confusion=_confusion(evaluation),
        none=NONE,
        errors=_errors(evaluation),
    )


def _whole(found: Quality) -> dict[str, Any]:
    return {
        "sentences": found.sentences,
        "documents": found.documents,
        "rows": [{"label": r.label, "support": r.support, "cells": cells(r)} for r in found.rows],
    }


def _view(values: Mapping[str, Quality]) -> list[dict[str, Any]]:
    found = []
    for value, quality in values.items():
        low, high = quality.micro.f1_interval
        found.append(
            {
                "value": value,
                "sentences": quality.sentences,
                "documents": quality.documents,
                "micro": {"value": quality.micro.f1, "low": low, "high": high},
                "f1": [row.f1 if row.support else None for row in quality.labels],
            }
        )
    return found


def _times(views: Mapping[str, Mapping[str, Quality]]) -> dict[str, dict[str, Any]]:
    from markupsafe import Markup

    return {
        view: {
            "wide": Markup(figures.over_time(values, view, _WIDE)),
            "narrow": Markup(figures.over_time(values, view, _NARROW)),
        }
        for view, values in views.items()
        if view in _TIMES and len(values) >= _FEWEST
    }


def _confusion(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Rows of cells, each with its share of the row's errors, for the shade behind the number."""
    counts = evaluation.confusion.counts
    found = []
    for i, name in enumerate(evaluation.confusion.labels):
        wrong = max(int(counts[i].sum() - counts[i, i]), 1)
        found.append(
            {
                "label": name,
                "cells": [
                    {"n": int(n), "shade": 0 if i == j else n / wrong, "same": i == j}
                    for j, n in enumerate(counts[i])
                ],
            }
        )
    return found


def _errors(evaluation: Evaluation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for mistake in evaluation.mistakes:
        title = told(mistake.missed, mistake.given)
        if not found or found[-1]["title"] != title:
            found.append({"title": title, "mistakes": []})
        names = tuple(dict.fromkeys((*mistake.labels, *mistake.model)))
        found[-1]["mistakes"].append(
            {
                "text": mistake.text,
                "title": mistake.document,
                "date": mistake.date,
                "source": mistake.source,
                "speaker": mistake.speaker,
                "labels": mistake.labels,
                "model": [(name, mistake.probabilities[name]) for name in names],
                "given": set(mistake.model),
            }
        )
    return found
