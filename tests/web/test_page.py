"""The page as a person uses it: headless Chromium, keys alone, a server that gets killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from framing.web.annotate.project import Project, open_project
from tests.web.conftest import truth

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
PATIENCE = 120  # seconds; a machine that does other things too is slow, and that is no failure
ENTER, BACKSPACE, TAB, SPACE, ESCAPE = "\ue007", "\ue003", "\ue004", " ", "\ue00c"

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="needs Debian's chromium and chromium-driver, which are not installed here",
)


class Server:
    """``framing annotate`` as a process that can be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        command = "from framing.cli import main; main()"
        arguments = ["annotate", str(self.folder), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", command, *arguments],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        )
        assert self.process.stdout is not None
        found = re.search(r"http\S+", self.process.stdout.readline())
        assert found, "the server printed no address"
        self.address = found.group()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


class Page:
    """A browser window that is only ever read, and typed into."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def script(self, code: str, *values: Any) -> Any:
        return self.driver.execute_script(code, *values)

    def press(self, keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(keys).perform()

    def until(self, condition: str) -> Any:
        """Wait until a JavaScript expression is true, and return it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.script(f"return {condition}")
            if found:
                return found
            time.sleep(0.02)
        shown = self.script("return document.body.innerText")
        raise AssertionError(f"never came true: {condition}\n{shown}")

    def sentence(self, other_than: int | None = None) -> dict[str, Any] | None:
        """The sentence shown once it is another than that one, None when all is done."""
        found = self.until(
            "(() => { if (document.body.dataset.busy !== 'false') return null;"
            " const desk = document.getElementById('desk');"
            " if (!document.getElementById('done').hidden) return {done: true};"
            f" if (desk.hidden || desk.dataset.sentence === '{other_than}') return null;"
            " return {n: Number(desk.dataset.sentence),"
            " text: document.getElementById('sentence').textContent}; })()"
        )
        return None if found.get("done") else found

    def text(self, name: str) -> str:
        return self.script("return document.getElementById(arguments[0]).innerText", name)

    def enter(self, address: str, name: str) -> None:
        self.driver.get(address)
        self.until("document.getElementById('enter-dialog').open")
        self.press(name + ENTER)
        self.until("!document.getElementById('enter-dialog').open")


@pytest.fixture
def fifty(tmp_path: Path, codebook: Path, table: Callable[[int], Path]) -> Project:
    from framing.web.annotate import intake

    project = open_project(tmp_path / "fifty", codebook)
    with project.session() as db:
        intake.add(db, intake.read(table(50), project.codebook, pytest.fail), project.codebook)
    return project


@pytest.fixture
def server(fifty: Project) -> Iterator[Server]:
    server = Server(fifty.folder)
    yield server
    server.kill()


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[Callable[[], Page]]:
    """Open a browser of its own, as another person has."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    opened = []

    def open_one() -> Page:
        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for flag in (
            "headless=new",
            "no-sandbox",
            "disable-gpu",
            "disable-dev-shm-usage",
            "disable-background-networking",
            "disable-sync",
            "no-first-run",
            "no-proxy-server",
            f"user-data-dir={tmp_path / f'chromium-{len(opened)}'}",
        ):
            options.add_argument(f"--{flag}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        opened.append(driver)
        return Page(driver)

    yield open_one
    for driver in opened:
        driver.quit()


def _label(page: Page, codebook: Any, wrong: tuple[str, ...] = (), upto: int | None = None):
    """Label by keys what is shown until there is nothing more; returns what was meant."""
    meant: dict[int, list[str]] = {}
    sentence = page.sentence()
    while sentence and (upto is None or len(meant) < upto):
        labels = truth(sentence["text"])
        if any(f" {word} of" in sentence["text"] for word in wrong):
            labels = [name for name in codebook.names if name not in labels][:1]
        page.press("".join(codebook.by_name(name).code.lower() for name in labels) + ENTER)
        meant[sentence["n"]] = sorted(labels)
        sentence = page.sentence(other_than=sentence["n"])
    return meant


def _live(project: Project, annotator: str) -> dict[int, list[str]]:
    with project.session() as db:
        rows = db.execute(
            "SELECT sentence, labels FROM decisions WHERE live = 1 AND final = 0"
            " AND annotator = ? AND labels IS NOT NULL",
            (annotator,),
        )
        return {row["sentence"]: json.loads(row["labels"]) for row in rows}


def test_fifty_sentences_two_annotators_a_kill_a_review_an_export_a_model(
    fifty, server, windows, tmp_path, codebook
):
    book = fifty.codebook
    ana, ben = windows(), windows()
    ana.enter(server.address, "Ana")
    ben.enter(server.address, "Ben")

    meant = _label(ana, book, upto=20)
    server.kill()
    last = ana.sentence()
    labels = truth(last["text"])
    ana.press("".join(book.by_name(name).code for name in labels) + ENTER)
    ana.until("document.getElementById('alert').innerText.includes('Not saved yet')")
    assert _live(fifty, "Ana") == meant  # all that was acknowledged, nothing else
    server.start()
    ana.sentence(other_than=last["n"])  # sent again by itself, and only once
    meant[last["n"]] = sorted(labels)
    assert _live(fifty, "Ana") == meant
    meant |= _label(ana, book)
    assert len(meant) == 50
    assert _live(fifty, "Ana") == meant

    others = _label(ben, book, wrong=("item 3", "item 30"))
    assert _live(fifty, "Ben") == others
    disputed = {n for n in meant if meant[n] != others[n]}
    assert len(disputed) == 2

    ana.press("/")
    first = ana.sentence()
    assert first["n"] in disputed
    assert ana.text("labels").count("Disputed") >= 1
    ana.press(ENTER)
    second = ana.sentence(other_than=first["n"])
    ana.press("p" + ENTER)
    assert ana.sentence(other_than=second["n"]) is None
    assert {first["n"], second["n"]} == disputed
    assert "2 decided, 0 disagreements left" in ana.text("count")
    assert [row for page in (ana, ben) for row in _faults(page)] == []
    assert ana.script(
        "return performance.getEntries().map(e => e.name).filter(n => n.startsWith('http'))"
        ".every(n => new URL(n).origin === location.origin)"
    )

    out = tmp_path / "labels.jsonl"
    assert _framing("annotate", fifty.folder, "--export", out).returncode == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 50
    assert "Ana + Ben" in {row["annotator"] for row in rows}
    model = tmp_path / "model"
    done = _framing("train", "--out", model, "--data", out, "--codebook", codebook, "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert json.loads((model / "model.json").read_text())["labels"] == list(book.names)


def _faults(page: Page) -> list[dict[str, Any]]:
    """What the browser complains of, but for the server that was killed."""
    return [
        row
        for row in page.driver.get_log("browser")
        if "ERR_CONNECTION" not in row["message"] and "ERR_EMPTY" not in row["message"]
    ]


def _framing(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from framing.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        # One thread: those of so small a sum would only wait for one another.
        env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        timeout=600,
    )


def test_skip_undo_help_and_reload_by_keys(fifty, server, windows):
    page = windows()
    page.enter(server.address, "  Zoë  O'Hara ")
    first = page.sentence()
    page.press("m")
    assert page.text("save").startswith("Save: Money")
    page.press("mR")
    assert page.text("save").startswith("Save: Roads and paths")
    page.press(ENTER)
    second = page.sentence(other_than=first["n"])
    page.press("-")
    page.until("document.getElementById('skip-dialog').open")
    page.press(ESCAPE)
    page.until("!document.getElementById('skip-dialog').open")
    page.press("-")
    page.until("document.getElementById('skip-dialog').open")
    page.script("document.activeElement.blur()")  # as after a click beside the buttons
    page.press("2")
    third = page.sentence(other_than=second["n"])
    assert "2 of 50 done, 1 of them skipped" in page.text("count")
    page.press(BACKSPACE)
    assert page.sentence(other_than=third["n"])["n"] == second["n"]
    page.press(BACKSPACE)
    assert page.sentence(other_than=second["n"])["n"] == first["n"]
    assert page.text("save").startswith("Save: Roads and paths")  # as it was said
    page.press("p" + ENTER)
    assert page.sentence(other_than=first["n"])["n"] == second["n"]  # and on to where we were
    page.press(ENTER)
    assert page.sentence(other_than=second["n"])["n"] == third["n"]
    assert _live(fifty, "Zoë O'Hara") == {first["n"]: ["protest", "roads"], second["n"]: []}
    page.press("?")
    page.until("document.getElementById('help-dialog').open")
    page.press("m" + ESCAPE)
    page.until("!document.getElementById('help-dialog').open")
    assert page.text("save").startswith("Save: none")  # letters typed over the page do nothing
    page.driver.refresh()
    assert page.sentence()["n"] == third["n"]
    assert "Zoë O'Hara" in page.text("who")
    assert _faults(page) == []


def test_a_question_asked_again_at_once_is_not_answered_by_the_end_of_the_first(server, windows):
    page = windows()
    page.enter(server.address, "Ana")
    first = page.sentence()
    page.press("-")
    page.until("document.getElementById('skip-dialog').open")
    page.script(  # closed and asked again before the browser has told of the closing
        "document.getElementById('skip-dialog').close();"
        "document.getElementById('skip').click(); document.getElementById('skip').click()"
    )
    page.until("document.getElementById('skip-dialog').open")
    page.press("2")
    page.sentence(other_than=first["n"])
    assert "1 of them skipped" in page.text("count")
    assert _faults(page) == []


def test_everything_is_reached_by_tab_and_focus_is_seen(server, windows):
    page = windows()
    page.enter(server.address, "Ana")
    page.sentence()
    reached, rings = [], []
    for _ in range(40):
        page.press(TAB)
        name, ring = page.script(
            "const e = document.activeElement; return [e.id || e.closest('.card')?.dataset.name"
            " || e.tagName, getComputedStyle(e).outlineStyle]"
        )
        reached.append(name)
        if name != "BODY":
            rings.append(ring)
    wanted = {"to-label", "to-review", "order", "who", "money", "roads", "protest"}
    assert wanted | {"save", "skip", "undo", "help", "export"} <= set(reached)
    assert set(rings) == {"solid"}


def test_nothing_runs_out_of_a_narrow_page(server, windows):
    page = windows()
    page.enter(server.address, "Ana")
    page.sentence()
    for width in (320, 700, 1400):
        page.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
        )
        page.until(f"innerWidth === {width}")
        assert page.script("return document.documentElement.scrollWidth <= innerWidth"), width
