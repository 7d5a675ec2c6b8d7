"""A style sheet with the codebook's colours, for light and dark, each with ink that is legible."""

from __future__ import annotations

from framing.codebook import Codebook

_INK = ("#FFFFFF", "#101418")


def css(codebook: Codebook) -> str:
    """One class a label, ``.label-0`` and so on, that sets ``--label`` and ``--label-ink``."""
    light = "".join(_rule(i, label.colour) for i, label in enumerate(codebook.labels))
    dark = "".join(_rule(i, label.colour_dark) for i, label in enumerate(codebook.labels))
    return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _rule(index: int, colour: str) -> str:
    return f".label-{index} {{ --label: {colour}; --label-ink: {ink(colour)}; }}\n"


def ink(colour: str) -> str:
    """White or black, whichever has the higher contrast on ``colour`` (WCAG 2.2)."""
    return max(_INK, key=lambda other: contrast(colour, other))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours ``#RRGGBB``, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
