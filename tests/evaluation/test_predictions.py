"""Splits hold: who is tested was not learnt from, nor was anything that repeats it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from framing.corpus.splits import group_alike
from framing.errors import CorpusError, ModelError
from framing.evaluation.crossval import cross_validate
from framing.evaluation.predictions import as_it_is, by_folds, by_split, maker, split_parts
from framing.evaluation.views import by

LABELS = ("wmd", "terrorism")


@pytest.fixture(scope="module")
def dated(sentences):
    """Four sources, a year each; the last source is authored."""
    sources = {"Ostravia": "one", "Velmar": "two", "Kandoria": "three", "Tamoria": "authored"}
    return [
        replace(s, source=sources[name], date=f"{2001 + i}-03-04", speaker=f"of {name}")
        for s in sentences
        for i, name in enumerate(sources)
        if s.document.startswith(name)
    ]


class _Watching:
    """A classifier that remembers what it learnt and says nothing of a text but its length."""

    thresholds = np.array([0.5, 0.5])

    def __init__(self, log):
        self.log = log

    def fit(self, texts, y, groups):
        self.learnt = set(texts)
        return self

    def predict_proba(self, texts):
        self.log.append((self.learnt, set(texts)))
        return np.full((len(texts), 2), 0.6, np.float32)


def _logged(sentences, split, smallest=2):
    log: list = []
    found = by_split(lambda: _Watching(log), sentences, LABELS, split, smallest)
    return log, found


def test_a_day_parts_the_early_from_the_late(dated):
    ((learnt, judged),), found = _logged(dated, "time:2003-01-01")
    assert {s.text for s in found.sentences} == judged
    assert {s.date for s in found.sentences} == {"2003-03-04"}
    assert learnt.isdisjoint(judged)
    assert {s.source for s in dated if s.text in learnt} == {"one", "two", "authored"}
    assert "dated before 2003-01-01" in found.how


def test_each_source_is_judged_by_a_model_of_the_others(dated):
    log, found = _logged(dated, "source")
    source = {s.text: s.source for s in dated}
    tested = []
    for learnt, judged in log:
        (name,) = {source[text] for text in judged}
        tested.append(name)
        assert name not in {source[text] for text in learnt}
        assert "authored" in {source[text] for text in learnt}
    assert sorted(tested) == ["one", "three", "two"]
    assert len(found.sentences) == 72


@pytest.mark.parametrize(
    ("split", "smallest", "message"),
    [
        ("time:2030-01-01", 2, "on one side"),
        ("time:2001", 2, "there is no such split; there are time:YYYY-MM-DD, source"),
        ("source:x", 2, "no such split"),
        ("colour", 2, "no such split"),
        ("speaker", 1000, "no speaker has 1000 sentences"),
    ],
)
def test_splits_that_cannot_be_are_told(dated, split, smallest, message):
    with pytest.raises(CorpusError, match=message):
        split_parts(dated, np.arange(len(dated)), split, smallest)


def test_a_speech_in_two_sources_is_on_one_side(sentences):
    """The same documents, once more under another source and name."""
    twins = [replace(s, id=f"t{s.id}", source="twin", document=f"t{s.document}") for s in sentences]
    both = [*sentences, *twins]
    log: list = []
    cross_validate(lambda: _Watching(log), both, LABELS, 4)
    assert len(log) == 4
    for learnt, judged in log:
        assert learnt.isdisjoint(judged)
    assert len(set(group_alike(both))) == len(set(group_alike(sentences))) == 28
    found = by_folds(lambda: _Watching([]), both, LABELS, 4)
    assert len(set(found.groups)) == 28
    assert "those that repeat each other are one" in found.how


def test_documents_that_all_repeat_each_other_are_told(sentences):
    same = [replace(s, text=sentences[0].text) for s in sentences]
    with pytest.raises(CorpusError, match="do not repeat each other"):
        cross_validate(lambda: _Watching([]), same, LABELS, 3)


def test_authored_sentences_are_not_measured_on(dated):
    log: list = []
    model = _Watching(log)
    model.labels, model.learnt = LABELS, set()
    found = as_it_is(model, dated)
    assert len(found.sentences) == len(found.truth) == 72
    assert found.predicted.all()
    with pytest.raises(CorpusError, match="no real sentence"):
        as_it_is(model, [s for s in dated if s.source == "authored"])


def test_views_part_the_same_predictions(dated):
    model = _Watching([])
    model.labels, model.learnt = LABELS, set()
    found = as_it_is(model, dated)
    assert {view: list(by(view, found, 2)) for view in ("source", "year", "decade", "speaker")} == {
        "source": ["one", "three", "two"],
        "year": ["2001", "2002", "2003"],
        "decade": ["2000s"],
        "speaker": ["of Kandoria", "of Ostravia", "of Velmar"],
    }
    parts = by("source", found, 2)
    assert sum(part.sentences for part in parts.values()) == 72
    assert by("source", found, 25) == {}


def test_a_model_without_settings_cannot_be_trained_anew():
    class Fixed:
        kind = "fixed"

        def get_params(self):
            return {}

    with pytest.raises(ModelError, match="kind fixed cannot be trained anew"):
        maker(Fixed())
