"""A file becomes Documents; a Document becomes Sentences."""

from framing.documents.document import Document, Sentence

__all__ = ["Document", "Sentence"]
