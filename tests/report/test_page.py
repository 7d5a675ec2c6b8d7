"""The page: complete in itself, escaped whatever the input holds, sensible for any run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from framing.errors import FramingError
from framing.report import Run, write_comparison, write_report
from framing.report.html import link, words
from tests.report.conftest import ACCUSING, BOOK, FRAME, Statement, two_years, write_run

MakeRun = Callable[..., Path]

HOSTILE = (
    "<script>document.title='run'</script>",
    '"><img src=x onerror="document.title=\'run\'">',
    "' onmouseover='document.title=1' x='",
    "</style><svg onload=\"document.title='run'\">",
    "{{ 7 * 7 }}{% raw %}",
    "$\\frac{1}{0}$",
    "\u202egnp.exe\x00\x1b[31m",
    "]]>--><!--",
)
ADDRESSES = (
    "javascript:document.title='run'",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "//elsewhere.example/x",
    'https://"onclick="alert(1)',
    "http://[broken",
    "file:///etc/passwd",
)


def hostile_run(make_run: MakeRun, name: str = "run") -> Path:
    statements = []
    for i in range(40):
        bad, address = HOSTILE[i % len(HOSTILE)], ADDRESSES[i % len(ADDRESSES)]
        statements.append(
            Statement(
                sentences=[(bad + text, labels) for text, labels in ACCUSING],
                title=bad,
                date=date(2031, 1 + i % 8, 3),
                source=HOSTILE[i % 3],
                speaker=HOSTILE[(i + 1) % 4],
                url=address,
                score=50.0 + i,
                adversaries=(bad,),
            )
        )
    model = {
        "name": HOSTILE[0],
        "kind": HOSTILE[1],
        "metrics": {"how": HOSTILE[3], "macro_f1": 0.5},
    }
    labels: list[dict[str, Any]] = [
        {"label": HOSTILE[0], "support": 1, "precision": 0.5, "recall": 0.5, "f1": 0.5}
    ]
    return make_run(
        statements, name=name, model=model | {"metrics": {**model["metrics"], "labels": labels}}
    )


def page_of(folder: Path, **options: Any) -> str:
    with Run(folder) as run:
        return write_report(run, folder.parent / "page.html", **options).read_text("utf-8")


@pytest.fixture(scope="module")
def two_years_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("two-years")
    return page_of(write_run(folder / "run", two_years()), title="Ruritania at sea")


def check_harmless(text: str) -> None:
    """Nothing in the page runs but its own script, and nothing is fetched."""
    tree = html.document_fromstring(text)
    assert len(tree.xpath("//script")) == 1
    assert not tree.xpath("//img | //iframe | //object | //embed | //link | //base | //form")
    for element in tree.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), (element.tag, name)
            if name in ("href", "{http://www.w3.org/1999/xlink}href", "xlink:href"):
                assert value.startswith(("#", "https://", "http://")), value
            assert name not in ("src", "srcset", "action", "formaction")
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_a_page_of_two_years(two_years_page: str) -> None:
    text = two_years_page
    check_harmless(text)
    tree = html.document_fromstring(text)
    assert tree.xpath("string(//h1)") == "Ruritania at sea"
    sections = tree.xpath("//section/@id")
    assert sections == [
        *("time", "labels", "evidence", "source", "adversary"),
        *("ranking", "passages", "statements", "methods"),
    ]
    # two wide charts, each for page and telephone; one for each label, source and adversary
    assert len(tree.xpath("//svg")) == 4 + len(BOOK.labels) + 2 + 1
    assert all(svg.get("aria-label") for svg in tree.xpath("//svg"))
    assert "From 2031-01 the level is" in text
    assert len(tree.xpath("//table[@id='all']/tbody/tr")) == 144
    marked = tree.xpath("//ol[@class='passages']//mark")
    assert marked and all("k" in mark.get("class") for mark in marked)
    assert BOOK.by_name(FRAME).code in tree.xpath("//ol[@class='passages']//b/text()")
    for label in BOOK.labels:
        assert label.colour in text and label.colour_dark in text


def test_colours_of_charts_follow_the_page(two_years_page: str) -> None:
    tree = html.document_fromstring(two_years_page)
    for svg in tree.xpath("//svg"):
        drawn = html.tostring(svg, encoding="unicode")
        assert "var(--" in drawn
        assert not re.search(r"#[0-9a-f]{6}\b(?!\")", re.sub(r'"#\w+"|url\(#\w+\)', "", drawn))


def test_hostile_input_is_text(make_run: MakeRun) -> None:
    text = page_of(hostile_run(make_run))
    check_harmless(text)
    tree = html.document_fromstring(text)
    assert HOSTILE[0] in tree.xpath("string(//table[@id='all'])")
    assert "49" not in tree.xpath("//h4//text()")
    assert "\x00" not in text and "\x1b" not in text


def test_hostile_input_in_a_comparison_is_text(make_run: MakeRun, tmp_path: Path) -> None:
    one, other = hostile_run(make_run, "a"), hostile_run(make_run, "b")
    with Run(one) as a, Run(other) as b:
        path = write_comparison(
            (a, b), tmp_path / "page.html", names=(HOSTILE[0], HOSTILE[1]), title=HOSTILE[3]
        )
    check_harmless(path.read_text("utf-8"))


def test_a_difference_is_bold_only_where_it_leaves_zero_out(
    make_run: MakeRun, tmp_path: Path
) -> None:
    one, other = make_run(two_years(0), name="a"), make_run(two_years(20), name="b")
    with Run(one) as a, Run(other) as b:
        path = write_comparison((a, b), tmp_path / "page.html")
    tree = html.document_fromstring(path.read_text("utf-8"))
    bold = [
        row.xpath("string(td[1])")
        for row in tree.xpath("//section[@id='differences']//tbody/tr")
        if row.xpath("td[4]/b")
    ]
    assert bold == ["mean casus-belli score, of 100"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_but_a_web_address_becomes_a_link(address: str) -> None:
    found = link(address)
    assert found is None or found.startswith("https://")
    assert link("https://www.ministry.example/a?b=c#d") == "https://www.ministry.example/a?b=c#d"


def test_words_are_one_line_without_control_characters() -> None:
    assert words("a\x00b\n c\x9bd", 20) == "a b c d"
    assert words("x" * 50, 10) == "x" * 9 + "…"
    assert words(None) == ""


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("empty", []),
        (
            "single",
            [Statement(ACCUSING, score=70.0, date=date(2031, 5, 1), adversaries=("Velmar",))],
        ),
        ("undated", [Statement(ACCUSING, score=40.0 + i) for i in range(8)]),
        (
            "one month",
            [Statement(date=date(2031, 5, 1 + i % 28), score=20.0 + i) for i in range(40)],
        ),
        ("unscored", [Statement(score=None, title=None, date=date(2031, 5, 1))] * 3),
        ("nobody accused", [Statement(date=date(2031, i, 1)) for i in range(1, 9)]),
        ("far apart", [Statement(date=date(year, 1, 1)) for year in (1, 1600, 1990, 2100, 9999)]),
    ],
)
def test_any_run_gives_a_sensible_page(
    make_run: MakeRun, name: str, statements: list[Statement]
) -> None:
    text = page_of(make_run(statements))
    check_harmless(text)
    tree = html.document_fromstring(text)
    said = tree.xpath("string(//body)")
    assert "nan" not in said.lower().split() and "None" not in said
    assert tree.xpath("//section[@id='methods']")
    assert bool(tree.xpath("//svg")) == (name in ("one month", "nobody accused", "far apart"))
    if name == "empty":
        assert "holds no statement" in said
    if name == "undated":
        assert "No statement has a date" in said


def test_the_same_run_gives_the_same_bytes(make_run: MakeRun, two_years_page: str) -> None:
    assert page_of(make_run(two_years()), title="Ruritania at sea") == two_years_page


def test_the_table_can_be_cut(make_run: MakeRun) -> None:
    text = page_of(make_run([Statement(score=float(i)) for i in range(30)]), listed=10)
    tree = html.document_fromstring(text)
    assert len(tree.xpath("//table[@id='all']/tbody/tr")) == 10
    assert "The 10 of the highest scores; the run has 30" in tree.xpath("string(//body)")


def test_what_cannot_be_written_leaves_nothing_behind(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run([Statement()])
    with Run(folder) as run:
        with pytest.raises(FramingError, match="is a folder"):
            write_report(run, tmp_path)
        with pytest.raises(FramingError, match="cannot be written"):
            write_report(run, tmp_path / "nowhere" / "page.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]


def test_a_missing_library_is_named(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with (
        Run(make_run([Statement()])) as run,
        pytest.raises(FramingError, match=r"pip install 'framing\[report\]'"),
    ):
        write_report(run, "page.html")


@pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="needs chromium and chromedriver",
)
def test_in_a_browser_nothing_runs_and_the_table_sorts_and_filters(
    make_run: MakeRun, tmp_path: Path
) -> None:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    page_of(hostile_run(make_run), title="calm")
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-sync"):
        options.add_argument(f"--{flag}")
    options.add_argument("--disable-background-networking")
    options.add_argument(f"--user-data-dir={tmp_path / 'profile'}")
    service = webdriver.ChromeService(str(shutil.which("chromedriver")))
    with webdriver.Chrome(options=options, service=service) as browser:
        browser.get((tmp_path / "page.html").as_uri())
        assert browser.title == "calm"
        rows = lambda: browser.find_elements(By.CSS_SELECTOR, "#all tbody tr")  # noqa: E731
        assert len(rows()) == 40
        button = browser.find_element(By.CSS_SELECTOR, "#all th[data-column=score] button")
        button.click()
        button.click()
        assert "50.0" in rows()[0].text
        browser.find_element(By.ID, "lowest").send_keys("85")
        WebDriverWait(browser, 30).until(lambda _: len(rows()) == 5)
        browser.find_element(By.ID, "find").send_keys("no such words")
        WebDriverWait(browser, 30).until(lambda _: len(rows()) == 0)
        assert browser.title == "calm"
        assert not [e for e in browser.get_log("browser") if e["level"] == "SEVERE"]
