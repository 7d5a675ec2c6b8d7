"""Scikit-learn objects in a `.skops` file: the same bytes for the same object, read by a list.

skops writes what an object is made of, not code; reading it builds only types that are trusted:
scikit-learn's, numpy's and scipy's, and those named in ``FRAMING_TRUSTED_TYPES`` by whoever reads.
What a model folder says of itself is no ground for trust. Needs the extra ``pipeline``.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from framing.errors import ModelError

VARIABLE = "FRAMING_TRUSTED_TYPES"
_SCHEMA = "schema.json"
_LARGEST = 4_000_000_000
_ADDRESS = "_stop_words_id"  # scikit-learn's vectorizers keep the address of their stop words
_EPOCH = (1980, 1, 1, 0, 0, 0)


def untrusted(thing: Any, trusted: Iterable[str] = ()) -> list[str]:
    """The types in ``thing`` that nobody trusts yet; raises ``ModelError`` where it has no file."""
    return _unknown(_dumped(thing), trusted)


def write(thing: Any, path: Path, trusted: Iterable[str] = ()) -> None:
    """Write ``thing``; raises ``ModelError`` when it holds a type that reading would refuse."""
    data = _dumped(thing)
    if unknown := _unknown(data, trusted):
        raise ModelError(refusal(unknown))
    path.write_bytes(_settled(data))


def read(path: Path) -> Any:
    """Read what ``write`` wrote; raises ``ModelError`` for untrusted types, which stay unbuilt."""
    data = path.read_bytes()
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _LARGEST:
            raise ModelError(f"{path.name}: unpacks to {size:,} bytes and is not opened")
        if unknown := _unknown(data, ()):
            raise ModelError(f"{path.name}: {refusal(unknown)}")
        return _skops().loads(data, trusted=sorted(_by_reader()))
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, ImportError) as error:
        raise ModelError(f"{path.name}: cannot be read as skops ({error})") from error


def refusal(types: Iterable[str]) -> str:
    """What is told of types that are not trusted, in one line."""
    return (
        f"holds types that are not trusted: {', '.join(types)}; if you know what they do, name "
        f"them, with commas between, in {VARIABLE}"
    )


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise ModelError(
            f"a pipeline needs the extra `pipeline`: pip install 'framing[pipeline]' ({error})"
        ) from error
    return skops.io


def _by_reader() -> set[str]:
    named = os.environ.get(VARIABLE, "").split(",")
    return {name.strip() for name in named if name.strip()}


def _unknown(data: bytes, trusted: Iterable[str]) -> list[str]:
    found = _skops().get_untrusted_types(data=data)
    return sorted(set(found) - set(trusted) - _by_reader())


def _dumped(thing: Any) -> bytes:
    try:
        return bytes(_skops().dumps(thing))
    except (TypeError, AttributeError, ValueError) as error:
        raise ModelError(f"the pipeline cannot be written as skops ({error})") from error


def _settled(data: bytes) -> bytes:
    """The same file without what differs from run to run: addresses of objects, the time."""
    with ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop(_SCHEMA))
    numbers: dict[Any, int] = {}
    names: dict[str, str] = {}
    _renumber(schema, numbers, names)
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for old, new in sorted(names.items(), key=lambda pair: pair[1]):
            archive.writestr(ZipInfo(new, _EPOCH), members[old], ZIP_DEFLATED)
        text = json.dumps(schema, separators=(",", ":"))
        archive.writestr(ZipInfo(_SCHEMA, _EPOCH), text, ZIP_DEFLATED)
    return out.getvalue()


def _renumber(node: Any, numbers: dict[Any, int], names: dict[str, str]) -> None:
    """Replace addresses by numbers in order of appearance, and name member files after these.

    Plain values are numbered each for itself: whether two of them share an address is chance.
    """
    if isinstance(node, list):
        for part in node:
            _renumber(part, numbers, names)
    elif isinstance(node, dict):
        if "__id__" in node:
            key = len(numbers) if node.get("__loader__") == "JsonNode" else f"at {node['__id__']}"
            node["__id__"] = numbers.setdefault(key, len(numbers))
        if isinstance(node.get("file"), str) and "__loader__" in node:
            suffix = Path(node["file"]).suffix
            node["file"] = names.setdefault(node["file"], f"{len(names):06d}{suffix}")
        for name, part in node.items():
            if name == _ADDRESS and isinstance(part, dict):
                part["content"] = "0"  # never true again once read: scikit-learn then looks anew
            _renumber(part, numbers, names)
