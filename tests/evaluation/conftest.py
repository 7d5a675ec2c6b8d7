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
    (("wmd",), "{who} hides warheads and nerve gas in {where}."),
    (("wmd", "evidentiary_claim"), "Our inspectors found uranium of {who} in {where} on 4 May."),
    (("terrorism",), "{who} shelters terrorists and pays for their bombs in {where}."),
    (("call_to_force",), "We shall strike {who} with our fleet unless it leaves {where}."),
    ((), "The school in {where} was opened by the mayor and a choir from {who}."),
    ((), "Trade with {who} has grown, and the road to {where} is mended."),
)


@pytest.fixture(scope="session")
def sentences() -> list[LabelledSentence]:
    """168 sentences of 28 documents; each document holds all six kinds of sentence."""
    return [
        LabelledSentence(
            id=f"s-{i}-{j}-{k}",
            text=says.format(who=who, where=where),
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
