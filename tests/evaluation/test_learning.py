"""The learning curve: more documents, each share holding the smaller ones, and what it says."""

from __future__ import annotations

import numpy as np
import pytest

from framing.codebook import Codebook
from framing.errors import CorpusError
from framing.evaluation.learning import Point, draw, learning_curve, some, verdict

LABELS = ("wmd", "terrorism")


class _Sizes:
    """A classifier that is right as often as it has learnt from many sentences."""

    def __init__(self, sizes, truth):
        self.sizes, self.truth = sizes, truth

    def fit(self, texts, y, groups):
        assert len(texts) == len(y) == len(groups)
        self.sizes.append(set(texts))
        return self

    def predict(self, texts):
        right = np.array([self.truth[text] for text in texts])
        wrong = np.arange(len(texts)) % 140 >= len(self.sizes[-1])
        return right ^ wrong[:, None]


@pytest.fixture(scope="module")
def drawn(sentences):
    truth = {s.text: [name in s.labels for name in LABELS] for s in sentences}
    learnt: list = []
    shares = (1.0, 0.25, 0.5)
    return learnt, learning_curve(lambda: _Sizes(learnt, truth), sentences, LABELS, shares)


def test_more_is_learnt_from_and_holds_the_less(drawn):
    learnt, points = drawn
    assert [point.share for point in points] == [0.25, 0.5, 1.0]
    assert learnt[0] < learnt[1] < learnt[2]
    assert [point.sentences for point in points] == [len(texts) for texts in learnt]
    assert points[0].macro_f1 <= points[1].macro_f1 <= points[2].macro_f1 == 1
    assert points[0].gain is None
    assert points[2].gain == pytest.approx(points[2].macro_f1 - points[1].macro_f1)
    assert points[2].gain_interval[0] <= points[2].gain <= points[2].gain_interval[1]


def test_shares_are_nested():
    groups = np.arange(50)
    parts = [set(some(groups, share, 3)) for share in (0.1, 0.5, 1)]
    assert parts[0] < parts[1] < parts[2]
    assert len(parts[0]) == 5


def test_too_few_documents_are_told(sentences):
    with pytest.raises(CorpusError, match="5 documents at least"):
        learning_curve(lambda: None, sentences[:12], LABELS)


def _points(*gains):
    return [
        Point(i / 2, 100 * i, 0.5, (0.4, 0.6), {"wmd": 0.5}, {"wmd": (0.4, 0.6)}, gain, ends)
        for i, (gain, ends) in enumerate(gains, 1)
    ]


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.01, 0.05), "still pay"),
        ((-0.01, 0.05), "no clear gain"),
        ((-0.05, -0.01), "something is wrong"),
    ],
)
def test_the_verdict_follows_the_interval(ends, said):
    told = verdict(_points((None, None), (0.03, ends)))
    assert said in told
    assert f"from 100 to 200 sentences macro-F1 moved by +0.030 ({ends[0]:+.3f}" in told
    assert "tells nothing" in verdict(_points((None, None)))


def test_the_curve_is_drawn_the_same_each_time(tmp_path):
    points = _points((None, None), (0.03, (0.01, 0.05)))
    for name in ("one.svg", "two.svg"):
        draw(points, Codebook.of_labels(("wmd",)), tmp_path / name)
    svg = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert "W wmd" in svg
    assert svg == (tmp_path / "two.svg").read_text(encoding="utf-8")
    draw(points, Codebook.of_labels(("wmd",)), tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
