"""Which government speaks in a sentence: the delegation, or the president's administration."""

from __future__ import annotations

from bisect import bisect_right

from framing.corpus.examples import LabelledSentence

# The first day of each administration in the United States, from the Constitution's terms and
# the dates of succession.
_ADMINISTRATIONS = (
    ("1789-04-30", "Washington"), ("1797-03-04", "J. Adams"), ("1801-03-04", "Jefferson"),
    ("1809-03-04", "Madison"), ("1817-03-04", "Monroe"), ("1825-03-04", "J. Q. Adams"),
    ("1829-03-04", "Jackson"), ("1837-03-04", "Van Buren"), ("1841-03-04", "W. H. Harrison"),
    ("1841-04-04", "Tyler"), ("1845-03-04", "Polk"), ("1849-03-05", "Taylor"),
    ("1850-07-09", "Fillmore"), ("1853-03-04", "Pierce"), ("1857-03-04", "Buchanan"),
    ("1861-03-04", "Lincoln"), ("1865-04-15", "A. Johnson"), ("1869-03-04", "Grant"),
    ("1877-03-04", "Hayes"), ("1881-03-04", "Garfield"), ("1881-09-19", "Arthur"),
    ("1885-03-04", "Cleveland I"), ("1889-03-04", "B. Harrison"), ("1893-03-04", "Cleveland II"),
    ("1897-03-04", "McKinley"), ("1901-09-14", "T. Roosevelt"), ("1909-03-04", "Taft"),
    ("1913-03-04", "Wilson"), ("1921-03-04", "Harding"), ("1923-08-02", "Coolidge"),
    ("1929-03-04", "Hoover"), ("1933-03-04", "F. D. Roosevelt"), ("1945-04-12", "Truman"),
    ("1953-01-20", "Eisenhower"), ("1961-01-20", "Kennedy"), ("1963-11-22", "L. B. Johnson"),
    ("1969-01-20", "Nixon"), ("1974-08-09", "Ford"), ("1977-01-20", "Carter"),
    ("1981-01-20", "Reagan"), ("1989-01-20", "G. H. W. Bush"), ("1993-01-20", "Clinton"),
    ("2001-01-20", "G. W. Bush"), ("2009-01-20", "Obama"), ("2017-01-20", "Trump I"),
    ("2021-01-20", "Biden"), ("2025-01-20", "Trump II"),
)  # fmt: skip
_STARTS = [start for start, _ in _ADMINISTRATIONS]
_AMERICAN = {"sotu", "wh-briefings", "president-speeches"}
_DEBATE = "un-general-debate"


def government(sentence: LabelledSentence) -> str:
    """The government that a sentence belongs to, or its speaker where that is not known.

    What a president said before or after office counts for the administration of that day.
    """
    speaker = sentence.speaker or "unknown"
    american = sentence.source in _AMERICAN or (sentence.source == _DEBATE and speaker == "USA")
    if american and sentence.date and sentence.date >= _STARTS[0]:
        return f"USA {_ADMINISTRATIONS[bisect_right(_STARTS, sentence.date) - 1][1]}"
    return speaker if sentence.speaker else sentence.source
