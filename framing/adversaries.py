"""Whom a statement accuses: counted mentions of states, groups and kinds of enemies.

Names are looked up word by word in a table of a few thousand phrases, the longest first; the time
is linear in the text. States come from pycountry, the other names from ``adversaries.toml``. A
mention of a state in the place of a victim, a partner or a mere location ("the invasion of", "the
people of") is not counted; what a title such as "Readout of a call with …" names comes last.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from framing.documents import Document

_WORD = re.compile(r"[^\W_]+")
_SPEAKER = re.compile(
    r"\b(?:by|from|of)\s+(.+?)(?:\s(?:on|about|regarding|concerning|to|at|with|after|and)\b|[,:]|$)",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"\s*(?:(?:joint|press|presidential)\s+)?"
    r"(?:statement|remarks|address|message|letter|speech|proclamation|briefing|fact sheet)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\s(?:on|about|regarding|concerning)\s", re.IGNORECASE)
_FELLOW = re.compile(r"\b[Ff]ellow (\w+(?: \w+)?)")
_WHITE_HOUSE = re.compile(r"//[^/]*\bwhitehouse\.gov\b")
_MEETING = re.compile(
    r"\b(?:calls?|meetings?|visits?|travels?|trip|readout|joint statement)\b(.*)", re.I
)
_AROUND = 4  # words before and after a name that show what part it plays

STATE, RULER, GROUP, KIND, NEITHER = "state", "ruler", "group", "kind", "neither"


@dataclass(frozen=True, slots=True)
class Adversary:
    """A name as it is shown, and by what it was named: as a state, by its ruler, as a group …"""

    name: str
    sort: str


@dataclass(frozen=True, slots=True)
class Mention:
    """An adversary named by the words ``first`` to before ``last`` of a text."""

    adversary: Adversary
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: list[str]
    written: list[str]
    adversary: Adversary


def against(document: Document, sentences: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The adversaries named in ``sentences``, with counts: the most often named first, those
    named as often in the order of the text, kinds of enemies without a name behind them.

    The own side of the document's speaker is left out; with whom its title says that the speaker
    met or spoke comes last.
    """
    book = _table()
    accused: Counter[Adversary] = Counter()
    spared: Counter[Adversary] = Counter()
    for text in sentences:
        for adversary, is_spared in book.judged(text):
            (spared if is_spared else accused)[adversary] += 1
    if not accused:
        return ()
    own = own_side(document)
    counts: Counter[str] = Counter()
    kinds = set()
    for adversary, count in accused.items():
        if count > spared[adversary] and adversary.name not in own:
            counts[adversary.name] += count
            if adversary.sort == KIND:
                kinds.add(adversary.name)
    met = _met(document)
    ranked = sorted(counts.items(), key=lambda item: (item[0] in met, item[0] in kinds, -item[1]))
    return tuple(ranked)


def _met(document: Document) -> frozenset[str]:
    """The states with which the title says that the speaker met or spoke."""
    meeting = _MEETING.search(document.title or "")
    return frozenset(_table().states(meeting.group(1))) if meeting else frozenset()


def own_side(document: Document) -> frozenset[str]:
    """The names of the state for which the document speaks, as far as it says so.

    Read from the speaker, the source, the address, and the words after "by" or "from" in a title
    such as "Statement by …"; a code of three letters is that of ISO 3166. Where these say nothing,
    whom the text first calls fellow countrymen.
    """
    book = _table()
    found: list[str] = []
    for text in (document.speaker, document.source):
        if text:
            found += book.states(text)
            found += [book.codes[word] for word in _WORD.findall(text) if word in book.codes]
    if document.url and _WHITE_HOUSE.search(document.url):
        found += book.states("White House")
    title = document.title or ""
    about = _ABOUT.search(title)
    title = title[: about.start()] if about else title
    if _STATEMENT.match(title) and (said := _SPEAKER.search(title)):
        found += book.states(said.group(1))[:1]
    if not found:
        called = (book.states(words) for words in _FELLOW.findall(document.text))
        found += next(filter(None, called), [])
    return frozenset(found)


def mentions(text: str) -> list[Mention]:
    """All adversaries that ``text`` names, whoever they are to the speaker, in order."""
    return _table().mentions(_WORD.findall(_plain(text)))


class _Table:
    """The phrases by their first word, the longest first."""

    def __init__(
        self, phrases: Iterable[_Phrase], codes: dict[str, str], reading: dict[str, list[str]]
    ) -> None:
        self.codes = codes
        self._by_word: dict[str, list[_Phrase]] = {}
        for phrase in phrases:
            self._by_word.setdefault(phrase.words[0], []).append(phrase)
        for found in self._by_word.values():
            found.sort(key=lambda phrase: -len(phrase.words))
        self._places, self._victims, self._before, self._accused = (
            {tuple(text.split()) for text in reading[part]}
            for part in ("places", "victims", "before", "accused")
        )

    def judged(self, text: str) -> Iterator[tuple[Adversary, bool]]:
        """The adversaries named in ``text``, and whether each is a state that only suffers,
        helps or lies there.
        """
        written = _WORD.findall(_plain(text))
        words = [word.lower() for word in written]
        for mention in self.mentions(written):
            adversary = mention.adversary
            yield adversary, adversary.sort in (STATE, RULER) and self._spared(words, mention)

    def states(self, text: str) -> list[str]:
        """The names of the states that ``text`` names, in order."""
        found = self.mentions(_WORD.findall(_plain(text)))
        return [m.adversary.name for m in found if m.adversary.sort in (STATE, RULER)]

    def mentions(self, written: list[str]) -> list[Mention]:
        """The mentions in a text that is cut into words, in order and without overlap."""
        found = []
        words = [word.lower() for word in written]
        at = 0
        while at < len(words):
            phrase = self._at(written, words, at)
            if phrase is None:
                at += 1
                continue
            end = at + len(phrase.words)
            if phrase.adversary.sort != NEITHER:
                found.append(Mention(phrase.adversary, at, end))
            at = end
        return found

    def _at(self, written: list[str], words: list[str], at: int) -> _Phrase | None:
        word = words[at]
        for phrase in self._by_word.get(word, ()):
            if _fits(phrase, written, words, at):
                return phrase
        if word[-1] == "s":  # a plural
            for phrase in self._by_word.get(word[:-1], ()):
                if _fits(phrase, written, words, at):
                    return phrase
        return None

    def _spared(self, words: list[str], mention: Mention) -> bool:
        before = words[max(0, mention.first - _AROUND) : mention.first]
        if before and before[-1] == "the":
            before.pop()
        following = words[mention.last : mention.last + _AROUND]
        genitive = following[:1] == ["s"]
        ends = [tuple(before[-n:]) for n in range(1, len(before) + 1)]
        begins = [tuple(following[genitive:][:n]) for n in range(1, len(following) + 1)]
        return (
            not self._victims.isdisjoint(ends)
            or not self._before.isdisjoint(begins)
            or not (genitive or self._places.isdisjoint(ends) or not self._accused.isdisjoint(ends))
        )


def _fits(phrase: _Phrase, written: list[str], words: list[str], at: int) -> bool:
    end = at + len(phrase.words)
    if end > len(words) or words[at : end - 1] != phrase.words[:-1]:
        return False
    if words[end - 1] not in (phrase.words[-1], phrase.words[-1] + "s"):
        return False
    return all(
        found.removesuffix("s").isupper() if form.isupper() else found[0].isupper()
        for form, found in zip(phrase.written, written[at:end], strict=True)
        if form[0].isupper()
    )


@cache
def _table() -> _Table:
    """The table of all phrases; read once a process, in a tenth of a second."""
    import pycountry

    raw = tomllib.loads((files("framing") / "adversaries.toml").read_text(encoding="utf-8"))
    phrases: list[_Phrase] = []
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        name = getattr(country, "common_name", country.name).split(",")[0]
        name = raw["shown"].get(country.alpha_2, name)
        codes[country.alpha_3] = name
        also = raw["countries"].get(country.alpha_2, [])
        if "," not in country.name:  # else it is a name turned round, such as "Korea, Republic of"
            also = [country.name, *also]
        phrases += _phrases(Adversary(name, STATE), [name, *also])
        phrases += _phrases(Adversary(name, RULER), raw["leaders"].get(country.alpha_2, []))
    for section, sort in (("states", STATE), ("groups", GROUP), ("kinds", KIND)):
        for name, terms in raw[section].items():
            phrases += _phrases(Adversary(name, sort), terms)
    for term in raw["reading"]["neither"]:
        phrases += _phrases(Adversary(term, NEITHER), [term])
    return _Table(phrases, codes, raw["reading"])


def _phrases(adversary: Adversary, terms: list[str]) -> Iterator[_Phrase]:
    for term in dict.fromkeys(map(_plain, terms)):
        written = _WORD.findall(term)
        yield _Phrase([word.lower() for word in written], written, adversary)


def _plain(text: str) -> str:
    """``text`` without accents: names are written with and without them."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
