"""How cases are judged: by a model so simple that one knows what it says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from framing.classifiers.base import SentenceClassifier
from framing.classifiers.calibration import Calibration
from framing.errors import CorpusError, FramingError
from framing.evaluation.behaviour import ceilings, main, run, table

WAR = {"id": "w-1", "capability": "war", "kind": "minimum", "text": "War!", "expect": {"war": True}}


class Counting(SentenceClassifier):
    """Each "war" in a sentence adds one to the log-odds of the label "war", from -1 upwards."""

    kind = "counting"

    def __init__(self):
        self.classes_ = np.array(["peace", "war"], dtype=object)
        self.thresholds_ = np.array([0.5, 0.5], np.float32)
        self.calibration_ = Calibration.identity(2)

    def logits(self, sentences):
        rows = [(-9, s.lower().count("war") * 2 - 1) for s in sentences]
        return np.array(rows, np.float32).reshape(-1, 2)


@pytest.fixture
def judge(tmp_path):
    def failed(**case):
        path = tmp_path / "cases.jsonl"
        path.write_text(json.dumps({"id": "c-1", "capability": "c"} | case) + "\n")
        return run(Counting(), path)["groups"]["c"]["failures"] == 1

    return failed


@pytest.mark.parametrize(
    ("text", "expect", "fails"),
    [
        ("War.", {"war": True}, False),
        ("War.", {"war": True, "peace": False}, False),
        ("Tea.", {"war": True}, True),
        ("War.", {"war": False}, True),
        ("War.", {"war": True, "peace": True}, True),
    ],
)
def test_minimum(judge, text, expect, fails):
    assert judge(kind="minimum", text=text, expect=expect) is fails


@pytest.mark.parametrize(
    ("text", "variants", "fails"),
    [
        ("War.", ["Our war.", "WAR!"], False),
        ("War.", ["Our war.", "Tea!"], True),
        ("Tea.", ["Coffee."], False),
        ("Tea.", ["War."], True),
        ("War.", ["War, war, war."], False),
    ],
)
def test_invariance(judge, text, variants, fails):
    assert judge(kind="invariance", text=text, variants=variants) is fails


@pytest.mark.parametrize(
    ("text", "variant", "moves", "fails"),
    [
        ("Tea.", "War.", {"war": "up"}, False),
        ("War.", "Tea.", {"war": "down"}, False),
        ("War.", "Tea.", {"war": "up"}, True),
        ("Tea.", "Coffee.", {"war": "down"}, True),
        ("War.", "Tea.", {"war": "down", "peace": "up"}, True),
        ("War war war war.", "War war war.", {"war": "down"}, True),  # moves, by less than a tenth
    ],
)
def test_directional(judge, text, variant, moves, fails):
    assert judge(kind="directional", text=text, variant=variant, moves=moves) is fails


def test_what_is_counted(tmp_path):
    path = tmp_path / "cases.jsonl"
    tea = WAR | {"id": "w-2", "text": "Tea."}
    drum = tea | {"id": "d-1", "capability": "drum", "text": "Warm war drums."}
    path.write_text("\n".join(map(json.dumps, [WAR, tea, drum])))
    found = run(Counting(), path)
    assert (found["cases"], found["failures"]) == (3, 1)
    assert found["groups"]["war"] == {
        "kind": "minimum",
        "cases": 2,
        "failures": 1,
        "rate": 0.5,
        "failed": ["w-2"],
    }
    assert json.loads(json.dumps(found)) == found
    assert ceilings(found) == {"drum": 0.0, "war": 0.5}
    assert table(found).splitlines()[0].split() == ["war", "minimum", "1", "of", "2", "50.0%"]
    assert table(found).endswith("1 of 3 cases fail (33.3%)")


def test_a_ceiling_is_rounded_up_to_a_twentieth():
    group = {"kind": "minimum", "failures": 1, "rate": 0.0833, "failed": ["c-1"], "cases": 12}
    found = {"how": "", "cases": 12, "failures": 1, "groups": {"c": group}}
    assert ceilings(found) == {"c": 0.1}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "maximum"}, "kind 'maximum' is none of minimum, invariance, directional"),
        ({"kind": ["minimum"]}, "is none of"),
        ({"variants": ["Tea."]}, "and no other"),
        ({"kind": "invariance"}, "has the fields capability, id, kind, text, variants"),
        ({"text": "  "}, "text is empty"),
        ({"expect": {}}, "expect is empty"),
        ({"expect": {"war": 1}}, "expect is empty or of the wrong form"),
    ],
)
def test_a_damaged_case_is_named(tmp_path, change, says):
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(WAR) + "\n" + json.dumps(WAR | change) + "\n")
    with pytest.raises(CorpusError, match=says) as caught:
        run(Counting(), path)
    assert str(caught.value).startswith(f"{path}, line 2: ")


def test_a_label_that_the_model_lacks(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(WAR | {"expect": {"tea": True}}))
    with pytest.raises(FramingError, match=r"case w-1 needs tea; the model has it not"):
        run(Counting(), path)


def test_the_command_prints_json_and_writes_ceilings(tmp_path, capsys):
    cases, written = tmp_path / "cases.jsonl", tmp_path / "ceilings.json"
    present = {"call_to_force": True}
    first = WAR | {"text": "We shall bomb them at dawn.", "expect": present}
    cases.write_text(
        json.dumps(first)
        + "\n"
        + json.dumps(WAR | {"text": "Tea.", "id": "w-2"} | {"expect": present})
    )
    main(["--model", "ngram", "--cases", str(cases), "--json", "--ceilings", str(written)])
    printed = json.loads(capsys.readouterr().out)
    assert printed["groups"]["war"]["failed"] == ["w-2"]
    assert json.loads(written.read_text()) == {"war": 0.5}


def test_the_command_names_a_missing_model(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--model", "no-such-model"])
    assert stop.value.code == 1
    assert "no-such-model: no such model" in capsys.readouterr().err
