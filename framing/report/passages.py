"""The concordance: the strongest passages of a run, and the surest sentences of each label."""

from __future__ import annotations

import re
from typing import Any

from framing.report.runs import Run

Row = dict[str, Any]

_CONTEXT = 1  # sentences shown on either side of a passage
_SPAN = 2  # sentences either side of the strongest one, where the run tells no passage
_ALIKE = 0.5  # of the longer words of a passage in another: they say much the same
_LONG = 5  # letters: shorter words are in every text
_LOOKED_AT = 40  # times as many sentences as shown, to pass over those said again and again


def passages(run: Run, ranked: list[Row], most: int) -> list[Row]:
    """The strongest passages of ``ranked``, at most ``most``, sentence by sentence, with context.

    A passage that says much the same as one before it is not shown again; the earlier one counts
    it in ``alike``. Statements that accuse nobody have none. A sentence has ``text``, ``labels``,
    ``number`` and whether it is ``inside`` the passage.
    """
    spans = {row["id"]: row for row in _spans(run, [row["id"] for row in ranked])}
    sentences = _sentences(run, list(spans.values()))
    found: list[Row] = []
    said: list[set[str]] = []
    for row in ranked:
        around = sentences.get(row["id"])
        if not around:
            continue
        inside = " ".join(one["text"] for one in around if one["inside"])
        words = {word for word in re.findall(r"\w+", inside.lower()) if len(word) >= _LONG}
        same = next((i for i, known in enumerate(said) if _overlap(words, known) > _ALIKE), None)
        if same is not None:
            found[same]["alike"] += 1
        elif len(found) < most:
            said.append(words)
            found.append({**row, "sentences": around, "alike": 0})
    return found


def _overlap(one: set[str], other: set[str]) -> float:
    """The share of the words of the shorter one that the other has too."""
    return len(one & other) / (min(len(one), len(other)) or 1)


def examples(run: Run, most: int) -> dict[str, list[Row]]:
    """For each label the ``most`` sentences that it is surest of, each of another statement."""
    return {name: _examples_of(run, name, most) for name in run.codebook.names}


def _examples_of(run: Run, label: str, most: int) -> list[Row]:
    rows = run.rows(
        f"""
        WITH surest AS (
            SELECT document, sentence, text, labels, "p_{label}" AS probability
            FROM sentences WHERE list_contains(labels, ?)
            ORDER BY probability DESC, document, sentence LIMIT ?)
        SELECT surest.*, coalesce(nullif(trim(title), ''), path) AS title, date, source, speaker,
            url
        FROM surest JOIN documents ON documents.id = surest.document
        WHERE duplicate_of IS NULL ORDER BY probability DESC, document, sentence""",
        [label, most * _LOOKED_AT],
    )
    seen: set[str] = set()
    found: list[Row] = []
    for row in rows:
        words = "".join(filter(str.isalnum, row["text"].lower()))
        if row["document"] in seen or words in seen or len(found) == most:
            continue
        seen |= {row["document"], words}
        found.append(
            {
                **row,
                "date": row["date"].isoformat() if row["date"] else None,
                "probability": round(row["probability"], 3),
            }
        )
    return found


def _spans(run: Run, ids: list[str]) -> list[Row]:
    """First and last sentence of the strongest passage of each statement that has one.

    A run made before passages were told gets the sentences about the one of most points.
    """
    return list(
        run.rows(
            """
            WITH told AS (
                SELECT documents.id, min(sentence) AS first, max(sentence) AS last
                FROM documents JOIN sentences ON document = documents.id
                WHERE list_contains(?::VARCHAR[], document)
                    AND "start" >= passage_start AND "end" <= passage_end
                GROUP BY documents.id),
            centre AS (
                SELECT documents.id, arg_max(sentence, (points, -sentence)) AS sentence
                FROM documents JOIN sentences ON document = documents.id
                WHERE list_contains(?::VARCHAR[], document) AND passage_start IS NULL
                    AND accusing > 0 AND len(labels) > 0
                GROUP BY documents.id)
            FROM told UNION ALL
            SELECT id, sentence - ? AS first, sentence + ? AS last FROM centre""",
            [ids, ids, _SPAN, _SPAN],
        )
    )


def _sentences(run: Run, spans: list[Row]) -> dict[str, list[Row]]:
    """The sentences of each span and its context, by statement."""
    columns = [[span[key] for span in spans] for key in ("id", "first", "last")]
    rows = run.rows(
        """
        WITH spans AS (
            SELECT unnest(?::VARCHAR[]) AS id, unnest(?::INTEGER[]) AS first,
                unnest(?::INTEGER[]) AS last)
        SELECT id, sentence AS number, text, labels, sentence BETWEEN first AND last AS inside
        FROM sentences JOIN spans ON document = id
        WHERE list_contains(?::VARCHAR[], document) AND sentence BETWEEN first - ? AND last + ?
        ORDER BY id, sentence""",
        [*columns, columns[0], _CONTEXT, _CONTEXT],
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.pop("id"), []).append(row)
    return found
