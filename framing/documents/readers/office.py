"""DOCX."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from framing.documents.document import Document
from framing.documents.readers.fields import document
from framing.documents.readers.source import MB, Source


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
