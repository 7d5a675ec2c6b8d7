"""Reads PDFs in a process of its own, which the system ends when one of them takes too long.

A PDF can be made so that its parser runs for days or fills the memory, and no exception helps
against that. ``pdf.py`` runs this file as a script and talks to it through its standard streams:
a line of JSON and the bytes of a PDF in, a line of JSON out, until the input ends. It imports
nothing of the package, so that it starts fast.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any

MEMORY = 1_000_000_000  # bytes of address space
_PAGE_NUMBER = re.compile(r"[-–—\s]*(?:page\s+)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[-–—\s]*", re.I)


class _Refused(Exception):
    """Why a PDF that could be parsed is not read."""


def main() -> None:
    """Answer until standard input ends."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not every system has such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    while header := sys.stdin.buffer.readline():
        asked = json.loads(header)
        content = sys.stdin.buffer.read(asked["size"])
        _allow(asked["seconds"])
        reply = json.dumps(_reply(content, asked["longest"]))
        _allow(0)
        sys.stdout.buffer.write(reply.encode() + b"\n")
        sys.stdout.buffer.flush()


def _allow(seconds: float) -> None:
    """End this process after so many seconds of processor time; 0 is no limit."""
    if hasattr(signal, "setitimer"):  # Windows has no such clock, and no such limit
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _reply(content: bytes, longest: int) -> dict[str, Any]:
    try:
        return _read(content, longest)
    except _Refused as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": f"takes more than {MEMORY // 1_000_000} MB of memory to read"}
    except Exception as error:  # pypdf raises anything at all: KeyError, RecursionError
        return {"error": f"not a readable PDF file ({type(error).__name__}: {error})"[:250]}


def _read(content: bytes, longest: int) -> dict[str, Any]:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise _Refused("locked with a password")
    text = "\n".join(_pages(reader, longest))
    facts = reader.metadata
    created = facts.creation_date if facts else None
    title = facts.title if facts else None
    return {
        "text": text,
        "title": str(title) if title else None,
        "date": created.date().isoformat() if created else None,
    }


def _pages(reader: Any, longest: int) -> Iterator[str]:
    size = 0
    for page in reader.pages:
        lines = (page.extract_text() or "").split("\n")
        text = "\n".join(line for line in lines if not _PAGE_NUMBER.fullmatch(line))
        size += len(text)
        if size > longest:
            raise _Refused(f"more than {longest // 1_000_000} million characters of text; split it")
        yield text


if __name__ == "__main__":
    main()
