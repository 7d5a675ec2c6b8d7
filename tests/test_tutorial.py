"""The tutorial is run as it is printed: each command, in order, must print what the page shows.

After a change that is meant, ``python tests/test_tutorial.py`` puts the new output into the page.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tutorial.md"
FOLDER = PAGE.with_suffix("")
_BLOCK = re.compile(r"^```console(?: (head|tail)=(\d+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = "…"
_DIGEST = re.compile(r"digest [0-9a-f]{12,64}")


def _run(command: str) -> str:
    """What a command prints, on both streams, without spaces at line ends; digests hidden.

    A digest holds the versions of all libraries, so the page cannot state it.
    """
    from joblib import parallel_config
    from typer.testing import CliRunner

    from framing.cli import app

    program, *arguments = shlex.split(command)
    if program == "framing":
        with parallel_config("threading"):  # to start processes takes longer than the work
            result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, f"{command}\n{result.output}\n{result.exception!r}"
        printed = result.output
    else:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
        printed = done.stdout
    lines = [line.rstrip() for line in _DIGEST.sub("digest …", printed).splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _shown(output: str, side: str | None, count: str | None) -> str:
    """The part of an output that a block shows, by its ``head=N`` or ``tail=N``."""
    lines = output.splitlines()
    if side is None or len(lines) <= int(count or 0):
        return output
    kept = (
        [*lines[: int(count)], _LEFT_OUT] if side == "head" else [_LEFT_OUT, *lines[-int(count) :]]
    )
    return "\n".join(kept) + "\n"


def _filled(block: re.Match[str]) -> str:
    """A block with what its commands print now."""
    side, count, body = block.groups()
    said = f" {side}={count}" if side else ""
    parts = []
    for command in (line[2:] for line in body.splitlines() if line.startswith("$ ")):
        parts.append(f"$ {command}\n{_shown(_run(command), side, count)}")
    return f"```console{said}\n{''.join(parts)}```"


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The folder after all commands were run in it, and the page with what they printed."""
    folder = tmp_path_factory.mktemp("tutorial") / "tutorial"
    shutil.copytree(FOLDER, folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        return folder, _BLOCK.sub(_filled, PAGE.read_text(encoding="utf-8"))
    finally:
        os.chdir(before)


def test_every_command_prints_what_the_page_shows(walked):
    page = PAGE.read_text(encoding="utf-8")
    for expected, found in zip(_BLOCK.finditer(page), _BLOCK.finditer(walked[1]), strict=True):
        assert found[0] == expected[0]


def test_the_same_experiment_gave_the_same_model(walked):
    from framing.classifiers import store

    digests = {store.verify(walked[0] / "models" / name)["digest"] for name in ("housing", "again")}
    assert len(digests) == 1


def test_every_link_of_the_page_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)", PAGE.read_text(encoding="utf-8"))
    assert links and all((PAGE.parent / link).exists() for link in links)


if __name__ == "__main__":
    import tempfile

    sys.path.insert(0, str(PAGE.parents[1]))
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(FOLDER, Path(scratch) / "tutorial")
        os.chdir(Path(scratch) / "tutorial")
        PAGE.write_text(_BLOCK.sub(_filled, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
