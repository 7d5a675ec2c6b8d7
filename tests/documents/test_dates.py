"""A date is one day, in ISO, or it is None."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.documents.dates import iso


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-03-04", "2024-03-04"),
        ("2024-03-04T23:59:00-05:00", "2024-03-04"),
        (" 2024-03-04 16:57:09-05:00", "2024-03-04"),
        ("20240304", "2024-03-04"),
        ("March 4, 2024", "2024-03-04"),
        ("Monday, March 4th, 2024", "2024-03-04"),
        ("4 Mar 2024", "2024-03-04"),
        ("3/4/2024", "2024-03-04"),
        ("Mon, 04 Mar 2024 10:00:00 GMT", "2024-03-04"),
        ("January 8, 1790", "1790-01-08"),
        (dt.date(2024, 3, 4), "2024-03-04"),
        (dt.datetime(2024, 3, 4, 23), "2024-03-04"),
        ("March 2024", None),
        ("2024", None),
        ("2024-02-30", None),
        ("4", None),
        ("Tuesday", None),
        ("soon", None),
        ("", None),
        (None, None),
        (20240304, None),
        ("x" * 10_000, None),
    ],
)
def test_iso(value: Any, day: str | None) -> None:
    assert iso(value) == day


@given(st.dates())
def test_every_day_comes_back(day: dt.date) -> None:
    assert iso(day) == iso(day.isoformat()) == day.isoformat()


@given(st.text(max_size=60))
def test_any_text_is_a_day_or_none(text: str) -> None:
    found = iso(text)
    assert found is None or dt.date.fromisoformat(found)
