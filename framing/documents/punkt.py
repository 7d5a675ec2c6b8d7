"""Does a sentence end at this full stop? Punkt's decision, with its parameters as data.

The method is that of Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection"
(Computational Linguistics 32, 2006): a full stop ends a sentence unless the word before it is an
abbreviation, an initial or an ordinal; after those, the next word decides, by its letter case and
by whether it is one that starts sentences. ``train_punkt.py`` makes the parameters, with nltk's
trainer; nltk is not imported here, since that takes longer than scoring a statement.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

PARAMETERS = Path(__file__).with_name("punkt.json")

_OPENERS = "\"'“”‘’([{«<*_¡¿"
_CLOSERS = "\"'”’)\\]}»>*_"
# The end of a sentence, perhaps: marks that end one, then what closes a quotation or bracket, then
# white space. Looking back keeps a long run of dots from being tried at each of its dots.
CANDIDATE = re.compile(
    r"[.!?…\])>](?:(?<=[.!?…])(?<![.!?…].)(?<![.!?…][^\S\n].)(?P<more>(?:[^\S\n]?[.!?…])*+)"
    rf"[{_CLOSERS}]*+(?:\[\d{{1,3}}\])?(?=\s+[{re.escape(_OPENERS)}]*(?P<next>\S{{1,30}}))"
    # the bracket that closes a stage direction, for all we know
    r"|(?<=[\])>])(?=\s+[^\s\-–—a-z])"
    # no space after the full stop, as in text that lost its line breaks
    r"|(?<=[a-z]{3}[.!?])[”\"]?(?=[A-Z][a-z]{1,30}\s))"
)
_STAGE = re.compile(
    r"[\[(<](?:laughter|applause|cheers|crosstalk|inaudible)[^\])>\n]{0,40}[\])>]\Z", re.I
)
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
# What opens a sentence and only looks like one: "1.", "Sec. 2.", "Pillar 3.", "Mr. HATCH."
_OPENING = re.compile(
    r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})\)?"
    r"|(?i:section|sec|sect|article|art|chapter|part|title|annex|appendix)\.?\s+(?:\d{1,3}[a-z]?|[IVX]+|[A-Z])"
    r"|[A-Z][a-z]+\s+\d{1,2}"
    r"|[A-Z][a-z]+\.?\s+[A-Z][A-Z'’-]{2,}"
)
_ITEM = re.compile(r"\s+\((?:[a-z]|[ivx]{1,5})\)\s")
_NUMERAL = re.compile(r"\d|[IVXLCDM]+\b|[A-Z]\b")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Abbreviations no text is large enough to teach, or that common words hide from the training.
# Before a name or a clause: a sentence never ends here.
_NEVER_LAST = _words("""
mr mrs ms mx messrs mme mlle dr prof rev fr hon sen sens rep gov govs pres amb sec asst gen lt col
maj capt cmdr cdr cpl sgt pvt pfc spc adm brig cmd ens insp det supt lieut e.g i.e a.k.a f.k.a
n.k.a viz cf vs v eg ie esp incl approx ca jas chas thos benj wm
""")
# Before a number only; elsewhere they are words, or units that may end a sentence.
_BEFORE_NUMBER = _words("""
no nos p pp n nn ss op res doc reg ext tel rm bldg jan feb mar apr jun jul aug sep sept oct nov
dec mon tue tues wed thu thur thurs fri sat sun
""")
# Before a number, a Roman one or a letter.
_BEFORE_NUMERAL = _words("""
art arts fig figs vol vols ch chap para paras par pt pts mk app cl amend div sect tab
""")
# May end a sentence or not: the next word decides.
ABBREVIATIONS = _words("""
jan feb aug sept oct nov dec tues thurs st mt ft ave blvd rd hwy sq dept depts bros inc ltd pty co
corp llc plc assn assoc govt gov't nat'l int'l fed pub jr sr esq ph.d m.d etc al ibid seq est exec
admin univ inst ala ariz ark calif colo conn del fla ga kans ky md mich minn mont neb nebr nev
okla penn pa tenn tex va vt wis wyo
""")


@cache
def _parameters() -> tuple[frozenset[str], frozenset[str]]:
    """Abbreviations and sentence starters learned from government text."""
    learned = json.loads(PARAMETERS.read_text(encoding="utf-8"))
    return ABBREVIATIONS.union(learned["abbreviations"]), frozenset(learned["starters"])


def ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the sentence that began at ``start`` ends with ``match`` of CANDIDATE."""
    mark, following = match[0][0], match["next"]
    if mark in "])>":
        return _STAGE.search(text, max(start, match.start() - 60), match.end()) is not None
    words = text[max(start, match.start() - 40) : match.start()].split()
    word = words[-1].lstrip(_OPENERS) if words else ""
    if following is None:
        return word.isalpha()
    first = following[0]
    if first in "-–—,;:" or (first.islower() and not _ITEM.match(text, match.end())):
        return False
    if mark != "." or match["more"]:
        # Dots before "I" more often pause than stop; "!" and "?" always end.
        dots = (mark + match["more"])[-1] in ".…"
        return not (dots and following in ("I", "I'm", "I’m"))
    if match.start() - start <= 30 and _OPENING.fullmatch(text, start, match.start()):
        return False
    return (word.isalpha() and len(word) >= 10) or _after_word(word, following)


def _after_word(word: str, following: str) -> bool:
    """Whether a sentence may end between ``word``, with its full stop, and ``following``."""
    lower = word.lower()
    if lower in _NEVER_LAST:
        return False
    if following[0].isdigit() and lower in _BEFORE_NUMBER:
        return False
    if lower in _BEFORE_NUMERAL and _NUMERAL.match(following):
        return False
    abbreviations, starters = _parameters()
    known = (
        (len(word) == 1 and word.isalpha()) or lower in abbreviations or _ACRONYM.fullmatch(word)
    )
    if not known:
        return True
    return following[0].isupper() and following.rstrip(',;:!?"”’)]').lower() in starters
