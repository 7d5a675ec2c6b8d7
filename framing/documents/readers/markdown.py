"""Markdown without its marks: one line a paragraph, blocks parted by blank lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

_LONGEST_LINE = 20_000
_LARGEST = 1_000_000
_TAG = re.compile(r"<[^<>]{1,2000}>")


def plain(text: str) -> str:
    """The prose of a Markdown ``text``.

    Emphasis, link and heading marks, bullets, list numbers, link targets, pictures, code fences and
    HTML tags are taken off; a paragraph becomes one line, save where the author forced a break;
    every paragraph, heading, list item and table cell is parted from the next by a blank line. A
    file too large or too strange to have been written as Markdown is returned as it is.
    """
    # The parser's time is not linear in hostile input; a statement is never near these sizes.
    if len(text) > _LARGEST or max(map(len, text.split("\n"))) > _LONGEST_LINE:
        return text.strip()
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return "\n\n".join(block for block in _blocks(parser.parse(text)) if block)


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield _inline(token.children or []).strip()
        elif token.type in ("code_block", "fence"):
            yield token.content.strip()
        elif token.type == "html_block":
            yield html.unescape(_TAG.sub(" ", token.content)).strip()


def _inline(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak":
            parts.append("\n")
    return "".join(parts)
