"""A small corpus of our own that a linear model can learn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from framing.codebook import Codebook

AUTHORED = Path(__file__).resolve().parents[2] / "training_data" / "authored"


@pytest.fixture(scope="session")
def learnable() -> tuple[list[str], np.ndarray, list[str]]:
    """Texts, indicator matrix and groups of the authored sentences of two themes."""
    names = Codebook.load().names
    rows = [
        json.loads(line)
        for theme in ("terrorism", "wmd")
        for line in (AUTHORED / f"{theme}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    texts = [row["text"] for row in rows]
    targets = np.array([[name in row["labels"] for name in names] for row in rows])
    return texts, targets, [row.get("pair", row["id"]) for row in rows]
