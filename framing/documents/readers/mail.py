"""E-mail: single messages and mailboxes."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any, cast

from framing.documents.document import Document
from framing.documents.readers import decode
from framing.documents.readers.markup import html_text
from framing.documents.readers.records import documents
from framing.documents.readers.source import MB, Source


def read_message(source: Source) -> Iterator[Document]:
    """One document: the message's body; attachments are not read."""
    content = source.content(source.options.limits.text)
    record = _record(content)
    if isinstance(record, Exception):
        raise source.error(str(record))
    return documents(source, [(0, record)])


def read_mailbox(source: Source) -> Iterator[Document]:
    """One document a message of an mbox file, read one by one."""
    return documents(source, enumerate(map(_record_of, _messages(source))))


def _messages(source: Source) -> Iterator[bytes | Exception]:
    """The messages of a mailbox: each begins with a "From " line after an empty one."""
    limit = source.options.limits.line
    held: list[bytes] = []
    size, blank, begun = 0, True, False
    while line := source.stream.readline(limit):
        if blank and line.startswith(b"From "):
            if begun:
                yield _joined(held, size, limit)
            held, size, begun = [], 0, True
        elif not begun and line.strip():
            raise source.error("not a mailbox: it does not begin with a From line")
        else:
            size += len(line)
            if size <= limit:
                held.append(line[1:] if line.startswith(b">From ") else line)
        blank = line in (b"\n", b"\r\n")
    if begun:
        yield _joined(held, size, limit)


def _joined(lines: list[bytes], size: int, limit: int) -> bytes | Exception:
    if size > limit:
        return ValueError(f"a message of more than {limit // MB} MB")
    return b"".join(lines)


def _record_of(message: bytes | Exception) -> Any:
    return message if isinstance(message, Exception) else _record(message)


def _record(content: bytes) -> Any:
    """A message as a record under the default field names, or the reason why it is none."""
    try:
        message = cast(EmailMessage, email.message_from_bytes(content, policy=email.policy.default))
        if not message.keys():
            return ValueError("not an e-mail message: it has no header")
        return {
            "text": _body(message),
            "title": _header(message, "subject"),
            "date": _header(message, "date"),
            "source": _header(message, "from"),
        }
    except Exception as error:  # the parser raises many kinds on hostile headers
        return ValueError(f"not a readable message ({type(error).__name__}: {error})"[:300])


def _header(message: EmailMessage, name: str) -> str | None:
    value = message.get(name)
    return str(value) if value else None


def _body(message: EmailMessage) -> str | None:
    part = message.get_body(("plain", "html"))
    if part is None:
        return None
    content = part.get_content()
    if part.get_content_subtype() == "html":
        return html_text(content)
    return decode.unified(content)
