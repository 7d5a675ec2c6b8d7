"""PDF, read by a process beside this one that can be ended."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import IO, Any, cast

from framing.documents.document import Document
from framing.documents.readers.fields import document
from framing.documents.readers.source import Source

_HYPHEN = re.compile(r"(?<=[a-z])[-\u00ad]\n(?=[a-z])")
_SCRIPT = Path(__file__).with_name("pdf_process.py")


def read_pdf(source: Source) -> Iterator[Document]:
    """One document: the text of all pages, words put together again that a line break parted.

    Lines that hold a page number only are left out. The date is that of the file's creation. A PDF
    that takes more processor time than the limit, or too much memory, is refused.
    """
    content = source.content()
    if b"%PDF-" not in content[:1024]:
        raise source.error("not a PDF file, whatever its suffix says")
    found = _helper.ask(source, content)
    if "error" in found:
        raise source.error(found["error"])
    text = _HYPHEN.sub("", found["text"]).replace("\0", "").strip()
    if not text:
        raise source.error("no text in it; if its pages are pictures, run OCR on it first")
    yield document(text, found, source.name)


class _Helper:
    """The process that reads PDFs: started with the first one, and anew when one was its end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def ask(self, source: Source, content: bytes) -> dict[str, Any]:
        """Title, date and text of a PDF, or the ``error`` that says why there is no text."""
        limits = source.options.limits
        asked = {"size": len(content), "seconds": limits.seconds, "longest": limits.text}
        with self._lock:
            process = self._running()
            try:
                stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
                stdin.write(json.dumps(asked).encode() + b"\n" + content)
                stdin.flush()
                line = stdout.readline()
            except BaseException:  # half a question or half an answer: no use to the next one
                process.kill()
                self._end()
                raise
            if line.endswith(b"\n"):
                return dict(json.loads(line))
            code = self._end()
        if hasattr(signal, "SIGPROF") and code == -signal.SIGPROF:
            return {"error": f"takes over {limits.seconds:g} s of processor time to read"}
        return {
            "error": f"its reader broke down (exit code {code}), most likely for want of memory"
        }

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _end(self) -> int | None:
        """Let go of the process, whose output has ended; its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        with contextlib.suppress(BrokenPipeError):
            process.communicate()
        return process.returncode


_helper = _Helper()
