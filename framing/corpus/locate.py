"""Finding a sentence of normalised text in the original file it came from.

Between an original and a reader's sentence, white space, line ends, mark-up and hyphens at line
ends differ, letters and digits do not: so these alone are compared, with a map back to the file.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

# What a Markdown or HTML reader does not show although it has letters in it, and what it shows
# as another letter than stands there.
_TOKENS = re.compile(
    r"\]\([^()]*(?:\([^()]*\)[^()]*)*\)"  # a link's target
    r"|</?[a-zA-Z][^<>]*>"  # a tag
    r"|(&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);)"  # an escaped character
)


@dataclass(slots=True)
class Original:
    """The text of an original file, with its letters and digits and where each of them stands."""

    text: str
    markup: bool = False
    _indexed: tuple[str, list[int]] | None = field(init=False, default=None)

    def find(self, sentence: str, near: int | None = None) -> tuple[int, int] | None:
        """Start and end of ``sentence`` in ``text``, punctuation at its ends included.

        Of several places the one that begins nearest to character ``near`` is taken, or the
        first. None when it is not there, or has neither letter nor digit.

        >>> Original("We see\\n**no** threat!").find("no threat!")
        (9, 21)
        """
        wanted = letters(sentence)
        if not wanted:
            return None
        if self._indexed is None:
            self._indexed = _index(self.text, self.markup)
        there, places = self._indexed
        best: tuple[int, int] | None = None
        at = there.find(wanted)
        while at >= 0:
            found = places[at], places[at + len(wanted) - 1] + 1
            if near is None:
                best = found
                break
            if best is None or abs(found[0] - near) < abs(best[0] - near):
                best = found
            at = there.find(wanted, at + 1)
        return None if best is None else self._with_punctuation(sentence, *best)

    def _with_punctuation(self, sentence: str, start: int, end: int) -> tuple[int, int]:
        """Widen a stretch by the marks before and after the sentence's letters, as far as found."""
        shown = [i for i, c in enumerate(sentence) if c.isalnum()]
        for mark in reversed(sentence[: shown[0]].replace(" ", "")):
            at = start - 1
            while at >= 0 and not self.text[at].isalnum() and self.text[at] != mark:
                at -= 1
            if at >= 0 and self.text[at] == mark:
                escaped = self.markup and self.text[max(at - 1, 0)] == "\\"
                start = at - escaped
        for mark in sentence[shown[-1] + 1 :].replace(" ", ""):
            at = end
            while at < len(self.text) and not self.text[at].isalnum() and self.text[at] != mark:
                hidden = _TOKENS.match(self.text, at) if self.markup else None
                at = hidden.end() if hidden else at + 1
            if at < len(self.text) and self.text[at] == mark:
                end = at + 1
        return start, end


def letters(text: str) -> str:
    """The letters and digits of ``text``, nothing else.

    >>> letters("So-called “U.S.” aims, 2 of them.")
    'SocalledUSaims2ofthem'
    """
    return "".join(c for c in text if c.isalnum())


def _index(text: str, markup: bool) -> tuple[str, list[int]]:
    if not markup:
        places = [i for i, c in enumerate(text) if c.isalnum()]
        return "".join(text[i] for i in places), places
    found: list[str] = []
    places = []
    done = 0
    for token in (*_TOKENS.finditer(text), None):
        begin = token.start() if token else len(text)
        fresh = [i for i in range(done, begin) if text[i].isalnum()]
        found += [text[i] for i in fresh]
        places += fresh
        if token and token[1]:
            shown = letters(html.unescape(token[1]))
            found += shown
            places += [begin] * len(shown)
        done = token.end() if token else begin
    return "".join(found), places
