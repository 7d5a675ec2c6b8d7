"""Builds the files the readers read, with the libraries that write them."""

from __future__ import annotations

import gzip
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from framing.documents import Document
from framing.documents.readers import Fields, Limits, read
from framing.errors import ReadError

STATEMENT = "The regime hid the shells for years. We will not wait for the next attack."


class Reading:
    """Writes files into a folder and reads them back, keeping the errors of records."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.errors: list[ReadError] = []

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(
        self,
        name: str,
        content: bytes | str | None = None,
        *,
        fields: Fields | None = None,
        limits: Limits | None = None,
    ) -> list[Document]:
        path = self.folder / name if content is None else self.write(name, content)
        return list(read(path, fields=fields, limits=limits, on_error=self.errors.append))

    def reason(self, name: str, content: bytes | str | None = None) -> str:
        """Why the file cannot be read; the error must name it in one line."""
        with pytest.raises(ReadError) as caught:
            self.read(name, content)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 600
        return caught.value.reason


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def pdf(*lines: str) -> bytes:
    """A one-page PDF of ``lines`` with a title and a date of creation."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 12 Tf 72 720 Td 14 TL {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Title (On the shells) /CreationDate (D:20240304100000Z) >>",
    ]
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    return (
        f"{out}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {size} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    ).encode()


def mail(html_only: bool = False) -> bytes:
    """A message in two forms, or in HTML alone."""
    message = EmailMessage()
    message["Subject"] = "On thé shells"
    message["From"] = "Press Office <press@example.gov>"
    message["Date"] = "Mon, 04 Mar 2024 10:00:00 +0000"
    if html_only:
        message.set_content(f"<p>{STATEMENT}</p><p>The end.</p>", subtype="html")
    else:
        message.set_content(STATEMENT)
        message.add_alternative("<p>Another form.</p>", subtype="html")
        message.add_attachment(b"\0\1", maintype="image", subtype="png", filename="a.png")
    return bytes(message)


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    """A zip archive of ``members``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def bomb(size: int = 100_000_000) -> bytes:
    """So many zeros, gzipped."""
    return gzip.compress(b"0" * size, 9)
