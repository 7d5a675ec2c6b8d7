"""Background work of a project: a process of its own, whose state and progress stand in a table."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from framing.errors import FramingError
from framing.web.annotate import database
from framing.web.annotate.decisions import now, put_setting, setting
from framing.web.annotate.project import Project, open_project
from framing.web.annotate.settled import settled

TRAIN = "train"
SCORE = "score"
EVERY = 100  # newly settled sentences after which a new model is offered
FEWEST = 20  # with fewer there is nothing to learn and less to measure
_DECLINED = "declined_at"
_SILENCE = 600.0  # seconds without a sign of life after which a job is given up


class Busy(FramingError):
    """A job is running already."""


def begin(project: Project, kind: str, model: str | None = None) -> int:
    """Start a job in a process of its own; returns its number. Raises ``Busy``."""
    with project.session() as db:
        with database.transaction(db):
            _bury(db)
            if db.execute("SELECT 1 FROM jobs WHERE state = 'running'").fetchone():
                raise Busy("another model is still being trained or asked; wait for it to finish")
            number = db.execute(
                "INSERT INTO jobs (kind, state, model, started, beat)"
                " VALUES (?, 'running', ?, ?, ?)",
                (kind, model, now(), time.time()),
            ).lastrowid
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(project.folder), str(number)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for the page, not for this
        )
        db.execute("UPDATE jobs SET pid = ? WHERE n = ?", (process.pid, number))
    return int(number or 0)


def latest(db: sqlite3.Connection, kind: str | None = None) -> dict[str, Any] | None:
    """The latest job, of one kind if given; one that was killed is marked as failed."""
    with database.transaction(db):
        _bury(db)
    row = db.execute(
        "SELECT n, kind, state, model, started, done, total, step, result, error FROM jobs"
        " WHERE :kind IS NULL OR kind = :kind ORDER BY n DESC LIMIT 1",
        {"kind": kind},
    ).fetchone()
    if row is None:
        return None
    return dict(row) | {"result": json.loads(row["result"]) if row["result"] else None}


def offer(db: sqlite3.Connection, settled_now: int) -> dict[str, Any]:
    """Whether a model may be trained now, and whether it is time to offer it.

    ``new`` counts the sentences settled since the last model, or since the offer was declined.
    """
    last = _last_trained(db)
    declined = int(setting(db, _DECLINED) or 0)
    new = max(0, settled_now - (len(json.loads(last["sentences"])) if last else 0))
    since = min(new, settled_now - declined)
    return {
        "new": new,
        "every": EVERY,
        "possible": settled_now >= FEWEST,
        "fewest": FEWEST,
        "offered": settled_now >= FEWEST and since >= EVERY,
    }


def decline(db: sqlite3.Connection, settled_now: int) -> None:
    """Ask again only after another hundred."""
    put_setting(db, _DECLINED, settled_now)


def current_model(db: sqlite3.Connection) -> str | None:
    """The folder or name of the model that was trained or asked last."""
    row = db.execute(
        "SELECT model FROM jobs WHERE state = 'done' AND model IS NOT NULL ORDER BY n DESC LIMIT 1"
    ).fetchone()
    return None if row is None else str(row["model"])


def _last_trained(db: sqlite3.Connection) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT n, sentences FROM jobs WHERE kind = 'train' AND state = 'done'"
        " ORDER BY n DESC LIMIT 1"
    ).fetchone()
    return row


def _bury(db: sqlite3.Connection) -> None:
    """Mark a running job as failed whose process is gone."""
    for row in db.execute("SELECT n, pid, beat FROM jobs WHERE state = 'running'").fetchall():
        silent = time.time() - row["beat"]
        if silent > _SILENCE or (row["pid"] and silent > 2 and not _alive(row["pid"])):
            db.execute(
                "UPDATE jobs SET state = 'failed', error = ? WHERE n = ?",
                ("its process was ended before it had finished; start it again", row["n"]),
            )


def _alive(pid: int) -> bool:
    try:
        done, _ = os.waitpid(pid, os.WNOHANG)  # our own child, ended, would look alive otherwise
        return done == 0
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run(project: Project, number: int) -> None:
    """Do job ``number`` in this process; what goes wrong is written into its row."""
    import sklearn.linear_model  # noqa: F401 - only what is loaded already can be limited
    from threadpoolctl import threadpool_limits

    from framing.web.annotate import learning

    # Sums over so few rows are not worth a thread each: on a busy machine those wait in turn.
    with project.session() as db, threadpool_limits(1):
        job = db.execute("SELECT * FROM jobs WHERE n = ?", (number,)).fetchone()
        report = _reporter(db, number)
        try:
            model = job["model"]
            if job["kind"] == TRAIN:
                sentences = settled(db, project.codebook)
                last = _last_trained(db)
                before = set(json.loads(last["sentences"])) if last else set()
                folder = project.models / f"{number:03}"
                result = learning.train(sentences, before, project.codebook, folder, report)
                model = str(folder.resolve())
                known = json.dumps([s.id for s in sentences])
                db.execute(
                    "UPDATE jobs SET result = ?, sentences = ? WHERE n = ?",
                    (json.dumps(result), known, number),
                )
            learning.ask(db, model, project.codebook, report)
        except Exception as error:  # the row is the only place where anybody would see it
            kind = "" if isinstance(error, FramingError) else f"{type(error).__name__}: "
            db.execute(
                "UPDATE jobs SET state = 'failed', error = ? WHERE n = ?",
                (f"{kind}{error}"[:500], number),
            )
        else:
            db.execute(
                "UPDATE jobs SET state = 'done', model = ?, done = total WHERE n = ?",
                (model, number),
            )


def _reporter(db: sqlite3.Connection, number: int) -> Callable[[str, int, int], None]:
    def report(step: str, done: int, total: int) -> None:
        db.execute(
            "UPDATE jobs SET step = ?, done = ?, total = ?, beat = ? WHERE n = ?",
            (step, done, total, time.time(), number),
        )

    return report


def main(arguments: list[str]) -> None:
    """``python -m framing.web.annotate.jobs PROJECT NUMBER``: what ``begin`` starts."""
    from pathlib import Path

    folder, number = arguments
    run(open_project(Path(folder)), int(number))


if __name__ == "__main__":
    os.nice(5)  # the page comes first
    main(sys.argv[1:])
