"""What annotators decide: the next sentence, a decision, taking it back – each one transaction."""

from __future__ import annotations

import json
import sqlite3
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from framing.codebook import Codebook
from framing.errors import CorpusError
from framing.web.annotate import database

ORDERS = ("random", "uncertain", "given")
CODERS = "coders"
_CLAIM = 15 * 60.0  # seconds for which a sentence that is open in one window is kept from others
_LONGEST_NAME = 60
_LONGEST_REASON = 300

# A sentence has no label of this annotator, no final decision, and room for one more annotator.
# What others have labelled comes first where a model orders, so that labels meet and agree.
_NEXT = """
SELECT s.n FROM sentences s
LEFT JOIN (SELECT sentence, COUNT(*) AS c FROM decisions
           WHERE live = 1 AND final = 0 AND annotator <> :who GROUP BY sentence) o
    ON o.sentence = s.n
LEFT JOIN (SELECT sentence, SUM(annotator <> :who) AS c, SUM(annotator = :who) AS mine FROM claims
           WHERE until > :now AND final = 0 AND NOT (annotator = :who AND window = :window)
           GROUP BY sentence) k
    ON k.sentence = s.n
WHERE NOT EXISTS (SELECT 1 FROM decisions d WHERE d.sentence = s.n AND d.live = 1
                  AND (d.final = 1 OR d.annotator = :who))
  AND (:coders = 0 OR COALESCE(o.c, 0) + COALESCE(k.c, 0) < :coders)
  AND (:anyway OR COALESCE(k.mine, 0) = 0)
ORDER BY {order} LIMIT 1
"""
_ORDER = {
    "random": "s.shuffle",
    "uncertain": "COALESCE(o.c, 0) = 0, s.doubt DESC NULLS LAST, s.shuffle",
    "given": "s.n",
}
DISPUTED = """
SELECT sentence FROM decisions d WHERE live = 1 AND final = 0 AND skipped IS NULL
  AND NOT EXISTS (SELECT 1 FROM decisions f
                  WHERE f.sentence = d.sentence AND f.live = 1 AND f.final = 1)
GROUP BY sentence HAVING COUNT(DISTINCT labels) > 1
"""
_REVIEW = f"""
SELECT s.n FROM sentences s JOIN ({DISPUTED}) d ON d.sentence = s.n
LEFT JOIN (SELECT DISTINCT sentence FROM claims
           WHERE until > :now AND final = 1 AND NOT (annotator = :who AND window = :window)) k
    ON k.sentence = s.n
ORDER BY s.n IN (SELECT value FROM json_each(:passed)), k.sentence IS NOT NULL, s.n LIMIT 1
"""
_WANTED = """
SELECT s.n FROM sentences s WHERE s.n = ? AND NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.sentence = s.n AND d.live = 1
    AND (d.final = 1 OR (d.annotator = ? AND NOT ?)))
"""


class Conflict(Exception):
    """Somebody decided on the sentence since it was shown; ``current`` is what stands now."""

    def __init__(self, current: dict[str, Any] | None) -> None:
        super().__init__("the decision that was to be replaced is not the one that stands")
        self.current = current


@dataclass(frozen=True, slots=True)
class Decision:
    """What an annotator says of a sentence: ``labels``, or the reason why it is ``skipped``.

    ``expected`` is the number of the decision that it replaces, or None where there was none when
    the sentence was shown. ``key`` is the sender's own: sent twice, a decision counts once.
    """

    sentence: int
    annotator: str
    window: str
    key: str
    labels: tuple[str, ...] | None = None
    skipped: str | None = None
    expected: int | None = None
    final: bool = False


def next_sentence(
    db: sqlite3.Connection,
    annotator: str,
    window: str,
    order: str = "random",
    final: bool = False,
    passed: Sequence[int] = (),
    wanted: int | None = None,
) -> dict[str, Any] | None:
    """The sentence to show in this window, kept from others for a while; None when all is done.

    With ``final`` it is one that annotators disagree on, those in ``passed`` last. ``wanted`` is
    taken before all others while it is undecided.
    """
    query = _REVIEW if final else _NEXT.format(order=_ORDER[order])
    values = {
        "who": annotator,
        "window": window,
        "now": time.time(),
        "coders": int(setting(db, CODERS) or 0),
        "passed": json.dumps(list(passed)),
    }
    with database.transaction(db):
        row = db.execute(_WANTED, (wanted, annotator, final)).fetchone()
        for anyway in (False, True):  # what is open in another window of one's own comes last
            row = row or db.execute(query, values | {"anyway": anyway}).fetchone()
        db.execute(
            "DELETE FROM claims WHERE annotator = ? AND window = ? AND final = ?",
            (annotator, window, final),
        )
        if row is None:
            return None
        db.execute(
            "INSERT INTO claims (annotator, window, final, sentence, until) VALUES (?, ?, ?, ?, ?)",
            (annotator, window, final, row["n"], time.time() + _CLAIM),
        )
    return shown(db, row["n"], annotator, final)


def shown(db: sqlite3.Connection, number: int, annotator: str, final: bool) -> dict[str, Any]:
    """A sentence as a page shows it, with the annotator's own decision, or all of them."""
    row = db.execute(
        "SELECT n, id, text, before, after, source, document, date, speaker FROM sentences"
        " WHERE n = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise CorpusError(f"there is no sentence {number} in this project")
    sentence = dict(row)
    sentence["decision"] = _standing(db, number, annotator, final)
    if final:
        votes = db.execute(
            "SELECT annotator, labels, skipped FROM decisions"
            " WHERE sentence = ? AND live = 1 AND final = 0 ORDER BY annotator",
            (number,),
        )
        sentence["votes"] = [_readable(vote) for vote in votes]
    return sentence


def decide(db: sqlite3.Connection, decision: Decision, codebook: Codebook) -> int:
    """Write a decision down; returns its number. Sent again with the same key it changes nothing.

    Raises ``Conflict`` when another decision stands than the one expected, ``CorpusError`` for a
    sentence or label that there is not.
    """
    labels, reason = _checked(decision, codebook)
    with database.transaction(db):
        again = db.execute(
            "SELECT seq FROM decisions WHERE key = ? AND annotator = ?",
            (decision.key, decision.annotator),
        ).fetchone()
        if again is not None:
            return int(again["seq"])
        shown(db, decision.sentence, decision.annotator, False)
        standing = _standing(db, decision.sentence, decision.annotator, decision.final)
        if (standing["seq"] if standing else None) != decision.expected:
            raise Conflict(standing)
        if standing:
            db.execute("UPDATE decisions SET live = 0 WHERE seq = ?", (standing["seq"],))
        return int(
            db.execute(
                "INSERT INTO decisions (sentence, annotator, final, labels, skipped, window, key,"
                " at, live, replaces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
                (
                    decision.sentence,
                    decision.annotator,
                    decision.final,
                    labels,
                    reason,
                    decision.window,
                    decision.key,
                    now(),
                    decision.expected,
                ),
            ).lastrowid
            or 0
        )


def undo(
    db: sqlite3.Connection, annotator: str, window: str, final: bool = False
) -> dict[str, Any] | None:
    """Take the annotator's latest decision back, this window's own if it has made one.

    The decision it had replaced stands again. Returns the sentence with the decision taken back
    under ``undone``; None when there is nothing to take back.
    """
    with database.transaction(db):
        row = db.execute(
            "SELECT * FROM decisions WHERE annotator = ? AND final = ? AND live = 1"
            " AND window <> 'import' ORDER BY window = ? DESC, seq DESC LIMIT 1",
            (annotator, final, window),
        ).fetchone()
        if row is None:
            return None
        db.execute("UPDATE decisions SET live = 0, undone = 1 WHERE seq = ?", (row["seq"],))
        if row["replaces"] is not None:
            db.execute("UPDATE decisions SET live = 1 WHERE seq = ?", (row["replaces"],))
        db.execute(
            "INSERT OR REPLACE INTO claims (annotator, window, final, sentence, until)"
            " VALUES (?, ?, ?, ?, ?)",
            (annotator, window, final, row["sentence"], time.time() + _CLAIM),
        )
        sentence = shown(db, row["sentence"], annotator, final)
    return sentence | {"undone": _readable(row)}


def proper_name(name: str) -> str:
    """An annotator's name as it is kept; raises ``CorpusError`` for one that is no name."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise CorpusError("an annotator needs a name")
    if len(name) > _LONGEST_NAME:
        raise CorpusError(f"a name may have up to {_LONGEST_NAME} characters")
    if any(unicodedata.category(c)[0] == "C" for c in name):
        raise CorpusError("a name must not hold control characters")
    return name


def known_as(db: sqlite3.Connection, name: str) -> str:
    """The name under which this annotator is known, if only upper and lower case differ."""
    name = proper_name(name)
    for known in annotators(db):
        if known.casefold() == name.casefold():
            return known
    return name


def annotators(db: sqlite3.Connection) -> list[str]:
    """Everybody who has decided anything, in the order in which they came."""
    rows = db.execute("SELECT annotator FROM decisions GROUP BY annotator ORDER BY MIN(seq)")
    return [row["annotator"] for row in rows]


def written(labels: Iterable[str], codebook: Codebook) -> str:
    """The labels as they are kept, equal sets equally; raises ``CodebookError`` for another."""
    return json.dumps(sorted({codebook.by_name(name).name for name in labels}))


def setting(db: sqlite3.Connection, name: str) -> str | None:
    """A setting of the project, or None."""
    row = db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def put_setting(db: sqlite3.Connection, name: str, value: object) -> None:
    """Keep a setting of the project."""
    with database.transaction(db):
        db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, str(value)))


def now() -> str:
    """The time in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _checked(decision: Decision, codebook: Codebook) -> tuple[str | None, str | None]:
    if (decision.labels is None) == (decision.skipped is None):
        raise CorpusError("a decision gives labels, or a reason to skip, and not both")
    if not decision.key or not decision.window:
        raise CorpusError("a decision needs a key and a window")
    if decision.labels is not None:
        return written(decision.labels, codebook), None
    if decision.final:
        raise CorpusError("a final decision gives labels")
    reason = " ".join((decision.skipped or "").split())[:_LONGEST_REASON]
    if not reason:
        raise CorpusError("to skip a sentence takes a reason")
    return None, reason


def _standing(
    db: sqlite3.Connection, sentence: int, annotator: str, final: bool
) -> dict[str, Any] | None:
    whose = "final = 1" if final else "final = 0 AND annotator = ?"
    row = db.execute(
        f"SELECT * FROM decisions WHERE sentence = ? AND live = 1 AND {whose}",
        (sentence,) if final else (sentence, annotator),
    ).fetchone()
    return None if row is None else _readable(row) | {"seq": row["seq"]}


def _readable(row: sqlite3.Row) -> dict[str, Any]:
    labels = None if row["labels"] is None else json.loads(row["labels"])
    return {"annotator": row["annotator"], "labels": labels, "skipped": row["skipped"]}
