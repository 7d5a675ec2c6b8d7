"""The dataset card: its YAML head and its tables are made from the corpus, the rest is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from framing.codebook import Codebook
from framing.corpus.export import card_head, without_head
from framing.corpus.stats import Table, records
from framing.errors import CorpusError

_BLOCK = re.compile(r"(<!-- stats: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renew(card: str, tables: Sequence[Table], codebook: Codebook) -> str:
    """The card with its head and every block ``<!-- stats: NAME -->`` made anew.

    Raises ``CorpusError`` when a block names no table.
    """
    by_name = {table.name: table for table in tables}

    def block(match: re.Match[str]) -> str:
        if match[2] not in by_name:
            raise CorpusError(f"the card asks for a table {match[2]!r}; there are {known}")
        return f"{match[1]}{_markdown(by_name[match[2]], codebook)}{match[3]}"

    known = ", ".join(by_name)
    return card_head(codebook) + _BLOCK.sub(block, without_head(card))


def rewrite(path: Path, tables: Sequence[Table], codebook: Codebook) -> None:
    """``renew`` the card in a file, where it changes anything."""
    try:
        old = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    new = renew(old, tables, codebook)
    if new != old:
        path.write_text(new, encoding="utf-8")


def _markdown(table: Table, codebook: Codebook) -> str:
    head = [table.name, "sentences", "documents", "no label", *(x.code for x in codebook.labels)]
    lines = [_line(head), _line(["---", *["--:"] * (len(head) - 1)])]
    for row in records([table], codebook.names):
        _, value, *numbers = row.values()
        lines.append(_line([value, *(f"{number:,}" for number in numbers)]))
    return "".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
