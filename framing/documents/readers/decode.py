"""Bytes become text, or one clear reason why not."""

from __future__ import annotations

import codecs
import re
from typing import Any

from framing.documents.readers.source import MB, Source

_MAGIC = {
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x1f\x8b": "gzip data",
    b"\x28\xb5\x2f\xfd": "zstandard data",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"\xd0\xcf\x11\xe0": "an old office document (.doc, .xls)",
    b"{\\rtf": "an RTF document",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ": "xz data",
}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BYTE_ORDER_MARKS = (*_UTF16, codecs.BOM_UTF8)
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# What Windows-1252 text in English has beyond ASCII: its punctuation and signs, and accented
# letters beside other letters, save Â and Ã, which are what UTF-8 cut short looks like. Bytes that
# decode to anything else were never Windows-1252.
_PLAUSIBLE = re.compile(
    "[‘’‚“”„–—…•·§¶©®™°¢£€¥½¼¾±×\u00a0«»†‡¿¡]"
    "|(?<=[A-Za-zÀÁÄ-ÖØ-öø-ü])[ÀÁÄ-ÖØ-öø-üŠšŽžŒœ]|[ÀÁÄ-ÖØ-öø-üŠšŽžŒœ](?=[A-Za-zÀÁÄ-ÖØ-öø-ü])"
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def text(source: Source) -> str:
    """The whole of a text file, line ends made ``\\n``; ReadError when it is not text.

    UTF-8, UTF-16 with its mark, or Windows-1252 that reads as such; other bytes are an error.
    """
    content = source.content(source.options.limits.text)
    if content[:100].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise source.error("not text but an HTML page; rename it with its right suffix")
    decoded = decode(source, content)
    longest = source.options.limits.line
    if len(decoded) > longest and max(map(len, decoded.split("\n"))) > longest:
        raise source.error(f"a single line longer than {longest // MB} million characters")
    return decoded


def decode(source: Source, content: bytes) -> str:
    """Decode ``content``, or raise the ReadError that says what it is instead of text."""
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            raise source.error(f"not text but {kind}; rename it with its right suffix")
    try:
        decoded = _decoded(content)
    except UnicodeDecodeError as error:
        reason = f"not valid UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start})"
        raise source.error(f"{reason}; convert it to UTF-8") from None
    if "\0" in decoded:
        raise source.error("contains NUL characters; a binary file?")
    controls = sum(1 for _ in _CONTROL.finditer(decoded))
    if controls * 100 > len(decoded):
        raise source.error("full of control characters; a binary file?")
    return unified(decoded)


def unified(decoded: str) -> str:
    """``decoded`` with every line end made ``\\n``."""
    return decoded.replace("\r\n", "\n").replace("\r", "\n") if "\r" in decoded else decoded


def cell(value: Any) -> Any:
    """A value of a record as it is, or ValueError when it is a string that is no text.

    Bytes that were not UTF-8 come as surrogates and are read as Windows-1252 where that fits.
    """
    if not isinstance(value, str):
        return value
    if "\0" in value:
        raise ValueError("contains NUL characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        try:
            return _decoded(value.encode("utf-8", "surrogateescape"))
        except UnicodeError:
            raise ValueError("not valid UTF-8") from None
    return value


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF16):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in content or _MULTIBYTE.search(content):  # binary, or UTF-8 that is damaged
            raise
        guess = content.decode("cp1252", "replace")
        strange = len(_NOT_ASCII.findall(guess)) - len(_PLAUSIBLE.findall(guess))
        if strange:
            raise
        return guess
