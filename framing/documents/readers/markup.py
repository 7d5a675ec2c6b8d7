"""HTML pages, and news feeds in RSS and Atom."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

from framing.documents.document import Document
from framing.documents.readers import decode
from framing.documents.readers.fields import document
from framing.documents.readers.records import documents
from framing.documents.readers.source import Source

_BLOCK_TAGS = """
address article aside blockquote body br dd div dl dt fieldset figcaption figure footer form h1 h2
h3 h4 h5 h6 header hr li main nav ol option p pre section table tbody td tfoot th thead tr ul
"""
_BLOCK = frozenset(_BLOCK_TAGS.split())
_HIDDEN = frozenset(("script", "style", "head", "template", "noscript", "svg", "math", "textarea"))
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.I)
_MARKER = re.compile(r"^(?:[-*]|\d{1,3}\.)\s+")
# On larger pages trafilatura takes minutes and gigabytes; their visible text is taken instead.
_LARGEST_PAGE = 2_000_000
# An extraction with less than this share of the page's words has missed the statement.
_ENOUGH = 0.2


def read_html(source: Source) -> Iterator[Document]:
    """One document: the main text of the page, without navigation, and its metadata.

    Scripts are never run. trafilatura (Barbaresi 2021) finds the main text; where it finds next to
    nothing, or the page is larger than two million characters, all visible text is taken.
    """
    page = _page(source, source.content(source.options.limits.tree))
    whole = html_text(page)
    extracted = _extract(source, page) if len(page) <= _LARGEST_PAGE else {}
    main = _paragraphs(extracted.get("text") or "")
    text = main if len(main) >= _ENOUGH * len(whole) else whole
    if not text:
        raise source.error("no text in it")
    yield document(text, extracted, source.name)


def _page(source: Source, content: bytes) -> str:
    """The page as text, by the charset it declares where it is not UTF-8."""
    declared = _CHARSET.search(content[:4096])
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        if declared and not content.startswith(decode.BYTE_ORDER_MARKS):
            with suppress(LookupError):
                return decode.unified(content.decode(declared[1].decode("ascii"), "replace"))
    return decode.decode(source, content)


def _extract(source: Source, page: str) -> dict[str, Any]:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    with source.parsing("HTML"):
        found = trafilatura.bare_extraction(
            page,
            with_metadata=True,
            include_comments=False,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    names = {"source": "sitename", "speaker": "author"}
    parts = ("text", "title", "date", "source", "url", "speaker")
    return {part: getattr(found, names.get(part, part), None) for part in parts}


def _paragraphs(text: str) -> str:
    """trafilatura's lines as blocks: it puts one paragraph, list item or table row on each."""
    lines = (_MARKER.sub("", line.strip().strip("|").strip()) for line in text.split("\n"))
    return "\n\n".join(filter(None, lines))


def html_text(page: str) -> str:
    """All visible text of a page or a piece of HTML, blocks parted by blank lines."""
    parser = _Text()
    parser.feed(page)
    parser.close()
    blocks = (" ".join(block.split()) for block in "".join(parser.parts).split("\0"))
    return "\n\n".join(filter(None, blocks))


class _Text(HTMLParser):
    """Collects text, a NUL between blocks; what a page does not show is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag in _BLOCK:
            self.parts.append("\0")
            if tag == "body":
                self._hidden.clear()  # the head was never closed

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif tag in _BLOCK:
            self.parts.append("\0")

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        if tag in _BLOCK:
            self.parts.append("\0")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data.replace("\0", " "))


def read_feed(source: Source) -> Iterator[Document]:
    """One document an item of an RSS or Atom feed; no entity is expanded, nothing is fetched."""
    return documents(source, enumerate(_items(source, source.content())))


def _items(source: Source, content: bytes) -> Iterator[Any]:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    publisher = None
    path: list[Any] = []
    try:
        for event, element in iterparse(io.BytesIO(content), ("start", "end")):
            if event == "start":
                path.append(element)
                if len(path) == 1 and _tag(element) not in ("rss", "feed", "RDF"):
                    raise source.error(f"XML, but no RSS or Atom feed (<{_tag(element)[:40]}>)")
                continue
            path.pop()
            if _tag(element) in ("item", "entry"):
                yield _item(element, publisher)
            elif _tag(element) == "title" and path and _tag(path[-1]) in ("channel", "feed"):
                publisher = element.text
            if path and _tag(path[-1]) in ("channel", "feed", "rss", "RDF"):
                path[-1].remove(element)  # so that memory does not grow with the feed
    except ParseError as error:
        raise source.error(f"not well-formed XML ({error})") from error
    except DefusedXmlException as error:
        raise source.error("declares XML entities, which are never expanded") from error


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _item(element: Any, publisher: str | None) -> dict[str, Any]:
    """An item as a record under the default field names."""
    found: dict[str, Any] = {"source": publisher}
    for child in element:
        tag, value = _tag(child), "".join(child.itertext()).strip()
        if tag == "link":
            value = value or child.get("href", "")
            if child.get("rel", "alternate") != "alternate":
                continue
        if value:
            found.setdefault(tag, value)
    bodies = (found.get(name) for name in ("encoded", "content", "description", "summary"))
    return {
        "text": html_text(next(filter(None, bodies), "")),
        "title": html_text(found.get("title", "")),
        "date": found.get("pubDate")
        or found.get("published")
        or found.get("date")
        or found.get("updated"),
        "source": publisher,
        "url": found.get("link"),
        "speaker": found.get("creator") or found.get("author"),
    }
