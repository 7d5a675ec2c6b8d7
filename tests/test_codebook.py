from __future__ import annotations

import pytest

from framing.codebook import ROLES, Codebook
from framing.errors import CodebookError


def test_the_shipped_codebook_has_six_complete_labels():
    codebook = Codebook.load()
    assert "".join(label.code for label in codebook.labels) == "TDWEFC"
    for label in codebook.labels:
        assert label.definition and label.absent and label.role in ROLES
        assert {e.present for e in label.examples} == {True, False}
    assert [band.value for band in codebook.rating] == [0, 1, 2, 3, 4]


def test_colours_are_readable_on_light_and_dark():
    for label in Codebook.load().labels:
        assert _contrast(label.colour, "#FFFFFF") >= 4.5, label.name
        assert _contrast(label.colour_dark, "#121212") >= 4.5, label.name
    assert len({label.colour for label in Codebook.load().labels}) == 6


def _contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2.1."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_another_codebook_is_read(tmp_path):
    path = tmp_path / "codebook.toml"
    path.write_text('name = "Tone"\n[[labels]]\nname = "praise"\n[[labels]]\nname = "plain"\n')
    codebook = Codebook.load(path)
    assert codebook.names == ("praise", "plain")
    assert [label.code for label in codebook.labels] == ["P", "L"]
    assert codebook.with_role("force") == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no"),
        ("not toml [", "not valid TOML"),
        ('[[labels]]\nname = "Bad Name"', "needs a name"),
        ('[[labels]]\nname = "a"\ncolour = "red; x"', "#RRGGBB"),
        ('[[labels]]\nname = "a"\nrole = "king"', "roles are"),
        ('[[labels]]\nname = "a"\n[[labels]]\nname = "a"', "same name"),
        ('[[labels]]\nname="a"\ncode="X"\n[[labels]]\nname="b"\ncode="X"', "free letter"),
    ],
)
def test_a_bad_codebook_is_named(tmp_path, text, reason):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(CodebookError, match=reason) as caught:
        Codebook.load(path)
    assert "bad.toml" in str(caught.value)


def test_a_missing_codebook_is_named(tmp_path):
    with pytest.raises(CodebookError, match=r"none\.toml: cannot be read"):
        Codebook.load(tmp_path / "none.toml")


def test_unknown_labels_name_the_known():
    with pytest.raises(CodebookError, match="terrorism, war_on_drugs"):
        Codebook.load().by_name("peace")
