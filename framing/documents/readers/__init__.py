"""A file, whatever its format, becomes a stream of Documents."""

from framing.documents.readers.fields import Fields
from framing.documents.readers.find import find
from framing.documents.readers.registry import is_single, read, suffixes
from framing.documents.readers.source import Limits

__all__ = ["Fields", "Limits", "find", "is_single", "read", "suffixes"]
