"""Run folders written for these tests, by the product's own schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framing.batch.tables import document_schema, sentence_schema
from framing.codebook import Codebook

BOOK = Codebook.load()
FRAME, EVIDENCE, FORCE = (BOOK.with_role(role)[0] for role in ("frame", "evidence", "force"))


@dataclass
class Statement:
    """A statement of a made-up run: its sentences are texts with their labels."""

    sentences: Sequence[tuple[str, Sequence[str]]] = (("Nothing is said here.", ()),)
    title: str | None = "A statement"
    date: date | None = None
    source: str | None = None
    speaker: str | None = None
    url: str | None = None
    score: float | None = 10.0
    adversaries: Sequence[str] = ()
    repeats: str | None = None
    columns: dict[str, Any] = field(default_factory=dict)


ACCUSING = (
    ("The fleet of Velmar has come into our waters.", ()),
    ("Velmar shelters the men who bombed our harbour.", (FRAME,)),
    ("On 3 May its agents killed nine of our sailors.", (FRAME, EVIDENCE)),
    ("Our aircraft will answer tonight.", (FORCE,)),
    ("The school opens on Monday.", ()),
)


def write_run(
    folder: Path,
    statements: Sequence[Statement],
    labels: Sequence[str] = BOOK.names,
    without: Sequence[str] = (),
    model: dict[str, Any] | None = None,
) -> Path:
    """A complete run folder of ``statements``; ``without`` leaves columns of documents out."""
    documents, sentences = [], []
    for number, one in enumerate(statements):
        documents.append(_document(f"{number:016x}", number, one, labels))
        sentences += _sentences(f"{number:016x}", one, labels)
    schema = document_schema(labels).append(pa.field("duplicate_of", pa.string()))
    table = pa.Table.from_pylist(documents, schema).drop_columns(list(without))
    for name, data in (
        ("documents", table),
        ("sentences", pa.Table.from_pylist(sentences, sentence_schema(labels))),
    ):
        (folder / name).mkdir(parents=True)
        pq.write_table(data, folder / name / "part-00000.parquet")
    manifest = {
        "format": 1,
        "state": "complete",
        "model": {"name": "tried", "kind": "ngram", "digest": "d" * 64, "labels": list(labels)}
        | (model or {}),
        "codebook": {"name": BOOK.name, "version": BOOK.version},
        "finished": "2031-05-01T00:00:00+00:00",
        "counts": {
            "documents": len(documents),
            "sentences": len(sentences),
            "errors": 2,
            "duplicates": sum(one.repeats is not None for one in statements),
            "parts": 1,
        },
    }
    (folder / "run.json").write_text(json.dumps(manifest))
    return folder


def _document(key: str, number: int, one: Statement, labels: Sequence[str]) -> dict[str, Any]:
    given = [set(found) for _, found in one.sentences]
    total = len(given)
    accusing = [i for i, found in enumerate(given) if found & {FRAME, FORCE}]
    backed = [i for i in accusing if any(EVIDENCE in found for found in given[i : i + 3])]
    starts = np.cumsum([0, *(len(text) + 1 for text, _ in one.sentences)])
    return {
        "id": key,
        "path": f"{number}.txt",
        "position": 0,
        "title": one.title,
        "date": one.date,
        "source": one.source,
        "speaker": one.speaker,
        "url": one.url,
        "n_characters": int(starts[-1]),
        "n_sentences": total,
        "casus_belli": one.score,
        "low": None if one.score is None else max(0.0, one.score - 9),
        "high": None if one.score is None else min(100.0, one.score + 9),
        "band": None if one.score is None else min(4, int(one.score // 20)),
        "accusing": len(accusing),
        "backed": len(backed),
        "adversaries": [{"name": name, "count": 1} for name in one.adversaries],
        "passage_start": int(starts[accusing[0]]) if accusing else None,
        "passage_end": int(starts[accusing[-1] + 1] - 1) if accusing else None,
        **{f"share_{name}": sum(name in found for found in given) / total for name in labels},
        "duplicate_of": one.repeats,
        **one.columns,
    }


def _sentences(key: str, one: Statement, labels: Sequence[str]) -> list[dict[str, Any]]:
    rows, start = [], 0
    for number, (text, found) in enumerate(one.sentences):
        rows.append(
            {
                "document": key,
                "sentence": number,
                "start": start,
                "end": start + len(text),
                "text": text,
                "labels": list(found),
                "points": float(len(found)),
                **{f"p_{name}": 0.9 if name in found else 0.1 for name in labels},
            }
        )
        start += len(text) + 1
    return rows


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Write a run into a folder of its own."""

    def make(statements: Sequence[Statement], name: str = "run", **options: Any) -> Path:
        return write_run(tmp_path / name, statements, **options)

    return make


def two_years(step: float = 20.0) -> list[Statement]:
    """Six statements a month in 2030 and 2031; from 2031 on they score ``step`` higher."""
    chance = np.random.default_rng(5)
    return [
        Statement(
            sentences=ACCUSING if n < 3 else Statement().sentences,
            title=f"Statement {n} of {month + 1}",
            date=date(year, month + 1, n + 1),
            source="Ministry of Defence" if n % 2 else "Office of the President",
            score=float(30 + step * (year == 2031) + chance.normal(0, 4)),
            adversaries=("Velmar",) if n < 3 else (),
        )
        for year in (2030, 2031)
        for month in range(12)
        for n in range(6)
    ]
