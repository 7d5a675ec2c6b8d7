"""Compressed files: what is inside is read by its own suffix, never unpacked to disk."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any, cast

from framing.documents.document import Document
from framing.documents.readers.source import Source

# What the standard library raises on a damaged archive; RuntimeError when it is locked.
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError)
_PACKED = (".gz", ".zst", ".zip", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".rar")


def read_gzip(source: Source) -> Iterator[Document]:
    """The documents of ``NAME.SUFFIX.gz``, read as ``NAME.SUFFIX``."""
    return _single(source, gzip.GzipFile(fileobj=source.stream))


def read_zstandard(source: Source) -> Iterator[Document]:
    """The documents of ``NAME.SUFFIX.zst``, read as ``NAME.SUFFIX``."""
    return _single(source, io.BufferedReader(_Zstandard(source.stream), 1 << 16))


def read_zip(source: Source) -> Iterator[Document]:
    """The documents of every member, in the archive's order; hidden ones are skipped.

    A member that cannot be read is a bad record; an archive inside the archive is one too.
    """
    stream = source.stream if source.stream.seekable() else io.BytesIO(source.content())
    try:
        archive = zipfile.ZipFile(stream)
    except _BROKEN as error:
        raise source.error(f"not a readable zip archive ({error})") from error
    with archive:
        members = [info for info in archive.infolist() if _visible(info)]
        limits, size = source.options.limits, stream.seek(0, io.SEEK_END)
        if sum(info.file_size for info in members) > max(limits.slack, limits.ratio * size):
            raise source.error(f"would unpack to over {limits.ratio} times its size: a zip bomb?")
        if not members:
            raise source.error("an archive with nothing in it")
        for info in members:
            yield from source.guard(_member(source, archive, info))


def _visible(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    return not info.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in parts)


def _member(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Document]:
    name = f"{source.name}!{info.filename}"
    suffix = PurePosixPath(info.filename).suffix.lower()
    inner = Source(name, suffix, source.stream, source.options)
    try:
        opened = archive.open(info)
    except _BROKEN as error:
        raise inner.error(f"cannot be unpacked ({error})") from error
    with opened:
        yield from _inside(inner, opened, lambda: info.compress_size)


def _single(source: Source, opened: Any) -> Iterator[Document]:
    suffix = PurePosixPath(PurePosixPath(source.name).stem).suffix.lower()
    inner = Source(source.name, suffix, source.stream, source.options)
    read_so_far = source.stream.tell if source.stream.seekable() else lambda: 1 << 62
    with opened:
        yield from _inside(inner, opened, read_so_far)


def _inside(source: Source, opened: IO[bytes], packed: Callable[[], int]) -> Iterator[Document]:
    from framing.documents.readers.registry import dispatch

    if source.suffix in _PACKED:
        raise source.error("an archive inside an archive is not opened; unpack it first")
    stream = cast(Any, io.BufferedReader(_Unpacked(source, opened, packed), 1 << 16))
    yield from dispatch(Source(source.name, source.suffix, stream, source.options))


class _Unpacked(io.RawIOBase):
    """Decompressed bytes; stops with a ReadError at damage, or when far too many come out."""

    def __init__(self, source: Source, opened: IO[bytes], packed: Callable[[], int]) -> None:
        self._source = source
        self._opened = opened
        self._packed = packed
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._opened.read(len(buffer))
        except _BROKEN as error:
            raise self._source.error(f"damaged or cut short ({error})") from error
        self._total += len(data)
        limits = self._source.options.limits
        if self._total > limits.slack and self._total > limits.ratio * max(1, self._packed()):
            raise self._source.error(f"unpacks to over {limits.ratio} times its size: a zip bomb?")
        buffer[: len(data)] = data
        return len(data)


class _Zstandard(io.RawIOBase):
    """The frames of a zstandard file, decompressed; EOFError where the last one is cut short.

    The library's own reader does not tell a cut file from a whole one.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        import zstandard

        self._stream = stream
        # The window is what a frame may ask to have in memory at once.
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        self._frame = self._decompressor.decompressobj()
        self._error = zstandard.ZstdError
        self._begun = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and self._advance():
            pass
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _advance(self) -> bool:
        """Decompress a little more; False at the end."""
        # Of a bomb, one kilobyte may become 33 MB.
        packed = self._frame.unused_data if self._frame.eof else self._stream.read(1024)
        if self._frame.eof:
            packed = packed or self._stream.read(1024)
            self._frame, self._begun = self._decompressor.decompressobj(), False
        if not packed:
            if self._begun:
                raise EOFError("the file ended within a frame")
            return False
        self._begun = True
        try:
            self._ready = memoryview(self._frame.decompress(packed))
        except self._error as error:
            raise ValueError(error) from error
        return True
