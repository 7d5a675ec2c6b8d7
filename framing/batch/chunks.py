"""The documents of a plan in their order, cut into chunks that each become one part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from framing.batch import remote
from framing.batch.plan import Input, Options, Plan
from framing.documents import Document
from framing.errors import ReadError

# A chunk also ends when so much text (bytes of files, characters of records) is in it.
_HEAVY = 8_000_000

Entry = Input | Document | ReadError


@dataclass(frozen=True, slots=True)
class Chunk:
    """What becomes part ``number``: files to read, documents already read, and their errors."""

    number: int
    entries: tuple[Entry, ...]


def chunks(plan: Plan, size: int | None = None) -> Iterator[Chunk]:
    """Cut the inputs of ``plan`` into chunks, the same ones every time.

    Memory is bounded by one chunk. What cannot be read is an entry like any other, so that every
    error belongs to one part.
    """
    size = size or plan.options.part_size
    held: list[Entry] = []
    number = weight = 0
    for entry in entries(plan):
        held.append(entry)
        weight += _weight(entry)
        if len(held) >= size or weight >= _HEAVY:
            yield Chunk(number, tuple(held))
            held, weight, number = [], 0, number + 1
    if held:
        yield Chunk(number, tuple(held))


def entries(plan: Plan) -> Iterator[Entry]:
    """Every input in its order; files of many records as the records."""
    yield from plan.missing
    for item in plan.inputs:
        if item.single:
            yield item
        else:
            yield from read_input(item, plan.options)


def read_input(item: Input, options: Options) -> Iterator[Document | ReadError]:
    """The documents of one file and the errors among them; never raises for what is in a file."""
    from framing.documents.readers import read

    errors: list[ReadError] = []
    if remote.is_url(item.path):
        documents = remote.read(item.path, options.fields, errors.append)
    else:
        suffix = options.suffix if item.name == "-" else None
        documents = read(item.path, fields=options.fields, on_error=errors.append, suffix=suffix)
    yield from _named(_guarded(documents, errors, item), item)


def _guarded(
    documents: Iterable[Document], errors: list[ReadError], item: Input
) -> Iterator[Document | ReadError]:
    """Documents, each after the errors that came before it; a failing reader ends its file."""
    try:
        for document in documents:
            yield from errors
            errors.clear()
            yield document
        yield from errors
    except ReadError as error:
        yield from errors
        yield error
    except Exception as error:  # a fault in a format's library costs its file, not the run
        yield from errors
        yield ReadError(item.path, f"cannot be read ({type(error).__name__}: {error})"[:300])


def _named(found: Iterable[Document | ReadError], item: Input) -> Iterator[Document | ReadError]:
    """Give what was read the name of its input back, which is not always where it was read."""
    for one in found:
        if item.name == item.path:
            yield one
        elif isinstance(one, ReadError):
            yield ReadError(one.where.replace(item.path, item.name, 1), one.reason, one.position)
        else:
            yield replace(one, path=(one.path or "").replace(item.path, item.name, 1))


def _weight(entry: Entry) -> int:
    if isinstance(entry, Input):
        return entry.size
    return len(entry.text) if isinstance(entry, Document) else 0
