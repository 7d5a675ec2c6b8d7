"""A small archive written for these tests, and helpers to run it and to compare runs."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from framing.batch import Options, Summary, plan, run

OPENINGS = (
    "The harbour of {place} is being enlarged at the request of its fishermen.",
    "The regime in {place} is building weapons that can reach our cities.",
    "Our inspectors saw the centrifuges of {place} with their own eyes in {month}.",
    "We will strike the camps near {place}, and we will strike them soon.",
    "There is no proof of any kind for what was said about {place} in {month}.",
    "The cartels of {place} poison our children and pay the men who guard the border.",
    "Talks with {place} go on, and the ministers meet again in {month}.",
    "A school in {place} was opened by the deputy minister on the first day of {month}.",
)
PLACES = ("Kandoria", "Velmark", "Osterlund", "Tarsene", "Belvane", "Quorra", "Immeria")
MONTHS = ("January", "March", "May", "July", "October", "December")


def statement(number: int, sentences: int = 12) -> str:
    """A made-up statement, always the same for a number."""
    chance = random.Random(number)
    return " ".join(
        chance.choice(OPENINGS).format(place=chance.choice(PLACES), month=chance.choice(MONTHS))
        for _ in range(sentences)
    )


def write_archive(folder: Path, count: int, sentences: int = 12) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        text = f'<title="Statement {number}">\n<date="2024-03-{number % 28 + 1:02d}">\n'
        (folder / f"{number:04d}.txt").write_text(text + statement(number, sentences) + "\n")
    return folder


def contents(out: Path) -> dict[str, bytes]:
    """The data of a run, by file."""
    found = {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    found.pop("run.json")
    return found


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_archive(tmp_path_factory.mktemp("archive") / "in", 40)


@pytest.fixture
def score(tmp_path: Path) -> Callable[..., tuple[Path, Summary]]:
    def run_it(*inputs: Path, out: str = "run", workers: int = 1, **options: object):
        chosen = Options(**{"language": "any", "part_size": 8} | options)
        folder = tmp_path / out
        return folder, run(plan([str(p) for p in inputs], folder, "ngram", None, chosen), workers)

    return run_it
