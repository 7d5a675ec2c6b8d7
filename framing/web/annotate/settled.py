"""Where a project stands: what is settled, what is disputed, how far annotators agree."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from framing.codebook import Codebook
from framing.corpus.examples import LabelledSentence
from framing.web.annotate.decisions import CODERS, DISPUTED, annotators, setting

_FIELDS = ("id", "text", "source", "document", "date", "speaker", "stratum")
_SETTLED = """
SELECT s.*, d.labels, d.by, d.at FROM sentences s JOIN (
    SELECT sentence, labels, annotator AS by, at FROM decisions WHERE live = 1 AND final = 1
    UNION ALL
    SELECT sentence, MIN(labels), GROUP_CONCAT(annotator, ' + '), MAX(at)
    FROM (SELECT * FROM decisions d WHERE live = 1 AND final = 0 AND labels IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM decisions f WHERE f.sentence = d.sentence
                          AND f.live = 1 AND f.final = 1) ORDER BY annotator)
    GROUP BY sentence HAVING COUNT(DISTINCT labels) = 1 AND COUNT(*) >= :at_least
) d ON d.sentence = s.n ORDER BY s.n
"""


def settled(
    db: sqlite3.Connection, codebook: Codebook, at_least: int = 1
) -> list[LabelledSentence]:
    """The sentences with one answer: the final decision, or what all annotators said alike.

    ``at_least`` so many of them, where there is no final decision.
    """
    return [_labelled(row, codebook) for row in db.execute(_SETTLED, {"at_least": at_least})]


def by_annotator(
    db: sqlite3.Connection, codebook: Codebook, annotator: str
) -> list[LabelledSentence]:
    """What one annotator said, whatever others say."""
    rows = db.execute(
        "SELECT s.*, d.labels, d.annotator AS by, d.at FROM sentences s"
        " JOIN decisions d ON d.sentence = s.n WHERE d.live = 1 AND d.final = 0"
        " AND d.labels IS NOT NULL AND d.annotator = ? ORDER BY s.n",
        (annotator,),
    )
    return [_labelled(row, codebook) for row in rows]


def _labelled(row: sqlite3.Row, codebook: Codebook) -> LabelledSentence:
    given = set(json.loads(row["labels"]))
    return LabelledSentence(
        **{name: row[name] for name in _FIELDS},
        labels=tuple(name for name in codebook.names if name in given),
        annotator=row["by"],
        labelled_on=row["at"][:10],
        codebook=codebook.version,
    )


def counts(db: sqlite3.Connection) -> dict[str, Any]:
    """How many sentences there are, are settled, disputed, final; and by annotator."""
    people = db.execute(
        "SELECT annotator, SUM(labels IS NOT NULL) AS labelled, SUM(skipped IS NOT NULL) AS skipped"
        " FROM decisions WHERE live = 1 AND final = 0 GROUP BY annotator ORDER BY MIN(seq)"
    )
    return {
        "sentences": _one(db, "SELECT COUNT(*) FROM sentences"),
        "settled": _one(db, f"SELECT COUNT(*) FROM ({_SETTLED})", at_least=1),
        "disputed": _one(db, f"SELECT COUNT(*) FROM ({DISPUTED})"),
        "final": _one(db, "SELECT COUNT(*) FROM decisions WHERE live = 1 AND final = 1"),
        "coders": int(setting(db, CODERS) or 0),
        "annotators": [dict(row) for row in people],
    }


def skips(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """The reasons for which sentences were skipped, the most frequent first."""
    rows = db.execute(
        "SELECT skipped AS reason, COUNT(*) AS sentences FROM decisions"
        " WHERE live = 1 AND final = 0 AND skipped IS NOT NULL GROUP BY skipped ORDER BY 2 DESC, 1"
    )
    return [dict(row) for row in rows]


def latest(db: sqlite3.Connection) -> tuple[int, int]:
    """A mark that changes with every decision made or taken back."""
    return (
        _one(db, "SELECT COALESCE(MAX(seq), 0) FROM decisions"),
        _one(db, "SELECT COALESCE(SUM(undone), 0) FROM decisions"),
    )


def agreement(
    db: sqlite3.Connection, codebook: Codebook, resamples: int = 0
) -> list[dict[str, Any]]:
    """For every two annotators who share sentences, how far they agree.

    Each record has ``first``, ``second``, ``sentences`` and ``figures``: those of
    ``framing.corpus.agreement.records``, with 95 % intervals where ``resamples`` is not 0.
    """
    from framing.corpus.agreement import agreement as measure
    from framing.corpus.agreement import records

    said = _said(db)
    found = []
    for first, second in combinations(annotators(db), 2):
        items = _items(said.get(first, {}), said.get(second, {}))
        if items:
            figures = records(measure(items, codebook.names, resamples))
            found.append(
                {"first": first, "second": second, "sentences": len(items), "figures": figures}
            )
    return found


def _said(db: sqlite3.Connection) -> dict[str, dict[int, tuple[frozenset[str], str]]]:
    """By annotator and sentence, the labels and the document."""
    said: dict[str, dict[int, tuple[frozenset[str], str]]] = {}
    rows = db.execute(
        "SELECT d.annotator, d.sentence, d.labels, s.document FROM decisions d"
        " JOIN sentences s ON s.n = d.sentence"
        " WHERE d.live = 1 AND d.final = 0 AND d.labels IS NOT NULL"
    )
    for row in rows:
        given = frozenset(json.loads(row["labels"])), row["document"]
        said.setdefault(row["annotator"], {})[row["sentence"]] = given
    return said


def _items(
    first: dict[int, tuple[frozenset[str], str]], second: dict[int, tuple[frozenset[str], str]]
) -> Sequence[Any]:
    from framing.corpus.agreement import Item

    return [
        Item(str(n), labels, second[n][0], document)
        for n, (labels, document) in first.items()
        if n in second
    ]


def _one(db: sqlite3.Connection, query: str, **values: object) -> int:
    return int(db.execute(query, values).fetchone()[0])
