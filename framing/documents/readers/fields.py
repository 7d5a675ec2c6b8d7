"""Which field of a record is the text, which the title, and so on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from framing.documents import dates
from framing.documents.document import Document

_TEXT = ("text", "body", "content", "statement", "speech", "article", "transcript", "full_text")
_DATE = ("date", "published", "published_time", "pubdate", "publication_date", "created", "time")


@dataclass(frozen=True, slots=True)
class Fields:
    """For each part of a document, the names its field may have; the first one present is taken.

    Names are compared without regard to case. Give one name of your own as ``Fields(text="Rede")``
    or several as a tuple.
    """

    text: str | tuple[str, ...] = _TEXT
    title: str | tuple[str, ...] = ("title", "headline", "subject", "name")
    date: str | tuple[str, ...] = _DATE
    source: str | tuple[str, ...] = ("source", "publisher", "site", "sitename", "organization")
    url: str | tuple[str, ...] = ("url", "source_url", "link", "permalink", "uri")
    speaker: str | tuple[str, ...] = ("speaker", "author", "president", "creator", "by")

    def pick(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The values of ``record`` under this class's own names; absent or empty ones are None."""
        lowered = {str(key).strip().lower(): value for key, value in record.items()}
        found: dict[str, Any] = {}
        for part, names in self._names():
            values = (lowered.get(name) for name in names)
            found[part] = next((value for value in values if not _absent(value)), None)
        return found

    def columns(self, header: Iterable[str]) -> tuple[list[str], bool]:
        """The columns of ``header`` that ``pick`` may take, and whether one can be the text."""
        known = {str(column).strip().lower(): column for column in header}
        wanted = {
            part: [known[name] for name in names if name in known] for part, names in self._names()
        }
        return sorted({column for columns in wanted.values() for column in columns}), bool(
            wanted["text"]
        )

    def _names(self) -> Iterator[tuple[str, list[str]]]:
        for part in fields(self):
            names = getattr(self, part.name)
            yield (
                part.name,
                [name.lower() for name in ((names,) if isinstance(names, str) else names)],
            )


def document(text: str, picked: Mapping[str, Any], path: str, position: int = 0) -> Document:
    """A Document of ``text`` and what ``Fields.pick`` found; the URL's host is a source too."""
    url = line(picked.get("url"))
    return Document(
        text=text,
        title=line(picked.get("title")),
        date=dates.iso(picked.get("date")),
        source=line(picked.get("source")) or host(url),
        url=url,
        speaker=line(picked.get("speaker")),
        path=path,
        position=position,
    )


def line(value: Any) -> str | None:
    """A scalar, or a list of them, as one line of text; None for anything else."""
    if isinstance(value, (list, tuple)):
        value = ", ".join(filter(None, map(line, value[:20])))
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return " ".join(str(value).split()) or None


def host(url: str | None) -> str | None:
    """The host a URL names, without a leading ``www.``."""
    try:
        name = urlsplit(url or "").hostname
    except ValueError:
        return None
    return name.removeprefix("www.") if name else None


def _absent(value: Any) -> bool:
    if isinstance(value, float) and math.isnan(value):
        return True
    return value is None or value == "" or value == [] or value == {}
