"""PDF and DOCX."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from framing.documents.document import Document
from framing.documents.readers.fields import document
from framing.documents.readers.source import MB, Source

_PAGE_NUMBER = re.compile(r"[-–—\s]*(?:page\s+)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[-–—\s]*", re.I)
_HYPHEN = re.compile(r"(?<=[a-z])[-\u00ad]\n(?=[a-z])")


def read_pdf(source: Source) -> Iterator[Document]:
    """One document: the text of all pages, words put together again that a line break parted.

    Lines that hold a page number only are left out. The date is that of the file's creation.
    """
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    content = source.content()
    if b"%PDF-" not in content[:1024]:
        raise source.error("not a PDF file, whatever its suffix says")
    with source.parsing("PDF"):
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise source.error("locked with a password")
        text = "\n".join(_pages(source, reader))
        facts = reader.metadata
        created = facts.creation_date if facts else None
        title = facts.title if facts else None
    if not text.strip():
        raise source.error("no text in it; if its pages are pictures, run OCR on it first")
    text = _HYPHEN.sub("", text).replace("\0", "").strip()
    yield document(text, {"title": title, "date": created}, source.name)


def _pages(source: Source, reader: Any) -> Iterator[str]:
    size = 0
    limit = source.options.limits.text
    for page in reader.pages:
        lines = (page.extract_text() or "").split("\n")
        text = "\n".join(line for line in lines if not _PAGE_NUMBER.fullmatch(line))
        size += len(text)
        if size > limit:
            raise source.error(f"more than {limit // MB} million characters of text; split it")
        yield text


def read_docx(source: Source) -> Iterator[Document]:
    """One document: paragraphs, headings, list items and table cells, parted by blank lines.

    The date is that of the file's creation. Headers, footers, notes and comments are not read.
    """
    import docx

    content = source.content()
    _check_package(source, content)
    with source.parsing("DOCX"):
        package = docx.Document(io.BytesIO(content))
        text = "\n\n".join(filter(None, (part.strip() for part in _parts(package))))
        facts = package.core_properties
        picked = {"title": facts.title, "date": facts.created}
    if not text:
        raise source.error("no text in it")
    yield document(text, picked, source.name)


def _check_package(source: Source, content: bytes) -> None:
    """Refuse what is no DOCX, or would be far too large unpacked, before anything is parsed."""
    try:
        infos = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise source.error(f"not a readable DOCX file ({error})") from error
    limit = source.options.limits.tree
    if any(info.file_size > limit for info in infos if info.filename.endswith(".xml")):
        raise source.error(f"unpacks to over {limit // MB} MB of XML: a zip bomb?")
    if sum(info.file_size for info in infos) > source.options.limits.file:
        raise source.error("unpacks to more than the limit for one file: a zip bomb?")


def _parts(container: Any) -> Iterator[str]:
    from docx.table import Table

    for part in container.iter_inner_content():
        if not isinstance(part, Table):
            yield part.text
            continue
        seen = set()
        for cell in (cell for row in part.rows for cell in row.cells):
            if cell._tc not in seen:  # a merged cell is listed once for each place it covers
                seen.add(cell._tc)
                yield from _parts(cell)
