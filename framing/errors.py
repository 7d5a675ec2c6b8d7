"""What can go wrong, as exceptions whose message is one line a user can act on."""

from __future__ import annotations


class FramingError(Exception):
    """The base of every error this package raises on purpose: one line, what, where, what to do."""


class ReadError(FramingError):
    """An input, or one record of it, that cannot become a document.

    ``where`` names the file (``archive.zip!a.txt`` for a member of an archive), ``reason`` says
    what is wrong with it, ``position`` is the record's number from 0 when only one record is bad.
    """

    def __init__(self, where: str, reason: str, position: int | None = None) -> None:
        place = where if position is None else f"{where}, record {position}"
        super().__init__(" ".join(f"{place}: {reason}".split()))
        self.where = where
        self.reason = reason
        self.position = position

    def __reduce__(self) -> tuple[type[ReadError], tuple[str, str, int | None]]:
        """Pickle by the arguments, so that the error crosses to and from worker processes."""
        return type(self), (self.where, self.reason, self.position)


class ModelError(FramingError):
    """A model folder that is missing, damaged, or not what it says it is."""


class CorpusError(FramingError):
    """Labelled data that cannot be read, or that contradicts itself or the codebook."""


class CodebookError(FramingError):
    """A codebook that cannot be read or is not well formed."""
