"""Whether a corpus keeps its rules: every fault with the file and the line where it stands."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from framing.codebook import Codebook
from framing.corpus.duplicates import pairs_within
from framing.corpus.examples import (
    AUTHORED,
    REAL,
    LabelledSentence,
    Missing,
    StandOff,
    digest,
    read_jsonl,
)
from framing.corpus.leaks import Text, behaviour_leaks, committed_text
from framing.corpus.locate import letters
from framing.corpus.sources import SOURCES, Originals
from framing.errors import CorpusError

REGISTERS = ("speech", "press_release", "order", "briefing", "un_statement", "treaty_report")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,79}")
_HASH = re.compile(r"[0-9a-f]{64}")
_STRINGS = ("date", "speaker", "stratum", "annotator", "labelled_on", "codebook", "phenomenon")
_AUTHORED_FIELDS = {f.name for f in fields(LabelledSentence)} - {"document"}
_REAL_FIELDS = {f.name for f in fields(StandOff)}


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault: ``kind`` is a short name that scripts can rely on."""

    kind: str
    file: str
    line: int
    id: str
    message: str


@dataclass(slots=True)
class Report:
    """What a check has found, how much it has read, and what it could not verify."""

    problems: list[Problem] = field(default_factory=list)
    authored: int = 0
    real: int = 0
    verified: int = 0
    cases: int = 0
    missing: list[Missing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it stands in a file, before anything is believed about it."""

    file: Path
    line: int
    record: dict[str, Any]

    def problem(self, kind: str, message: str) -> Problem:
        """A fault of this record."""
        return Problem(kind, str(self.file), self.line, str(self.record.get("id", "?")), message)


def check(
    folder: Path,
    codebook: Codebook,
    originals: Originals | None = None,
    cases: Path | None = None,
    project: Path | None = None,
) -> Report:
    """Check the corpus in ``folder``.

    With ``originals`` spans and hashes are verified, and real sentences are looked for among the
    authored ones and in the files of ``project`` (see ``leaks.committed_text``). ``cases`` is a
    JSON Lines file of behaviour tests, field ``text``, that must not be in the corpus.
    Raises ``CorpusError`` when ``folder`` is no corpus.
    """
    if not (folder / AUTHORED).is_dir() and not (folder / REAL).is_dir():
        raise CorpusError(f"{folder}: is no corpus; it has neither {AUTHORED}/ nor {REAL}/")
    report = Report()
    authored = [row for row in _rows(folder / AUTHORED, report) if _is_authored(row, report)]
    real = [row for row in _rows(folder / REAL, report) if _is_stand_off(row, report)]
    report.authored, report.real = len(authored), len(real)
    report.problems += _labels(codebook, authored + real)
    report.problems += _ids(authored + real)
    report.problems += _pairs(authored)
    report.problems += _duplicates(authored)
    report.problems += _overlaps(real)
    known = [Text(str(r.file), r.line, r.record["id"], r.record["text"]) for r in authored]
    found = _verify(real, originals, report) if originals else []
    _leaks(report, known, found, cases, project)
    report.problems.sort(key=lambda p: (p.file, p.line, p.kind))
    return report


def _rows(folder: Path, report: Report) -> Iterator[Row]:
    for path in sorted(folder.glob("*.jsonl")):
        try:
            for line, record in read_jsonl(path):
                yield Row(path, line, record)
        except CorpusError as error:
            at = re.search(r", line (\d+):", str(error))
            report.problems.append(
                Problem("unreadable", str(path), int(at[1]) if at else 0, "?", str(error))
            )


def _is_authored(row: Row, report: Report) -> bool:
    faults = list(_common(row, _AUTHORED_FIELDS, ("id", "text", "labels")))
    text = row.record.get("text")
    if text is not None and (not isinstance(text, str) or not letters(text)):
        faults.append(row.problem("bad-text", "the text has neither letter nor digit"))
    register = row.record.get("register")
    if register is not None and register not in REGISTERS:
        known = ", ".join(REGISTERS)
        faults.append(row.problem("unknown-register", f"{register!r} is none of {known}"))
    report.problems += faults
    return not any(f.kind in ("bad-field", "bad-text") for f in faults)


def _is_stand_off(row: Row, report: Report) -> bool:
    if "text" in row.record:
        report.problems.append(
            row.problem("real-text", "a stand-off label must not carry the sentence's text")
        )
    needed = ("id", "source", "document", "start", "end", "sha256", "labels")
    faults = list(_common(row, _REAL_FIELDS | {"text"}, needed))
    r = row.record
    if not faults and not (
        type(r["start"]) is type(r["end"]) is int and 0 <= r["start"] < r["end"]
    ):
        faults.append(row.problem("bad-span", f"{r['start']!r} to {r['end']!r} is no stretch"))
    if not _HASH.fullmatch(str(r.get("sha256", ""))):
        faults.append(row.problem("bad-field", "sha256 is not 64 hexadecimal digits"))
    if r.get("source") is not None and r["source"] not in SOURCES:
        known = ", ".join(SOURCES)
        faults.append(row.problem("unknown-source", f"{r['source']!r} is none of {known}"))
    report.problems += faults
    return not faults


def _common(row: Row, known: set[str], needed: tuple[str, ...]) -> Iterator[Problem]:
    record = row.record
    if lacking := [name for name in needed if record.get(name) is None]:
        yield row.problem("bad-field", f"lacks {', '.join(lacking)}")
    if unknown := sorted(set(record) - known):
        yield row.problem("unknown-field", f"has unknown field {', '.join(unknown)}")
    wrong = [n for n in _STRINGS if record.get(n) is not None and not isinstance(record[n], str)]
    labels = record.get("labels", [])
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        wrong.append("labels")
    if wrong:
        yield row.problem("bad-field", f"{', '.join(wrong)} of the wrong type")
    for name in ("date", "labelled_on"):
        if isinstance(record.get(name), str) and not _is_date(record[name]):
            yield row.problem("bad-date", f"{name} {record[name]!r} is not a date yyyy-mm-dd")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _labels(codebook: Codebook, rows: Iterable[Row]) -> Iterator[Problem]:
    names = set(codebook.names)
    for row in rows:
        labels = row.record["labels"]
        if unknown := [label for label in labels if label not in names]:
            shown = ", ".join(map(repr, unknown))
            yield row.problem("unknown-label", f"{shown} not in codebook {codebook.name!r}")
        if len(set(labels)) != len(labels):
            yield row.problem("bad-field", "a label is given twice")


def _ids(rows: Iterable[Row]) -> Iterator[Problem]:
    first: dict[str, Row] = {}
    for row in rows:
        identifier = str(row.record["id"])
        if not _ID.fullmatch(identifier):
            yield row.problem("bad-id", "an id is 4-80 letters, digits, dots or hyphens")
        if identifier in first:
            other = first[identifier]
            yield row.problem("duplicate-id", f"stands also in {other.file}, line {other.line}")
        first.setdefault(identifier, row)


def _pairs(rows: Iterable[Row]) -> Iterator[Problem]:
    sides: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.record.get("pair") is not None:
            sides[str(row.record["pair"])].append(row)
    for pair, members in sides.items():
        if len(members) != 2:
            message = f"pair {pair} has {len(members)} sides, not 2"
        elif set(members[0].record["labels"]) == set(members[1].record["labels"]):
            message = f"both sides of pair {pair} have the same labels"
        elif members[0].record.get("phenomenon") != members[1].record.get("phenomenon"):
            message = f"the sides of pair {pair} name two phenomena"
        else:
            continue
        yield members[-1].problem("bad-pair", message)


def _duplicates(rows: list[Row]) -> Iterator[Problem]:
    first: dict[str, Row] = {}
    for row in rows:
        key = letters(row.record["text"]).casefold()
        if key in first:
            other = first[key]
            yield row.problem("duplicate-text", f"same text: {other.file}, line {other.line}")
        first.setdefault(key, row)
    unique = list(first.values())
    for i, j, alike in pairs_within([row.record["text"] for row in unique]):
        one, two = unique[i], unique[j]
        if not one.record.get("pair") or one.record.get("pair") != two.record.get("pair"):
            where = f"{one.file}, line {one.line}"
            yield two.problem("near-duplicate", f"shares {alike:.0%} of its word triples: {where}")


def _overlaps(rows: Iterable[Row]) -> Iterator[Problem]:
    by_document: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_document[row.record["source"], row.record["document"]].append(row)
    for members in by_document.values():
        members.sort(key=lambda row: (row.record["start"], row.record["end"]))
        last = members[0]
        for row in members[1:]:
            if row.record["start"] < last.record["end"]:
                yield row.problem("overlap", f"its stretch overlaps {last.record['id']}")
            if row.record["end"] > last.record["end"]:
                last = row


def _verify(rows: list[Row], originals: Originals, report: Report) -> list[Text]:
    """Read each stretch, count what is missing, and return the sentences that are right."""
    found: list[Text] = []
    missing: Counter[tuple[str, str]] = Counter()
    for row in sorted(rows, key=lambda row: (row.record["source"], row.record["document"])):
        r = row.record
        whole = originals.read(r["source"], r["document"])
        if whole is None:
            missing[r["source"], originals.why(r["source"])] += 1
        elif r["end"] > len(whole):
            end = f"the file has {len(whole)} characters"
            report.problems.append(row.problem("bad-span", f"ends at {r['end']}, but {end}"))
        elif digest(whole[r["start"] : r["end"]]) != r["sha256"]:
            message = f"sha256 is not that of characters {r['start']}-{r['end']} of the original"
            report.problems.append(row.problem("wrong-hash", message))
        else:
            text = originals.readable(r["source"], whole[r["start"] : r["end"]])
            found.append(Text(str(row.file), row.line, r["id"], text))
    report.verified = len(found)
    report.missing = [Missing(s, n, reason) for (s, reason), n in sorted(missing.items())]
    return found


def _leaks(
    report: Report,
    authored: list[Text],
    real: list[Text],
    cases: Path | None,
    project: Path | None,
) -> None:
    tests: list[Text] = []
    if cases is not None:
        for line, record in read_jsonl(cases):
            text = record.get("text")
            if not isinstance(text, str):
                raise CorpusError(f"{cases}, line {line}: a behaviour case needs a text")
            told = [text, record.get("variant"), *record.get("variants", [])]
            name = str(record.get("id", line))
            tests += [Text(str(cases), line, name, t) for t in told if isinstance(t, str)]
            report.cases += 1
    for text, message in behaviour_leaks(tests, authored + real):
        report.problems.append(Problem("leak", text.file, text.line, text.id, message))
    for text, message in committed_text(authored, real, project):
        report.problems.append(Problem("real-text", text.file, text.line, text.id, message))
