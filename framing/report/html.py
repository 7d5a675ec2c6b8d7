"""Templates: everything from a run is escaped, links are web addresses or no links."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from framing.errors import FramingError

if TYPE_CHECKING:
    from jinja2 import Environment

    from framing.codebook import Codebook

_TEMPLATES = files("framing.report") / "templates"


def need_libraries() -> None:
    """Raise ``FramingError`` that says what to install where a library is missing."""
    from importlib.util import find_spec

    missing = [name for name in ("jinja2", "matplotlib") if find_spec(name) is None]
    if missing:
        raise FramingError(
            f"framing report needs {' and '.join(missing)}: pip install 'framing[report]'"
        )


def environment() -> Environment:
    """Jinja with escaping on, and the filters that the templates use."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "words": words,
        "link": link,
        "number": number,
        "whole": lambda value: "–" if value is None else f"{value:,}",
        "bounds": bounds,
    }
    return made


def assets(codebook: Codebook) -> dict[str, Any]:
    """Style and script to stand in the page, and the policy that lets nothing else run."""
    from markupsafe import Markup

    script = _source("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {
        "style": Markup(_source("report.css") + _label_colours(codebook)),
        "script": Markup(script),
        "policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
    }


def words(value: object, most: int | None = None) -> str:
    """Text of an input without control characters, in one line, cut to ``most`` characters."""
    if value is None:
        return ""
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in str(value))
    text = " ".join(text.split())
    return text if most is None or len(text) <= most else text[: most - 1].rstrip() + "…"


def link(url: object) -> str | None:
    """``url`` if it is a plain web address, else None: no other scheme becomes a link."""
    if not isinstance(url, str) or any(not c.isprintable() or c.isspace() for c in url):
        return None
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url if fits else None


def number(value: float | None, digits: int = 1) -> str:
    """A figure, a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def bounds(row: Mapping[str, Any], digits: int = 1, prefix: str = "") -> str:
    """``3.1 to 4.2``, nothing where there is no interval."""
    low, high = row[f"{prefix}low"], row[f"{prefix}high"]
    return "" if low is None else f"{low:,.{digits}f} to {high:,.{digits}f}"


def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _label_colours(codebook: Codebook) -> str:
    """The codebook's colours as variables; it has checked that they are colours."""

    def block(colours: list[str]) -> str:
        return ":root{" + "".join(f"--k{i}:{value};" for i, value in enumerate(colours)) + "}"

    light = block([label.colour for label in codebook.labels])
    dark = block([label.colour_dark for label in codebook.labels])
    classes = "".join(f".k{i}{{--k:var(--k{i})}}" for i in range(len(codebook.labels)))
    return f"{light}@media screen and (prefers-color-scheme:dark){{{dark}}}{classes}"
