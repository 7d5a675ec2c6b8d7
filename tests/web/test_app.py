from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from framing.codebook import Codebook
from framing.web.annotate import database, intake
from framing.web.annotate.app import create
from framing.web.annotate.labels_css import contrast, css, ink
from framing.web.annotate.project import Project

HOST = "127.0.0.1:8377"
_keys = itertools.count()


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    app = create(project, {HOST, "localhost:8377"})
    with TestClient(app, base_url=f"http://{HOST}/{project.token()}/") as client:
        yield client
    app.state.keeper.close()


@pytest.fixture
def ask(client: TestClient) -> Callable[..., Any]:
    """Post to the interface as Ana and return the answer, whose status must be as told."""

    def post(what: str, status: int = 200, **body: Any) -> Any:
        who = {"annotator": "Ana", "window": "w1", "mode": "label"}
        answer = client.post(f"api/{what}", json=who | body)
        assert answer.status_code == status, answer.text
        return answer.json()

    return post


def _key() -> str:
    return f"key-{next(_keys):08}"


def test_a_course_of_labels_undo_skip_and_review(ask, client):
    client.get("api/agreement")  # from now on agreement is there at once
    first = ask("next")["sentence"]
    answer = ask("decide", sentence=first["n"], labels=["roads", "money"], key=_key())
    assert answer["sentence"]["n"] != first["n"]
    assert answer["state"]["annotators"] == [{"annotator": "Ana", "labelled": 1, "skipped": 0}]
    back = ask("undo")["sentence"]
    assert back["n"] == first["n"] and back["undone"]["labels"] == ["money", "roads"]
    assert ask("next", wanted=first["n"])["sentence"]["n"] == first["n"]
    ask("decide", sentence=first["n"], labels=["roads"], key=_key())
    ask("decide", sentence=first["n"], labels=[], key=_key(), annotator="Ben")
    other = ask("next")["sentence"]
    state = ask("decide", sentence=other["n"], skipped="not a sentence", key=_key())["state"]
    assert state["disputed"] == 1
    assert state["agreement"][0]["identical"] == 0
    review = ask("next", mode="review", annotator="Cem")["sentence"]
    assert [vote["annotator"] for vote in review["votes"]] == ["Ana", "Ben"]
    final = ask(
        "decide", mode="review", annotator="Cem", sentence=first["n"], labels=[], key=_key()
    )
    assert final["sentence"] is None and final["state"]["disputed"] == 0
    (line,) = client.get("export.jsonl").text.splitlines()
    assert json.loads(line)["id"] == first["id"]
    assert json.loads(line)["labels"] == []
    assert json.loads(client.get("export.jsonl?annotator=Ana").text)["labels"] == ["roads"]
    details = client.get("api/agreement").json()
    assert details["skips"] == [{"reason": "not a sentence", "sentences": 1}]


def test_a_conflict_shows_what_stands(ask):
    said = ask("decide", sentence=1, labels=["roads"], key=_key())
    clash = ask("decide", 409, sentence=1, labels=[], key=_key(), window="w2")
    assert clash["current"]["labels"] == ["roads"]
    assert clash["current"]["seq"] == said["seq"]
    ask("decide", sentence=1, labels=[], key=_key(), window="w2", expected=said["seq"])


@pytest.mark.parametrize(
    "body",
    [
        {"sentence": 99, "labels": []},
        {"sentence": 1, "labels": ["weather"]},
        {"sentence": 1},
        {"sentence": 1, "labels": [], "annotator": "  "},
        {"sentence": "one", "labels": []},
        {"sentence": 1, "labels": "roads"},
        {"sentence": 1, "labels": [], "mode": "owner"},
        {"sentence": 1, "labels": [], "window": ""},
        {"sentence": 2**70, "labels": []},
    ],
)
def test_nonsense_is_refused_in_a_sentence_and_nothing_is_kept(client, project, body):
    who = {"annotator": "Ana", "window": "w1", "mode": "label", "key": _key()}
    answer = client.post("api/decide", json=who | body)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["error"]
    with project.session() as db:
        assert db.execute("SELECT COUNT(*) FROM decisions").fetchone()[0] == 0


def test_without_the_key_there_is_only_a_kind_word(client, project):
    for path in ("/", "/favicon.ico", "/wrong/", "/wrong/api/state", f"/{project.token()[:-1]}/"):
        answer = client.get(f"http://{HOST}{path}")
        assert answer.status_code == 403
        assert "framing annotate" in answer.text
        assert "Parish" not in answer.text
        assert project.token() not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8377", "127.0.0.1:80", "", "[::1]"])
def test_a_name_made_to_point_here_is_refused(client, host):
    answer = client.get("api/state", headers={"Host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_request_from_another_page_is_refused(client, project, headers):
    body = {"annotator": "Ana", "window": "w", "sentence": 1, "labels": [], "key": _key()}
    assert client.post("api/decide", json=body, headers=headers).status_code == 403
    with project.session() as db:
        assert db.execute("SELECT COUNT(*) FROM decisions").fetchone()[0] == 0


def test_a_form_or_a_flood_is_refused(client):
    form = client.post("api/next", data={"annotator": "Ana"})
    assert form.status_code == 415
    text = {"Content-Type": "text/plain"}
    assert client.post("api/next", content=b"{}", headers=text).status_code == 415
    flood = client.post("api/next", json={"annotator": "x" * 300_000})
    assert flood.status_code == 413
    parts = client.post(
        "api/next", content=iter([b"{}"]), headers={"Content-Type": "application/json"}
    )
    assert parts.status_code == 415


def test_every_answer_forbids_what_the_page_does_not_need(client):
    for path in ("", "api/state", "static/main.js", "labels.css", "http://127.0.0.1:8377/x/"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
    assert client.get("static/..%2fapp.py").status_code == 404
    assert client.get("static/app.py").status_code == 404


def test_what_users_wrote_stays_text(tmp_path, client, project):
    evil = "<script>alert(1)</script>"
    with project.session() as db:
        candidate = intake.Candidate(id="evil", text=evil, source=evil, document=evil)
        intake.add(db, [candidate], project.codebook)
        db.execute(
            "INSERT INTO decisions (sentence, annotator, final, labels, window, key, at, live)"
            " VALUES (1, ?, 0, '[]', 'w', 'k', '2031-01-01', 1)",
            ('"><img src=x onerror=alert(1)>',),
        )
    page = client.get("").text
    assert "<img" not in page and "&lt;img" in page
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="static/main.js">']
    ours = page.replace("&lt;img src=x onerror=alert(1)&gt;", "")
    assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:", ours)
    book = tmp_path / "evil.toml"
    book.write_text(f'name = "{evil}"\n[[labels]]\nname = "x"\ntitle = "{evil}"\n')
    from framing.web.annotate.project import open_project

    other = create(open_project(tmp_path / "other", book), {HOST}, "t" * 32)
    page = TestClient(other, base_url=f"http://{HOST}").get(f"/{'t' * 32}/").text
    assert evil not in page and "&lt;script&gt;alert" in page


def test_the_page_asks_nothing_of_the_outside(client):
    page = client.get("").text
    scripts = [client.get(f"static/{name}").text for name in ("main.js", "api.js", "side.js")]
    for text in (page, client.get("static/annotate.css").text, *scripts):
        assert not re.search(r"https?://(?!127\.0\.0\.1)", text)


def test_letters_on_their_colour_are_legible(project):
    for codebook in (project.codebook, Codebook.load(), Codebook.of_labels(("a", "b"))):
        for label in codebook.labels:
            for colour in (label.colour, label.colour_dark):
                assert contrast(colour, ink(colour)) >= 4.5
        assert css(codebook).count("--label-ink") == 2 * len(codebook.labels)
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_a_database_in_distress_is_told_kindly(client, ask, project, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    with project.session() as db:
        db.execute("BEGIN IMMEDIATE")
        answer = ask("decide", 503, sentence=1, labels=[], key=_key())
        db.execute("ROLLBACK")
    assert "try again" in answer["error"]
    ask("decide", sentence=1, labels=[], key=_key())


def test_training_is_offered_declined_and_refused_while_too_little(ask, client, project):
    assert client.get("api/state").json()["offer"]["possible"] is False
    ask("decline")
    assert client.get("api/state").json()["job"] is None
