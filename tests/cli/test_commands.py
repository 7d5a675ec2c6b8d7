from __future__ import annotations

import json
import re
from pathlib import Path

import typer.main

from framing.cli import app

README = Path(__file__).resolve().parents[2] / "README.md"


def _commands() -> list[str]:
    group = typer.main.get_command(app)
    names = []
    for name, command in group.commands.items():
        below = getattr(command, "commands", None)
        names += [f"{name} {inner}" for inner in below] if below else [name]
    return names


def test_every_command_is_in_the_readme():
    text = README.read_text(encoding="utf-8")
    missing = [name for name in _commands() if not re.search(rf"framing {name}\b", text)]
    assert not missing


def test_every_command_and_option_has_help():
    group = typer.main.get_command(app)
    for command in group.commands.values():
        for inner in getattr(command, "commands", {"": command}).values():
            assert inner.help, inner.name
            for parameter in inner.params:
                assert getattr(parameter, "help", ""), (inner.name, parameter.name)


def test_the_codebook_prints_in_every_form(framing):
    assert "Terrorism framing" in framing("codebook").stdout
    rows = json.loads(framing("codebook", "--format", "json").stdout)
    assert [row["code"] for row in rows] == list("TDWEFC")
    assert framing("codebook", "absent.toml").returncode == 2


def test_models_are_listed_shown_and_verified(framing):
    rows = json.loads(framing("models", "list", "--format", "json").stdout)
    assert "ngram" in {row["name"] for row in rows}
    assert "threshold" in framing("models", "show", "ngram").stdout
    assert framing("models", "verify", "ngram").returncode == 0
    assert framing("models", "verify", "absent").returncode == 2


def test_help_imports_nothing_heavy():
    import subprocess
    import sys

    code = (
        "import sys, framing.cli; "
        "print([m for m in ('numpy', 'sklearn', 'pandas', 'datasets', 'torch', 'nltk') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_scoring_imports_no_training_library(statement):
    import subprocess
    import sys

    code = (
        f"import sys, framing; framing.score(open({str(statement)!r}).read()); "
        "print([m for m in ('sklearn', 'pandas', 'datasets', 'torch', 'nltk') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
