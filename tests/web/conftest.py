"""A project of a small codebook that is not ours, with sentences of our own making."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from framing.web.annotate import intake
from framing.web.annotate.project import Project, open_project

CODEBOOK = """
name = "Parish council"
version = "2.0"

[[labels]]
code = "M"
name = "money"
title = "Money"
definition = "Speaks of what something costs, or of who pays."
absent = "Only names a bank, a budget office, or a price tag in a story."
colour = "#1F6FB2"
colour_dark = "#7FBCEB"
examples = [{ text = "The roof will cost nine thousand crowns.", present = true },
            { text = "The bank is closed on Monday.", present = false }]

[[labels]]
code = "R"
name = "roads"
title = "Roads and paths"
definition = "Speaks of roads, paths, bridges, or those who mend them."
absent = "Uses a road as a metaphor."
colour = "#8A5A00"
colour_dark = "#E0B050"

[[labels]]
code = "P"
name = "protest"
title = "Protest"
definition = "Objects to a plan or a decision."
absent = "Asks a question."
colour = "#A3123B"
colour_dark = "#FF8FA3"
"""
_MONEY = ("it will cost {n} crowns", "the parish pays {n} crowns", "a levy of {n} crowns is due")
_ROADS = ("the lane to Oberau is closed", "the bridge at the mill is mended", "the path is paved")
_PROTEST = ("we object to the plan", "nobody here wants this", "we will not accept the decision")
_NOTHING = ("the choir sings on Sunday", "the minutes were read", "the meeting ended at nine")


def sentences(n: int, seed: int = 7) -> list[dict[str, str]]:
    """Rows with a text that shows its own labels, in documents of three."""
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        kinds = [(name, rng.choice(forms)) for name, forms in _KINDS if rng.random() < 0.35]
        parts = [text.format(n=rng.randint(10, 999)) for _, text in kinds]
        text = ", and ".join(parts or [rng.choice(_NOTHING)]) + f", item {i} of the agenda."
        rows.append(
            {
                "id": f"s{i}",
                "text": text[0].upper() + text[1:],
                "before": f"This stood before item {i}.",
                "after": f"This stood after item {i}.",
                "document": f"meeting-{i // 3}",
                "truth": " ".join(name for name, _ in kinds),
            }
        )
    return rows


_KINDS = (("money", _MONEY), ("roads", _ROADS), ("protest", _PROTEST))


def truth(text: str) -> list[str]:
    """The labels that a sentence of ``sentences`` shows."""
    stems = {
        name: [form.split("{n}")[0].strip().lower() for form in forms] for name, forms in _KINDS
    }
    return [name for name, starts in stems.items() if any(s in text.lower() for s in starts)]


@pytest.fixture
def codebook(tmp_path: Path) -> Path:
    path = tmp_path / "parish.toml"
    path.write_text(CODEBOOK, encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Callable[[int], Path]:
    """Write n sentences as CSV."""

    def write(n: int) -> Path:
        path = tmp_path / f"minutes-{n}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = sentences(n)
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def project(tmp_path: Path, codebook: Path, table: Callable[[int], Path]) -> Project:
    """A project of 12 sentences."""
    project = open_project(tmp_path / "parish", codebook)
    with project.session() as db:
        intake.add(db, intake.read(table(12), project.codebook, pytest.fail), project.codebook)
    return project
