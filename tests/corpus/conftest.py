"""A small corpus with its own originals, written here, to plant faults in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from framing.corpus.examples import digest

SOURCE = "un-general-debate"
SPEECH = """Mr. President,

The Government of Kandoria has built cent-
rifuges for one purpose alone: a bomb.
We ask the Assembly to wait for the inspectors before anyone speaks of war.
Our ports are open, and our harvest was good this year!
"""
BRIEFING = """---
title: Briefing
---

Q    Did **the cartel** of [Velmar](https://example.org/a_(b)) attack us?

MS. ORLO:  It did. Our patrol boats \\[both of them\\] sank two of its vessels &amp; took a third.
"""


@dataclass
class Planted:
    """Where the corpus and its originals stand, with ways to change a record."""

    folder: Path
    mirror: Path

    def lines(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def write(self, name: str, rows: list[dict[str, Any]]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")

    def change(self, name: str, line: int, **fields: Any) -> None:
        rows = self.lines(name)
        rows[line - 1].update(fields)
        self.write(name, rows)

    def append(self, name: str, **fields: Any) -> None:
        self.write(name, [*self.lines(name), fields])


def _stretch(identifier: str, text: str, labels: list[str]) -> dict[str, Any]:
    start = SPEECH.index(text)
    return {
        "id": identifier,
        "source": SOURCE,
        "document": "KAN_79_2024.txt",
        "start": start,
        "end": start + len(text),
        "sha256": digest(text),
        "labels": labels,
        "date": "2024-09-24",
        "speaker": "KAN",
        "stratum": "random",
        "annotator": "language-model",
        "codebook": "1.3",
    }


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    mirror = tmp_path / "mirror"
    for source, name, text in (
        (SOURCE, "KAN_79_2024.txt", SPEECH),
        ("wh-briefings", "briefings/one.md", BRIEFING),
    ):
        path = mirror / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    corpus = Planted(tmp_path / "training_data", mirror)
    whole = [line for line in SPEECH.splitlines() if line.startswith(("We ask", "Our ports"))]
    corpus.write(
        f"real/{SOURCE}.jsonl",
        [
            _stretch("real-0001", whole[0], ["counter_frame"]),
            _stretch("real-0002", whole[1], []),
        ],
    )
    one = "The militia of Sarkovia burned four villages last night."
    two = "The militia of Sarkovia guarded four villages last night."
    three = "Should the talks on the river border fail, we will send the fleet at dawn."
    corpus.write(
        "authored/force.jsonl",
        [
            {"id": "force-0001", "text": one, "labels": ["evidentiary_claim"], "pair": "force-1"},
            {"id": "force-0002", "text": two, "labels": [], "pair": "force-1"},
            {"id": "force-0003", "text": three, "labels": ["call_to_force"], "register": "speech"},
        ],
    )
    return corpus
