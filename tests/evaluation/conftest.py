"""Small labelled data of our own, and decisions with a known quality."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from framing.codebook import Codebook
from framing.corpus.examples import LabelledSentence

_WHO = ("Ostravia", "Velmar", "Kandoria", "Tamoria", "Ruritania", "Dravnik", "Essaly")
_WHERE = ("the northern hills", "the old salt works", "a tunnel by the lake", "the port")
_SAYS = (
    (("wmd",), "{who} {a} hides {b} warheads and {c} nerve gas in {where}."),
    (
        ("wmd", "evidentiary_claim"),
        "Our {a} inspectors found {b} uranium of {who} {c} in {where} on 4 May.",
    ),
    (("terrorism",), "{who} {a} shelters {b} terrorists and {c} pays for bombs in {where}."),
    (("call_to_force",), "We {a} shall strike {b} at {who} {c} unless it leaves {where}."),
    ((), "The {a} school of {b} in {c} was opened by a mayor and a choir from {who}."),
    ((), "Trade {a} with {b} in {who} has {c} grown, and the road to {where} is mended."),
)
_SYLLABLES = ("ba", "ke", "di", "fo", "gu", "ha", "li", "mo", "nu", "pe", "ra", "so", "ti", "vu")


def _own_words(i: int, j: int, k: int) -> dict[str, str]:
    """Words that no other sentence has, so that no document repeats another."""
    number = 24 * i + 6 * j + k
    first, second = divmod(number, len(_SYLLABLES))
    stem = _SYLLABLES[first] + _SYLLABLES[second]
    return {"a": f"{stem}ka", "b": f"{stem}lo", "c": f"{stem}mi"}


@pytest.fixture(scope="session")
def sentences() -> list[LabelledSentence]:
    """168 sentences of 28 documents; each document holds all six kinds of sentence."""
    return [
        LabelledSentence(
            id=f"s-{i}-{j}-{k}",
            text=says.format(who=who, where=where, **_own_words(i, j, k)),
            labels=labels,
            source="ours",
            document=f"{who} and {where}",
            annotator="language-model",
            codebook="1.3",
        )
        for i, who in enumerate(_WHO)
        for j, where in enumerate(_WHERE)
        for k, (labels, says) in enumerate(_SAYS)
    ]


@pytest.fixture(scope="session")
def corpus(sentences, tmp_path_factory) -> Path:
    """A corpus folder with an authored part only: what is said of the first five countries."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "authored").mkdir()
    rows = [
        {"id": s.id, "text": s.text, "labels": s.labels, "pair": s.document, "annotator": "ours"}
        for s in sentences
        if not s.text.count("Dravnik") and not s.text.count("Essaly")
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "authored" / "ours.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def labels() -> tuple[str, ...]:
    return Codebook.load().names


@pytest.fixture(scope="session")
def truth() -> np.ndarray:
    """(1200, 3) labels, a third of them present."""
    return np.random.default_rng(5).random((1200, 3)) < 0.33


@pytest.fixture(scope="session")
def documents() -> list[str]:
    """The documents of 1200 sentences, eight in each."""
    return [f"d{i // 8}" for i in range(1200)]


def with_errors(truth: np.ndarray, share: float, seed: int) -> np.ndarray:
    """``truth`` with a share of its entries turned round."""
    return truth ^ (np.random.default_rng(seed).random(truth.shape) < share)
