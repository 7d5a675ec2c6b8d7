from __future__ import annotations

import csv
import io
import json
import shutil

import pytest

from framing.models import locate


def test_a_statement_is_scored_sentence_by_sentence(framing, statement):
    done = framing("score", statement, "--format", "json")
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)
    text = statement.read_text()
    assert [text[s["start"] : s["end"]] == s["text"] for s in result["sentences"]] == [True] * 4
    assert "terrorism" in result["sentences"][0]["labels"]
    assert "call_to_force" in result["sentences"][2]["labels"]
    assert result["sentences"][3]["labels"] == []
    assert result["low"] <= result["casus_belli"] <= result["high"]


def test_the_table_names_score_evidence_and_labels(framing, statement):
    done = framing("score", statement)
    assert done.returncode == 0
    assert "Casus-belli score" in done.stdout
    assert "Evidence balance" in done.stdout
    assert "Terrorism framing" in done.stdout
    assert " T " in done.stdout and "cartel is a terrorist" in done.stdout


def test_words_are_explained(framing, statement):
    done = framing("score", statement, "--explain")
    assert done.returncode == 0
    assert "T: " in done.stdout and "terrorist +" in done.stdout


def test_words_are_explained_in_data_too(framing, statement):
    done = framing("score", statement, "--explain", "--format", "json")
    (result,) = json.loads(done.stdout)
    first, *_, last = result["sentences"]
    strongest = first["words"]["terrorism"][0]
    assert first["text"][strongest["start"] : strongest["end"]] == strongest["text"]
    assert strongest["effect"] >= first["words"]["terrorism"][-1]["effect"]
    assert last["words"] == {}
    done = framing("score", statement, "--explain", "--format", "csv", "--sentences")
    row = next(csv.DictReader(io.StringIO(done.stdout)))
    assert json.loads(row["words"]) == first["words"]
    done = framing("score", statement, "--explain", "--format", "csv")
    assert done.returncode == 2 and "--sentences" in done.stderr and done.stderr.count("\n") == 1


@pytest.fixture
def long_statement(tmp_path):
    """Calm at first; then accusations, the first of them backed by what follows it."""
    path = tmp_path / "long.txt"
    calm = " ".join(f"The harbour of town number {n} will be open on Monday." for n in range(1, 21))
    path.write_text(
        f"{calm} The terrorists of the Corvo cartel threaten our families. "
        "On 4 May 2019 their gunmen killed eleven officers in Sarnholm. "
        "The Corvo terrorists are armed by the regime that rules Iran. We will strike them hard. "
        "Our aircraft will bomb the camps of the terrorists until nothing is left of them. "
        "The school is open again. The road is open again. The market is open again."
    )
    return path


def test_a_reader_sees_bands_passage_profile_and_what_is_not_backed(framing, long_statement):
    shown = framing("score", long_statement).stdout
    lines = shown.splitlines()
    (result,) = json.loads(framing("score", long_statement, "--format", "json").stdout)
    assert lines[1].startswith("Casus-belli score")
    assert lines[2].startswith("Evidence balance: ")
    unbacked = [str(i + 1) for i in result["unbacked"]]
    assert unbacked and set(unbacked) < set(" ".join(lines[2:4]).replace(",", "").split())
    assert " ".join(shown.split()).count("(no checkable claim near)") == len(unbacked)
    bands = next(line for line in lines if line.startswith("Bands: no case "))
    assert bands.count("%") >= 3
    profile = next(line for line in lines if line.startswith("Profile: ")).split()[1]
    levels = ["▁▂▃▄▅▆▇█".index(bar) for bar in profile]
    assert max(levels) >= levels[0] + 3  # calm at first, then accusations
    first, last = (i + 1 for i in result["passage"])
    assert f"Strongest passage: sentences {first} to {last}, marked ▸" in lines
    marked = [line for line in lines if line.lstrip().startswith("▸")]
    assert len(marked) == last - first + 1


def test_data_hold_what_the_table_shows(framing, long_statement):
    (result,) = json.loads(framing("score", long_statement, "--format", "json").stdout)
    assert sum(result["bands"].values()) == pytest.approx(1, abs=0.01)
    assert len(result["profile"]) == len(result["profile_starts"]) > 1
    first, last = (result["sentences"][i] for i in result["passage"])
    assert result["passage_text"] == long_statement.read_text()[first["start"] : last["end"]]
    backed = [s["backed"] for s in result["sentences"]]
    assert [i for i, value in enumerate(backed) if value is False] == result["unbacked"]
    assert backed.count(True) == result["backed"]
    done = framing("score", long_statement, "--format", "csv", "--sentences")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [i for i, r in enumerate(rows) if r["backed"] == "False"] == result["unbacked"]
    inside = [i for i, r in enumerate(rows) if r["in_passage"] == "True"]
    assert [inside[0], inside[-1]] == result["passage"]
    done = framing("score", long_statement, "--format", "csv")
    assert next(csv.DictReader(io.StringIO(done.stdout)))["passage_text"] == result["passage_text"]


def test_a_terminal_without_unicode_costs_marks_and_nothing_else(framing, long_statement):
    done = framing("score", long_statement, terminal="cp1252")
    assert done.returncode == 0 and done.stderr == ""
    assert "Strongest passage" in done.stdout and "█" not in done.stdout


def test_standard_input(framing):
    done = framing("score", "-", "--format", "jsonl", stdin="They hide a bomb. Roads are mended.")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["sentences"]) == 2


def test_csv_has_a_row_a_statement_or_a_row_a_sentence(framing, statement):
    done = framing("score", statement, statement, "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(done.stdout)))) == 2
    done = framing("score", statement, "--format", "csv", "--sentences")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 4 and 0 <= float(rows[0]["terrorism"]) <= 1


def test_a_cell_cannot_be_a_formula(framing, tmp_path):
    (tmp_path / "sly.md").write_text("---\ntitle: =1+1\n---\nThe roads are mended today.\n")
    done = framing("score", tmp_path / "sly.md", "--format", "csv")
    assert next(csv.DictReader(io.StringIO(done.stdout)))["title"] == "'=1+1"


@pytest.fixture
def bad_inputs(tmp_path):
    """One file for each way of being bad, and the word its message must hold."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "blank.txt").write_bytes(b" \n\n ")
    (folder / "program.exe").write_bytes(b"MZ\x00\x01")
    return folder, ["empty.txt", "binary.txt", "blank.txt", "program.exe"]


def test_bad_inputs_cost_a_line_each_and_nothing_else(framing, statement, bad_inputs):
    folder, names = bad_inputs
    done = framing("score", folder, folder / "absent.txt", statement, "--format", "jsonl")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    lines = done.stderr.splitlines()
    for name in [*names, "absent.txt"]:
        assert sum(name in line for line in lines) == 1, (name, lines)
    assert len(lines) == 5


def test_nothing_scored_is_exit_code_two(framing, bad_inputs):
    assert framing("score", bad_inputs[0]).returncode == 2


def test_a_huge_line_is_scored_in_bounded_pieces(framing, tmp_path):
    path = tmp_path / "huge.txt"
    path.write_text("war and peace " * 200_000)
    done = framing("score", path, "--format", "jsonl", "--model", "ngram")
    assert done.returncode == 0, done.stderr
    lengths = [s["end"] - s["start"] for s in json.loads(done.stdout)["sentences"]]
    assert max(lengths) <= 2000


def test_invalid_utf8_is_scored_or_named(framing, tmp_path, statement):
    path = tmp_path / "latin.txt"
    path.write_bytes("The café was closed. The régime denies it all.".encode("latin-1"))
    done = framing("score", path, statement, "--format", "jsonl")
    assert done.returncode in (0, 1)
    assert len(done.stdout.splitlines()) + len(done.stderr.splitlines()) == 2


def test_another_language_is_not_scored_silently(framing, tmp_path):
    path = tmp_path / "deutsch.txt"
    path.write_text(
        "Die Regierung hat heute beschlossen, dass die Straßen repariert werden sollen."
    )
    done = framing("score", path)
    assert done.returncode == 2
    assert "deutsch.txt" in done.stderr and "--language any" in done.stderr
    assert framing("score", path, "--language", "any").returncode == 0


@pytest.fixture
def model_copy(tmp_path):
    shutil.copytree(locate("ngram"), tmp_path / "model")
    return tmp_path / "model"


def test_a_tampered_model_is_refused_in_one_line(framing, statement, model_copy):
    weights = model_copy / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    done = framing("score", statement, "--model", model_copy)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "weights.safetensors" in done.stderr


def test_a_pickle_in_place_of_a_model_is_not_opened(framing, statement, tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n(S'touch smuggled'\ntR.")
    done = framing("score", statement, "--model", tmp_path / "model.pkl")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert not (tmp_path / "smuggled").exists()


def test_known_statements_are_marked_where_a_reader_would(framing, shared):
    done = framing("score", shared / "statements", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    scores = {json.loads(line)["path"]: json.loads(line) for line in done.stdout.splitlines()}
    assert len(scores) == 12
    by_name = {path.rsplit("/", 1)[-1]: row for path, row in scores.items()}
    score = {name: row["casus_belli"] for name, row in by_name.items()}
    calm = max(score["1961-02-21-youth-fitness.txt"], score["1961-03-01-peace-corps.txt"])
    for war in ("1986-04-14-libya.txt", "1989-12-20-panama.txt", "2001-09-21-war-on-terror.txt"):
        assert score[war] > calm + 20
    assert by_name["2025-12-15-fentanyl-as-wmd.md"]["shares"]["wmd"] > 0.15
    assert by_name["1989-12-20-panama.txt"]["shares"]["call_to_force"] > 0.1
    assert by_name["1986-04-14-libya.txt"]["shares"]["terrorism"] > 0.15


def test_the_adversary_is_named(framing, tmp_path):
    path = tmp_path / "speech.txt"
    path.write_text("Iran is building a nuclear bomb. Iran must never have a nuclear weapon.")
    assert "Against: Iran (2)" in framing("score", path).stdout


def test_a_higher_precision_gives_fewer_labels(framing, statement):
    def given(*options):
        done = framing("score", statement, "--format", "json", *options)
        (result,) = json.loads(done.stdout)
        return [set(sentence["labels"]) for sentence in result["sentences"]]

    plain, strict = given("--precision", "0.5"), given("--precision", "0.95")
    assert all(few <= many for few, many in zip(strict, plain, strict=True))
    refused = framing("score", statement, "--precision", "1.5")
    assert refused.returncode == 2 and "precision" in refused.stderr
    assert "Traceback" not in refused.stderr
