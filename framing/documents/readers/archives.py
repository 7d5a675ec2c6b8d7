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

_PACKED = (".gz", ".zst", ".zip", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".rar")


def read_gzip(source: Source) -> Iterator[Document]:
    """The documents of ``NAME.SUFFIX.gz``, read as ``NAME.SUFFIX``."""
    return _single(source, gzip.GzipFile(fileobj=source.stream))


def read_zstandard(source: Source) -> Iterator[Document]:
    """The documents of ``NAME.SUFFIX.zst``, read as ``NAME.SUFFIX``."""
    import zstandard

    # The window is what a frame may ask to have in memory at once.
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    return _single(source, decompressor.stream_reader(source.stream, read_across_frames=True))


def read_zip(source: Source) -> Iterator[Document]:
    """The documents of every member, in the archive's order; hidden ones are skipped.

    A member that cannot be read is a bad record; an archive inside the archive is one too.
    """
    stream = source.stream if source.path else io.BytesIO(source.content())
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
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
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError) as error:
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
        import zstandard

        try:
            data = self._opened.read(len(buffer))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError) as error:
            raise self._source.error(f"damaged or cut short ({error})") from error
        self._total += len(data)
        limits = self._source.options.limits
        if self._total > limits.slack and self._total > limits.ratio * max(1, self._packed()):
            raise self._source.error(f"unpacks to over {limits.ratio} times its size: a zip bomb?")
        buffer[: len(data)] = data
        return len(data)
