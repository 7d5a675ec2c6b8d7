"""Plain text and Markdown, with what their first lines say about the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from framing.documents.document import Document
from framing.documents.readers import decode
from framing.documents.readers.fields import document
from framing.documents.readers.source import Source

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.{0,20000}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.M | re.S)
_HEADER_LINE = re.compile(r"\s*<(\w{1,20})=[\"“]([^\n]{0,2000})[\"”]>[ \t]*(?:\n|\Z)")
_PAIR = re.compile(r"^(\w[\w-]*):[ \t]+(.+)$", re.M)


def read_text(source: Source) -> Iterator[Document]:
    """One document; its text is the file's without the header."""
    header, body = split_header(decode.text(source))
    yield _document(source, header, body.strip())


def read_markdown(source: Source) -> Iterator[Document]:
    """One document; its text is the file's without header and Markdown marks."""
    from framing.documents.readers.markdown import plain

    header, body = split_header(decode.text(source))
    yield _document(source, header, plain(body))


def split_header(text: str) -> tuple[dict[str, Any], str]:
    """Take YAML front matter, or ``<title="…">`` lines, off the top of ``text``."""
    if text.startswith("---"):
        match = _FRONT_MATTER.match(text)
        if match:
            return _yaml(match.group(1)), text[match.end() :]
    header: dict[str, Any] = {}
    while match := _HEADER_LINE.match(text):
        header[match.group(1)] = match.group(2)
        text = text[match.end() :]
    return header, text


def _yaml(block: str) -> dict[str, Any]:
    """The mapping ``block`` is; where it is not quite YAML, its ``key: value`` lines."""
    import yaml

    try:
        loaded = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {key: value.strip("'\" ") for key, value in _PAIR.findall(block)}
    return loaded if isinstance(loaded, dict) else {}


def _document(source: Source, header: dict[str, Any], body: str) -> Document:
    if not body:
        raise source.error("no text in it")
    return document(body, source.options.fields.pick(header), source.name)
