"""What an evaluation is written down as: one page that needs nothing else, Markdown, rows, JSON."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from evaluation.conftest import with_errors
from framing.codebook import Codebook
from framing.corpus.examples import LabelledSentence
from framing.evaluation.confusion import confusion, instructive
from framing.evaluation.curves import precision_recall, reliability
from framing.evaluation.page import page
from framing.evaluation.predictions import Predictions
from framing.evaluation.records import as_dict, markdown, rows
from framing.evaluation.report import Evaluation
from framing.evaluation.views import by, quality

LABELS = ("wmd", "terrorism", "counter_frame")
HOSTILE = "</small><script>alert(1)</script> | `rm` [x](javascript:y)\n# {{ title }}"
ABOUT = {
    "model": "<b>mine</b>",
    "kind": "ngram",
    "digest": "ab" * 32,
    "data": "her | data.csv",
    "data_digest": "cd" * 32,
    "command": "framing evaluate mine",
    "warnings": ["flattered & known"],
    "smallest": 50,
}


@pytest.fixture(scope="module")
def evaluation(truth, documents):
    predicted = with_errors(truth, 0.12, 1)
    chance = np.clip(predicted * 0.6 + np.linspace(0, 0.4, len(truth))[:, None], 0, 1)
    sentences = tuple(
        LabelledSentence(
            f"s{i}",
            f"Sentence {i}. {HOSTILE}",
            tuple(name for name, there in zip(LABELS, given, strict=True) if there),
            ("radio", "paper")[i % 2],
            documents[i],
            date=f"{1960 + i // 300 * 10}-05-01",
            speaker=HOSTILE,
        )
        for i, given in enumerate(truth)
    )
    groups = np.unique(documents, return_inverse=True)[1]
    found = Predictions(LABELS, sentences, truth, chance, predicted, groups, "applied as it is")
    whole = {"all real sentences": quality(found)}
    return Evaluation(
        found.how,
        LABELS,
        whole,
        {view: by(view, found) for view in ("source", "speaker", "decade")},
        whole,
        confusion(found),
        tuple(instructive(found, 2)),
        tuple(precision_recall(found)),
        tuple(reliability(found)),
    )


@pytest.fixture(scope="module")
def html(evaluation):
    return page(evaluation, ABOUT, Codebook.of_labels(LABELS))


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def _tags(html):
    parser = _Tags()
    parser.feed(html)
    return parser.seen


def test_the_page_states_every_figure(html, evaluation):
    text = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    for row in evaluation.whole["all real sentences"].rows:
        low, high = row.average_precision_interval
        assert f"{row.f1:.3f}" in text
        assert f"{low:.3f} to {high:.3f}" in text
    for words in ("By source", "By decade", "Reliability", "Baseline", "flattered &amp; known"):
        assert words in text
    assert html.count("<svg") == 2 * len(LABELS) + 2  # each label twice, decades wide and narrow


def test_the_page_loads_nothing_and_runs_nothing_of_the_data(html):
    tags = _tags(html)
    assert [tag for tag, _ in tags if tag == "script"] == ["script"]  # the page's own
    for _, attributes in tags:
        assert not {"src", "srcset", "onerror", "onload", "onclick"} & set(attributes)
        assert not attributes.get("href", "#").startswith(("javascript", "data"))
    assert "<b>mine</b>" not in html and "&lt;b&gt;mine" in html


def test_every_drawing_is_told_in_words(html):
    drawings = [attributes for tag, attributes in _tags(html) if tag == "svg"]
    assert all(d["role"] == "img" and len(d["aria-label"]) > 20 for d in drawings)
    assert len({d["aria-label"] for d in drawings}) == 2 * len(LABELS) + 1


def test_markdown_keeps_its_tables_whatever_the_data_hold(evaluation):
    text = markdown(evaluation, ABOUT)
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1, block
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert not re.search(r"^# \{\{", text, re.M)
    assert "given in place of" in text
    assert text == markdown(evaluation, ABOUT)


def test_rows_and_json_hold_everything(evaluation):
    flat = rows(evaluation)
    kinds = {(row["of"], row["view"], row["value"]) for row in flat}
    assert ("model", "source", "radio") in kinds and ("model", "decade", "1960s") in kinds
    assert ("baseline", "all", "all real sentences") in kinds
    assert all(row["f1_low"] <= row["f1"] <= row["f1_high"] for row in flat)
    found = json.loads(json.dumps(as_dict(evaluation, ABOUT)))
    assert len(found["measured"]) == len(kinds)
    assert len(found["confusion"]) == (len(LABELS) + 1) ** 2
    assert {error["source"] for error in found["errors"]} <= {"radio", "paper"}
    assert found["reliability"] and found["precision_recall"]


def test_nothing_quoted_leaves_no_sentence_in_the_page(evaluation):
    silent = Evaluation(
        **{
            name: () if name == "mistakes" else getattr(evaluation, name)
            for name in Evaluation.__slots__
        }
    )
    assert "Sentence" not in re.sub(
        r"Sentences?\b(?! \d)", "", page(silent, ABOUT, Codebook.of_labels(LABELS))
    )
    assert "Sentence 1" not in markdown(silent, ABOUT)
