"""A model goes to a hub and comes back the same; what is wrong with one there is told in a line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from standin_hub import TOKEN, StandInHub

from framing import sharing
from framing.classifiers import store
from framing.classifiers.ngram import NgramClassifier
from framing.errors import ModelError
from framing.models import locate

TEXTS = [f"They {word} us with a bomb." for word in ("threaten", "menace", "frighten")] + [
    f"The {word} was good." for word in ("harvest", "weather", "road")
]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "mine"
    learnt = NgramClassifier(["threat"], characters=None, bits=8, folds=2)
    learnt.fit(TEXTS, np.array([[1]] * 3 + [[0]] * 3))
    card = "---\nlibrary_name: framing\n---\n# Mine\n"
    store.save(learnt, folder, extras=lambda scratch: _write(scratch / store.CARD, card))
    return folder


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def hub(monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # that has a server of its own
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("FRAMING_CACHE", str(tmp_path / "cache"))
    with StandInHub() as started:
        monkeypatch.setenv("HF_ENDPOINT", started.url)
        yield started


@pytest.fixture
def shared(hub, model):
    return sharing.push(model, "lab/threats")


def _change(hub: StandInHub, **files: bytes | None) -> None:
    """Another commit on ``main`` in which some files are other ones, or gone."""
    repository = hub.repositories["lab/threats"]
    commit = repository.commit({k.replace("__", "."): v for k, v in files.items() if v is not None})
    for name in [k.replace("__", ".") for k, v in files.items() if v is None]:
        del repository.commits[commit][name]


def test_what_is_pushed_comes_back_the_same(hub, model, shared):
    folder = locate("hf:lab/threats")
    assert store.verify(folder)["digest"] == store.verify(model)["digest"]
    same = store.load(folder).predict_proba(TEXTS) == store.load(model).predict_proba(TEXTS)
    assert same.all()
    assert shared.reference == f"hf:lab/threats@{folder.name}"
    assert hub.repositories["lab/threats"].private
    assert any(path.startswith("PUT /lfs/") for path in hub.asked)
    left = {path.name for path in folder.parent.iterdir()}
    assert left == {folder.name, "refs"}


def test_a_commit_once_fetched_asks_nobody(hub, shared):
    locate(shared.reference)
    hub.asked.clear()
    locate(shared.reference)
    assert hub.asked == []


def test_a_branch_moves_and_a_commit_stays(hub, model, shared, tmp_path):
    first = locate("hf:lab/threats")
    changed = tmp_path / "changed"
    shutil.copytree(model, changed)
    learnt = store.load(changed)
    learnt.thresholds_ = learnt.thresholds_ / 2
    store.save(learnt, changed)
    sharing.push(changed, "lab/threats", message="Lower threshold")
    assert locate("hf:lab/threats") != first
    assert locate(shared.reference) == first


def test_nothing_but_the_model_is_fetched(hub, shared):
    _change(hub, setup__py=b"raise SystemExit", pickle__bin=b"\x80")
    folder = locate("hf:lab/threats")
    assert {path.name for path in folder.iterdir()} == {
        "model.json",
        "README.md",
        "weights.safetensors",
    }
    assert not any("setup.py" in path or "pickle" in path for path in hub.asked)


def test_out_of_reach_the_copy_kept_here_is_used(hub, shared, caplog):
    folder = locate("hf:lab/threats")
    hub.broken = True
    assert locate("hf:lab/threats") == folder
    assert "the copy fetched earlier is used" in caplog.text
    with pytest.raises(ModelError, match="the hub answered 503"):
        locate("hf:lab/others")


def test_no_hub_at_all_is_one_line(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        ModelError, match=r"hf:lab/threats: the hub at .* cannot be reached"
    ) as told:
        locate("hf:lab/threats")
    assert "\n" not in str(told.value)


def _manifest(hub: StandInHub) -> dict:
    repository = hub.repositories["lab/threats"]
    return json.loads(repository.commits[repository.branches["main"]]["model.json"])


def test_damage_on_the_hub_is_found(hub, shared, tmp_path):
    _change(hub, weights__safetensors=b"other bytes")
    with pytest.raises(ModelError, match=r"weights\.safetensors: was changed or cut short"):
        locate("hf:lab/threats")
    assert not list((tmp_path / "cache").rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"../outside.json": "0" * 64}, "leads out of the model folder"),
        ({"/etc/passwd.json": "0" * 64}, "leads out of the model folder"),
        ({".cache/x.json": "0" * 64}, "leads out of the model folder"),
        ({"a\\..\\b.json": "0" * 64}, "leads out of the model folder"),
        ({"weights.pkl": "0" * 64}, "holds data only"),
        ({"modelling.py": "0" * 64}, "holds data only"),
        ({f"{i}.json": "0" * 64 for i in range(99)}, "must list 1 to 64 files"),
        ({}, "must list 1 to 64 files"),
        (["weights.safetensors"], "must list 1 to 64 files"),
    ],
)
def test_a_manifest_that_means_harm_is_refused(hub, shared, files, message):
    """Before any file but the manifest is asked for."""
    manifest = _manifest(hub) | {"files": files}
    _change(hub, model__json=json.dumps(manifest).encode())
    hub.asked.clear()
    with pytest.raises(ModelError, match=message):
        locate("hf:lab/threats")
    fetched = [path for path in hub.asked if "/resolve/" in path]
    assert fetched and all(path.endswith("/model.json") for path in fetched)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"model__json": b"{"}, "cannot be read as JSON"),
        ({"model__json": b" " * 6_000_000}, "more than the 5 MB"),
        ({"model__json": None}, "holds no model.json; is it a model of this program"),
        ({"weights__safetensors": None}, "holds no weights.safetensors"),
    ],
)
def test_what_is_no_model_is_told(hub, shared, files, message):
    _change(hub, **files)
    with pytest.raises(ModelError, match=f"^hf:lab/threats: .*{message}") as told:
        locate("hf:lab/threats")
    assert "\n" not in str(told.value)


def test_a_model_too_large_is_refused(hub, shared, monkeypatch):
    monkeypatch.setattr(sharing, "_LARGEST", 100)
    with pytest.raises(ModelError, match="that a model may have"):
        locate("hf:lab/threats")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("hf:threats", "write hf:OWNER/NAME"),
        ("hf:lab/threats@", "write hf:OWNER/NAME"),
        ("hf:lab/../threats", "write hf:OWNER/NAME"),
        ("hf:lab/threats@a/../../b", "write hf:OWNER/NAME"),
        ("hf:lab/th reats", "write hf:OWNER/NAME"),
        ("hf:lab/nothing", "the hub has no such model"),
        ("hf:lab/threats@v9", "this revision is not"),
    ],
)
def test_names_that_lead_nowhere(hub, shared, reference, message):
    with pytest.raises(ModelError, match=message):
        locate(reference)


def test_a_private_model_needs_the_token(hub, shared, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(ModelError, match="or it is private and HF_TOKEN does not open it"):
        locate("hf:lab/threats")


def test_pushing_needs_a_token_a_name_and_a_whole_model(hub, model, monkeypatch, tmp_path):
    with pytest.raises(ModelError, match="write OWNER/NAME"):
        sharing.push(model, "threats")
    torn = tmp_path / "torn"
    shutil.copytree(model, torn)
    (torn / "weights.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="was changed or cut short"):
        sharing.push(torn, "lab/threats")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(ModelError, match="does not accept the token"):
        sharing.push(model, "lab/threats")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(ModelError, match="no token for the hub"):
        sharing.push(model, "lab/threats")
    assert hub.repositories == {}


def test_push_and_score_by_command(hub, model, tmp_path):
    from typer.testing import CliRunner

    from framing.cli import app

    statement = tmp_path / "statement.txt"
    statement.write_text("They menace us with a bomb. The harvest was good.")
    runner = CliRunner()
    pushed = runner.invoke(app, ["models", "push", str(model), "lab/open", "--public"])
    assert pushed.exit_code == 0, pushed.output
    assert "load this state of it as hf:lab/open@" in pushed.stdout
    assert not hub.repositories["lab/open"].private
    scored = runner.invoke(
        app, ["score", str(statement), "--model", "hf:lab/open", "--format", "json"]
    )
    assert scored.exit_code == 0, scored.output
    (found,) = json.loads(scored.stdout)
    assert len(found["sentences"]) == 2
