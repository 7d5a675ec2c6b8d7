"""The strongest run of sentences, the profile of a long text, and its line of blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framing.casus_belli.features import features
from framing.casus_belli.scorer import Scorer

Floats = NDArray[np.floating]

_LONGEST = 6  # sentences of a passage that an editor can quote
_BAR = 0.35  # of the strongest sentence: what is weaker must stand between stronger ones
WINDOW = 10
STEP = 5
_BARS = "▁▂▃▄▅▆▇█"
_COLUMNS = 40


def strongest(strengths: Floats) -> tuple[int, int]:
    """First and last sentence of the strongest run of at most six; ``strengths`` is (n,), n > 0.

    It is the run whose sentences rise most, in sum, above a bar.
    """
    above = np.asarray(strengths, np.float64) - _BAR * np.max(strengths)
    total = np.concatenate([[0.0], np.cumsum(above)])
    best, found = -np.inf, (0, 0)
    for length in range(1, min(_LONGEST, len(above)) + 1):
        sums = total[length:] - total[:-length]
        first = int(np.argmax(sums))
        if sums[first] > best + 1e-9:
            best, found = float(sums[first]), (first, first + length - 1)
    return found


def windows(n: int) -> list[int]:
    """Where the windows of the profile of n sentences begin; empty for a short text."""
    if n < 2 * WINDOW:
        return []
    starts = list(range(0, n - WINDOW + 1, STEP))
    if starts[-1] != n - WINDOW:
        starts.append(n - WINDOW)
    return starts


def profile(values: Floats, scorer: Scorer) -> tuple[float, ...]:
    """The scores of windows of ten sentences, five apart; ``values`` are quantities (n, 7)."""
    starts = windows(len(values))
    if not starts:
        return ()
    view = np.lib.stride_tricks.sliding_window_view(values, WINDOW, axis=0)[starts]
    found = features(np.moveaxis(view, -1, -2))
    return tuple(map(float, scorer.score(scorer.latent(found))))


def sparkline(values: Sequence[float]) -> str:
    """Scores of 0..100 as a line of block characters; at most 40, neighbours averaged."""
    if not len(values):
        return ""
    parts = np.array_split(np.asarray(values, np.float64), min(len(values), _COLUMNS))
    steps = [int(min(part.mean(), 99.9) / 100 * len(_BARS)) for part in parts]
    return "".join(_BARS[step] for step in steps)
