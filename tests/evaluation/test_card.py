"""The card states every measured figure, and nothing that was not measured."""

from __future__ import annotations

import copy
import re

import pytest
import yaml

from evaluation.conftest import with_errors
from framing.evaluation.card import card
from framing.evaluation.metrics import measure
from framing.training import describe, metrics_of

LABELS = ("wmd", "terrorism", "counter_frame")


@pytest.fixture
def manifest(truth, documents, sentences):
    predicted = with_errors(truth, 0.1, 1)
    whole = measure(LABELS, truth, predicted * 0.8 + 0.1, predicted, documents)
    half = [rows[:600] for rows in (truth, predicted * 0.7 + 0.1, predicted, documents)]
    part = measure(LABELS, *half)
    return {
        "kind": "ngram",
        "labels": list(LABELS),
        "thresholds": [0.31, 0.42, 0.53],
        "codebook": {
            "name": "Trade: a codebook",
            "version": "2.7",
            "definitions": {"wmd": "Invokes | names such weapons."},
        },
        "training": describe(sentences),
        "metrics": metrics_of(whole, "framing evaluate mine --folds 5", {"source radio": part}),
        "behaviour": {
            "how": "pytest tests/behaviour",
            "groups": {
                "negation": {"cases": 40, "failures": 7},
                "spelling": {"cases": 30, "failures": 1},
            },
        },
        "license": "cc-by-4.0",
        "versions": {"numpy": "2.4.6"},
    }


def _section(text, title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]


def _header(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_every_measured_figure_is_stated(manifest):
    quality = _section(card(manifest), "Quality")
    parts = [manifest["metrics"], *manifest["metrics"]["strata"].values()]
    for part in parts:
        assert f"Macro-F1 **{part['macro_f1']:.3f}**" in quality
        assert f"{part['sentences']} sentences of {part['documents']} documents" in quality
        for row in part["labels"]:
            low, high = row["f1_interval"]
            keys = ("precision", "recall", "f1", "average_precision", "brier", "calibration_error")
            figures = {key: f"{row[key]:.3f}" for key in keys}
            line = (
                f"| {row['label']} | {row['support']} | {figures['precision']} "
                f"| {figures['recall']} | {figures['f1']} | {low:.3f} to {high:.3f} "
                f"| {figures['average_precision']} | {figures['brier']} "
                f"| {figures['calibration_error']} |"
            )
            assert line in quality
    assert "### source radio" in quality
    assert "`framing evaluate mine --folds 5`" in quality


def test_behaviour_is_stated_with_its_worst(manifest):
    text = card(manifest)
    behaviour = _section(text, "Behaviour")
    assert "| negation | 40 | 7 | 17.5 % |" in behaviour
    assert "| spelling | 30 | 1 | 3.3 % |" in behaviour
    assert "`pytest tests/behaviour`" in behaviour
    assert "fails most at negation: 17.5 %" in _section(text, "Limits")


def test_the_data_and_who_labelled_them_are_stated(manifest):
    text = card(manifest)
    data = _section(text, "Training data")
    assert "168 labelled sentences of 28 documents: 168 real ones and 0 written" in data
    assert "All labels were made by language-model annotators" in data
    assert "Codebook version 2.7" in data
    assert manifest["training"]["data_digest"] in data
    assert "| ours | 168 |" in data
    assert "| wmd | 56 | 0.31 | Invokes \\| names such weapons. |" in _section(text, "Labels")
    assert "Fewer than 50 training sentences have: terrorism, counter_frame." in text


@pytest.mark.parametrize(
    ("annotators", "said"),
    [
        (["Ada", "Ben"], None),
        (["Ada", "language-model"], "Some of the labels were made by language-model"),
        (["language-model", "language-model-2"], "All labels were made by language-model"),
    ],
)
def test_people_are_told_from_machines(manifest, annotators, said):
    manifest["training"]["annotators"] = annotators
    data = _section(card(manifest), "Training data")
    assert f"Annotators: {', '.join(annotators)}." in data
    assert ("language-model annotators" in data) == (said is not None)
    assert said is None or said in data


def test_the_header_is_yaml_that_a_hub_reads(manifest):
    header = _header(card(manifest))
    assert header["license"] == "cc-by-4.0"
    assert header["library_name"] == "framing"
    assert header["pipeline_tag"] == "text-classification"
    (index,) = header["model-index"]
    assert index["name"] == "Trade: a codebook: ngram model"
    (result,) = index["results"]
    assert result["metrics"] == [
        {"type": "f1", "name": "macro-F1", "value": manifest["metrics"]["macro_f1"]}
    ]


def test_what_was_not_measured_is_not_stated(manifest):
    for key in ("metrics", "behaviour", "license"):
        del manifest[key]
    text = card(manifest)
    assert _section(text, "Quality").strip() == "Not measured yet."
    assert _section(text, "Behaviour").strip() == "Not measured yet."
    assert "has not been measured yet" in _section(text, "Limits")
    assert "F1" not in text
    assert {"license", "model-index", "metrics", "language"}.isdisjoint(_header(text))


def test_whatever_else_was_recorded_is_shown(manifest):
    assert "## Further findings" not in card(manifest)
    manifest["explanations"] = {
        "how": "python benchmarks/deletion.py",
        "documents": 12,
        "rows": [
            {"label": "wmd", "drop": 0.4123456, "random | words": 0.02},
            {"label": "terrorism", "drop": 0.3},
        ],
    }
    manifest["casus_belli"] = {
        "interval": [0.82, 0.9],
        "weights": {"claims": {"weight": 1.25, "kept": True}, "threats": {"weight": -0.5}},
    }
    further = _section(card(manifest), "Further findings")
    assert "### Explanations\n\nMeasured by `python benchmarks/deletion.py`." in further
    assert "- documents: 12" in further
    assert "| label | drop | random \\| words |" in further
    assert "| wmd | 0.4123 | 0.02 |\n| terrorism | 0.3 |  |" in further
    assert "- interval: 0.82, 0.9" in further
    assert "| claims | 1.25 | yes |\n| threats | -0.5 |  |" in further


def test_the_header_is_understood_by_the_hubs_own_client(manifest):
    from huggingface_hub import ModelCard

    data = ModelCard(card(manifest)).data
    assert data.library_name == "framing"
    assert data.pipeline_tag == "text-classification"
    (result,) = data.eval_results
    assert result.metric_type == "f1"
    assert result.metric_value == manifest["metrics"]["macro_f1"]
    assert result.dataset_name == "framing evaluate mine --folds 5"


def test_a_bare_manifest_has_a_card_too():
    text = card({"kind": "ngram", "labels": ["wmd"]})
    assert "| wmd |  |  |  |" in text
    assert "Not stated in the manifest." in _section(text, "Training data")


def test_the_same_manifest_gives_the_same_card_and_is_left_alone(manifest):
    before = copy.deepcopy(manifest)
    assert card(manifest) == card(before)
    assert manifest == before
