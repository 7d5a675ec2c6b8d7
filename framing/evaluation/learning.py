"""Does more data still pay? Quality on unseen documents by how much of the data was learnt from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.codebook import Codebook
from framing.corpus.examples import LabelledSentence
from framing.corpus.splits import group_alike, grouped_folds
from framing.errors import CorpusError
from framing.evaluation.crossval import pairs_for, targets_of
from framing.evaluation.metrics import f1, resampled_f1

SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
_FOLDS = 5
_BOUNDS = (0.025, 0.975)
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Point:
    """Learnt from ``share`` of the documents: ``sentences`` of them, on average over the tests.

    ``gain`` is macro-F1 less that of the point before, on the same documents, with its interval.
    """

    share: float
    sentences: int
    macro_f1: float
    macro_f1_interval: Interval
    f1: dict[str, float]
    f1_intervals: dict[str, Interval]
    gain: float | None
    gain_interval: Interval | None

    def flat(self) -> dict[str, Any]:
        """One row for a spreadsheet."""
        row: dict[str, Any] = {
            "share": self.share,
            "sentences": self.sentences,
            "macro_f1": round(self.macro_f1, 4),
            "low": round(self.macro_f1_interval[0], 4),
            "high": round(self.macro_f1_interval[1], 4),
        }
        return row | {name: round(value, 4) for name, value in self.f1.items()}


def learning_curve(
    make: Callable[[], Any],
    sentences: Sequence[LabelledSentence],
    labels: Sequence[str],
    shares: Sequence[float] = SHARES,
    tests: int = 1,
    seed: int = 0,
    always: Sequence[LabelledSentence] = (),
    on_step: Callable[[], None] = lambda: None,
) -> list[Point]:
    """A point for each of ``shares``, smallest first; each part holds the smaller ones.

    The documents are split into five grouped folds; on each of the first ``tests`` of them a model
    is tested that has learnt from a share of the others, and from all of ``always``. Raises
    ``CorpusError`` when there are too few documents.
    """
    groups = group_alike(sentences)
    if len(np.unique(groups)) < _FOLDS:
        raise CorpusError(
            f"a learning curve needs {_FOLDS} documents at least that do not repeat each other"
        )
    targets = targets_of(sentences, labels)
    texts = np.array([sentence.text for sentence in sentences], dtype=object)
    folds = grouped_folds(groups, targets, _FOLDS, seed)[:tests]
    tested = np.concatenate([test for _, test in folds])
    points: list[Point] = []
    before: NDArray[np.float64] | None = None
    for share in sorted(shares):
        predicted, sizes = np.zeros_like(targets), []
        for k, (train, test) in enumerate(folds):
            part = train[np.isin(groups[train], some(groups[train], share, seed + k))]
            model = make()
            model.fit(
                [*texts[part], *(sentence.text for sentence in always)],
                np.concatenate([targets[part], targets_of(always, labels)]),
                groups=[*map(str, groups[part]), *(s.document for s in always)],
                **pairs_for(model, [*(sentences[i] for i in part), *always]),
            )
            predicted[test] = model.predict(texts[test].tolist())
            sizes.append(len(part))
            on_step()
        samples = resampled_f1(targets[tested], predicted[tested], groups[tested].tolist(), seed)
        scores = f1(targets[tested], predicted[tested])
        points.append(_point(share, sizes, labels, scores, samples, points, before))
        before = samples
    return points


def some(groups: NDArray[np.intp], share: float, seed: int) -> NDArray[np.intp]:
    """A share of the documents, each larger share holding the smaller ones."""
    order = np.random.default_rng(seed).permutation(np.unique(groups))
    return order[: max(2, round(share * len(order)))]


def _point(
    share: float,
    sizes: Sequence[int],
    labels: Sequence[str],
    scores: NDArray[np.float64],
    samples: NDArray[np.float64],
    points: Sequence[Point],
    before: NDArray[np.float64] | None,
) -> Point:
    low, high = np.quantile(samples, _BOUNDS, axis=0)
    ends = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    gain, gain_ends = None, None
    if before is not None:
        gain = float(scores.mean()) - points[-1].macro_f1
        least, most = np.quantile(samples[:, -1] - before[:, -1], _BOUNDS)
        gain_ends = (float(least), float(most))
    return Point(
        share,
        round(float(np.mean(sizes))),
        float(scores.mean()),
        ends[-1],
        dict(zip(labels, map(float, scores), strict=True)),
        dict(zip(labels, ends[:-1], strict=True)),
        gain,
        gain_ends,
    )


def verdict(points: Sequence[Point]) -> str:
    """What the last step of the curve says, in one sentence."""
    if len(points) < 2 or points[-1].gain is None or points[-1].gain_interval is None:
        return "one point tells nothing about what more sentences would bring"
    first, last = points[-2], points[-1]
    low, high = points[-1].gain_interval
    more = f"from {first.sentences:,} to {last.sentences:,} sentences macro-F1 moved by"
    size = f"{points[-1].gain:+.3f} ({low:+.3f} to {high:+.3f})"
    if low > 0:
        return f"{more} {size}: more sentences of the same kind still pay"
    if high < 0:
        return f"{more} {size}: something is wrong with the sentences that were added"
    return f"{more} {size}: no clear gain from more sentences of the same kind"


def draw(points: Sequence[Point], codebook: Codebook, path: Path) -> None:
    """Draw the curve as SVG, PNG or PDF, by the suffix of ``path``; labels by letter and colour."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.2), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    whole, each = figure.subplots(1, 2, sharex=True, sharey=True)
    x = [point.sentences for point in points]
    low, high = zip(*(point.macro_f1_interval for point in points), strict=True)
    whole.plot(x, [point.macro_f1 for point in points], "o-", color="#333333")
    whole.fill_between(x, low, high, color="#333333", alpha=0.15, linewidth=0)
    whole.set_ylabel("macro-F1 on unseen documents, 95 % interval")
    for label in codebook.labels:
        y = [point.f1[label.name] for point in points]
        each.plot(x, y, "o-", color=label.colour, markersize=3)
        each.annotate(label.code, (x[-1], y[-1]), (6, -4), textcoords="offset points")
    each.set_title("  ".join(f"{one.code} {one.name}" for one in codebook.labels), fontsize=7)
    for axes in (whole, each):
        axes.set_xlabel("sentences learnt from")
        axes.set_ylim(0, 1)
        axes.grid(alpha=0.3)
    with matplotlib.rc_context({"svg.hashsalt": "framing", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
