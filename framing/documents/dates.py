"""Dates as files write them become ISO days."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

_ISO = re.compile(r"\s*(\d{4})-(\d{2})-(\d{2})(?!\d)")
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})\s*$")
_LONGEST = 100


def iso(value: Any) -> str | None:
    """The day of ``value`` as ``yyyy-mm-dd``; None when it names no single day.

    Takes dates, datetimes and strings in the usual spellings; a day and month in figures are
    read month first, as the United States write them. A month or a year alone is not a day.
    """
    if isinstance(value, dt.date):
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        return None
    match = _ISO.match(value) or _COMPACT.match(value)
    if match:
        return _day(*map(int, match.groups()))
    return _written(value)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def _written(value: str) -> str | None:
    """Parse a date in words; what the string leaves out shows as a difference of two parses."""
    import warnings

    from dateutil import parser

    days = set()
    for default in (dt.datetime(2000, 1, 1), dt.datetime(2003, 2, 2)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                days.add(parser.parse(value, default=default).date().isoformat())
        except (ValueError, OverflowError, TypeError, AttributeError, RecursionError):
            return None
    return days.pop() if len(days) == 1 else None
