"""Commands are run as a user runs them: the real entrance, the shipped model, real files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Result = subprocess.CompletedProcess[str]


@pytest.fixture
def framing(tmp_path: Path) -> Callable[..., Result]:
    """Run ``framing ARGUMENT…`` in an empty folder and return code, stdout and stderr."""

    def run(*arguments: object, stdin: str | None = None, terminal: str = "utf-8") -> Result:
        return subprocess.run(
            [sys.executable, "-c", "from framing.cli import main; main()", *map(str, arguments)],
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": terminal},
            input=stdin,
            encoding=terminal,
            timeout=120,
        )

    return run


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    """A short statement that frames, threatens and offers evidence."""
    path = tmp_path / "statement.txt"
    path.write_text(
        "The Corvo cartel is a terrorist organisation. On 4 May its gunmen killed eleven officers "
        "in Sarnholm. If they do not leave by Sunday, our aircraft will bomb their camps. The "
        "school will open again on Monday."
    )
    return path
