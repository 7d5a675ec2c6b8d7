"""The drawings of an evaluation, in the style of the reports: colours are those of the codebook.

Every label has a panel of its own, so that nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from framing.codebook import Codebook
from framing.evaluation.curves import Bin, PrecisionRecall
from framing.evaluation.metrics import Quality
from framing.report.svg import canvas, colour, markup, styled

_PANEL = (320, 260)
_TICKS = ([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])


def reliability_panels(bins: Sequence[Bin], codebook: Codebook) -> dict[str, str]:
    """A reliability diagram for each label that has bins."""
    return {
        name: _reliability([part for part in bins if part.label == name], k, name)
        for k, name in enumerate(codebook.names)
        if any(part.label == name for part in bins)
    }


@styled
def _reliability(bins: Sequence[Bin], k: int, name: str) -> str:
    figure, axes = canvas(*_PANEL)
    stated = np.array([part.stated for part in bins])
    observed = np.array([part.observed for part in bins])
    ends = np.array([[part.low, part.high] for part in bins]).T
    axes.plot([0, 1], [0, 1], color=colour("muted"), linewidth=1, linestyle=(0, (4, 3)))
    gaps = np.clip([observed - ends[0], ends[1] - observed], 0, None)
    axes.errorbar(
        stated, observed, gaps, color=colour(f"k{k}"), linewidth=1.6, elinewidth=1.2, marker="o",
        markersize=5,
    )  # fmt: skip
    _unit(axes, "stated probability", "share that has the label")
    points = ", ".join(f"{part.stated:.2f}: {part.observed:.2f}" for part in bins)
    return markup(figure, f"reliability{k}", f"Reliability of {name}, stated: observed. {points}")


def precision_recall_panels(
    curves: Sequence[PrecisionRecall], codebook: Codebook
) -> dict[str, str]:
    """A precision-recall curve for each label that occurs."""
    by_name = {curve.label: curve for curve in curves}
    return {
        name: _precision_recall(by_name[name], k)
        for k, name in enumerate(codebook.names)
        if name in by_name
    }


@styled
def _precision_recall(curve: PrecisionRecall, k: int) -> str:
    figure, axes = canvas(*_PANEL)
    axes.plot(curve.recall, curve.precision, color=colour(f"k{k}"), linewidth=1.8)
    recall, precision = curve.at
    axes.plot(
        [recall], [precision], marker="D", markersize=8, color=colour("ink"),
        markeredgecolor=colour("paper"),
    )  # fmt: skip
    _unit(axes, "recall", "precision")
    says = f"Precision over recall of {curve.label}; the model decides at precision {precision:.2f}"
    return markup(figure, f"precision{k}", f"{says} and recall {recall:.2f}")


@styled
def over_time(values: Mapping[str, Quality], view: str, width: int) -> str:
    """Micro-F1 of each decade or year with its interval."""
    figure, axes = canvas(width, 300)
    at = np.arange(len(values))
    found = [quality.micro for quality in values.values()]
    f1 = np.array([row.f1 for row in found])
    ends = np.array([row.f1_interval for row in found]).T
    axes.errorbar(
        at, f1, np.clip([f1 - ends[0], ends[1] - f1], 0, None), color=colour("accent"),
        linewidth=0, elinewidth=1.4, marker="o", markersize=6,
    )  # fmt: skip
    axes.set_ylim(0, 1)
    axes.set_yticks(*_TICKS)
    step = max(1, round(len(values) * 60 / width))
    axes.set_xticks(at[::step], list(values)[::step])
    axes.set_xlim(-0.6, len(values) - 0.4)
    told = ", ".join(f"{value} {row.f1:.2f}" for value, row in zip(values, found, strict=True))
    return markup(figure, f"time{view}{width}", f"Micro-F1 by {view}: {told}")


def _unit(axes: Any, across: str, up: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xticks(*_TICKS)
    axes.set_yticks(*_TICKS)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
