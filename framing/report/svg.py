"""matplotlib draws, the page colours: figures become SVG whose colours are CSS variables.

A figure is drawn in stand-in colours, one for each variable; when it is written they become
``var(--…)``, so that the same drawing is right in light, dark and print. Text stays text.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure

_P = ParamSpec("_P")
_R = TypeVar("_R")

_VARIABLES = ("ink", "muted", "line", "accent", "second", "paper")
_STAND_INS = {name: f"#0000{i:02x}" for i, name in enumerate(_VARIABLES, 1)}
_FONT = re.compile(r"font: (?:[a-z0-9]+ )*?([0-9.]+)px [^;\"]*")
_FAMILY = re.compile(r" *font-family: [^;\"]*;?")
_COLOUR = re.compile(r"#00(?:00|01)[0-9a-f]{2}\b")
# What stands before the drawing, and what would hold for the whole page.
_NOISE = re.compile(r"^.*?(?=<svg )|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)
_NO_TURN = re.compile(r' transform="rotate\(-?0 [^"]*"')
_BOX = re.compile(r'viewBox="([-0-9. ]*)"')
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 10, 20, 24  # CSS pixels about the drawing, for its labels
_STYLE: Any = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": _STAND_INS["line"],
    "axes.labelcolor": _STAND_INS["muted"],
    "text.color": _STAND_INS["ink"],
    "xtick.color": _STAND_INS["line"],
    "ytick.color": _STAND_INS["line"],
    "xtick.labelcolor": _STAND_INS["muted"],
    "ytick.labelcolor": _STAND_INS["muted"],
    "ytick.major.size": 0,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": _STAND_INS["line"],
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "hatch.linewidth": 0.8,
}


def colour(name: str) -> str:
    """The stand-in for a CSS variable: one of the page's, or ``k3`` for the fourth label."""
    if name in _STAND_INS:
        return _STAND_INS[name]
    return f"#0001{int(name[1:]):02x}"


def styled(draw: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a function draw in the page's style, whatever matplotlib is set to elsewhere."""

    @wraps(draw)
    def drawing(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        import matplotlib

        with matplotlib.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return drawing


def canvas(width: int, height: int, rows: int = 1, **options: Any) -> tuple[Figure, Any]:
    """A figure of CSS pixels and its axes, of one column and ``rows`` rows."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72))
    FigureCanvasSVG(figure)
    edges = {  # fixed, which draws in half the time of fitted ones
        "left": _LEFT / width,
        "right": 1 - _RIGHT / width,
        "top": 1 - _TOP / height,
        "bottom": _BOTTOM / height,
        "hspace": 0.3,
    }
    return figure, figure.subplots(rows, 1, gridspec_kw=edges, **options)


def markup(figure: Figure, name: str, says: str, tips: Mapping[str, str] | None = None) -> Markup:
    """``figure`` as an SVG element to stand in HTML.

    ``name`` keeps its ids apart from those of other figures; ``says`` is read out in place of it.
    ``tips`` maps ids of artists (``gid``) to what a reader sees when pointing at them.
    """
    import matplotlib
    from markupsafe import Markup

    out = StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the measuring font lacks
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = _NO_TURN.sub("", _NOISE.sub("", out.getvalue()))
    text = _FONT.sub(r"font-size: \1px", text)
    text = _FAMILY.sub("", text)
    text = _COLOUR.sub(lambda found: f"var(--{_variable(found.group())})", text)
    box = _BOX.search(text)
    head = f'<svg viewBox="{box[1] if box else ""}" role="img" aria-label="{escape(says)}">'
    text = head + text.partition(">")[2]
    return Markup(_with_tips(_compact(text), tips or {}))


def _variable(stand_in: str) -> str:
    number = int(stand_in[5:7], 16)
    return f"k{number}" if stand_in[3:5] == "01" else _VARIABLES[number - 1]


def _compact(text: str) -> str:
    """Without comments, indents and ids that nothing refers to; figures to two digits."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"\n\s*", "\n", text)
    used = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(
        r' id="([\w-]+)"',
        lambda found: found.group() if found[1] in used or found[1].startswith("tip") else "",
        text,
    )
    return re.sub(r"(\d\.\d\d)\d+", r"\1", text)


def _with_tips(text: str, tips: Mapping[str, str]) -> str:
    def told(found: re.Match[str]) -> str:
        return f'<g class="tip"><title>{escape(tips[found[1]])}</title>'

    return re.sub(r'<g id="(tip\d+)">', told, text)
