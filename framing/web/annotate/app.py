"""The HTTP side: a page and its interface, behind a secret path, for this machine alone."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, Field

from framing.errors import FramingError
from framing.web.annotate import database, decisions, jobs, settled
from framing.web.annotate.decisions import Conflict, Decision
from framing.web.annotate.labels_css import css
from framing.web.annotate.project import Project

_HERE = Path(__file__).parent
_STATIC = {p.name: p for p in (_HERE / "static").iterdir()}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_LONGEST_BODY = 200_000
_RESAMPLES = 200
_COSTLY = 0.1  # seconds
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}

Window = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(max_length=200)]
Number = Annotated[int, Field(ge=0, le=2**53)]
Mode = Literal["label", "review"]


class Who(BaseModel):
    """Who asks, from which window, to label or to review."""

    annotator: Name
    window: Window
    mode: Mode = "label"


class Wish(Who):
    """What the next sentence should be."""

    order: Literal["random", "uncertain", "given"] = "random"
    passed: Annotated[list[Number], Field(max_length=10_000)] = []
    wanted: Number | None = None


class Verdict(Wish):
    """A decision on a sentence."""

    sentence: Number
    key: Annotated[str, Field(min_length=8, max_length=64)]
    labels: Annotated[list[str], Field(max_length=1_000)] | None = None
    skipped: Annotated[str, Field(max_length=2_000)] | None = None
    expected: Number | None = None


def create(project: Project, hosts: set[str], token: str | None = None) -> FastAPI:
    """The application for one project, answering only to the names in ``hosts``.

    Everything lies under a path that begins with the token. A request with another ``Host`` (a
    name made to point here) or from a page of another origin is refused.
    """
    secret = token or project.token()
    app = FastAPI(title="framing annotate", docs_url=None, redoc_url=None, openapi_url=None)
    # One connection stays open: when the last one closes, SQLite tidies up, which takes time.
    app.state.keeper = database.connect(project.database)
    _guard(app, hosts, secret)
    _explain(app)
    _page(app, project)
    _labelling(app, project)
    _training(app, project)
    return app


def _guard(app: FastAPI, hosts: set[str], secret: str) -> None:
    @app.middleware("http")
    async def guard(
        request: Request, proceed: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        refused = _refusal(request, hosts, secret)
        response = refused if refused is not None else await proceed(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _refusal(request: Request, hosts: set[str], secret: str) -> Response | None:
    if request.headers.get("host", "").lower() not in hosts:
        return PlainTextResponse("This server answers to 127.0.0.1 only.\n", 421)
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() not in hosts:
        return PlainTextResponse("Requests from other pages are refused.\n", 403)
    if request.headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
        return PlainTextResponse("Requests from other pages are refused.\n", 403)
    given = request.url.path.lstrip("/").split("/")[0]
    if not secrets.compare_digest(given.encode(), secret.encode()):
        return HTMLResponse(_template("denied.html"), 403)
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > _LONGEST_BODY:
        return PlainTextResponse("The request is too large.\n", 413)
    if request.method == "POST" and (
        request.headers.get("content-type", "").split(";")[0] != "application/json"
        or "content-length" not in request.headers
    ):
        return PlainTextResponse("Send JSON, with its length.\n", 415)
    return None


def _explain(app: FastAPI) -> None:
    """What goes wrong reaches the page as one sentence a person can read."""

    @app.exception_handler(FramingError)
    async def said(request: Request, error: FramingError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 409 if isinstance(error, jobs.Busy) else 400)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        return JSONResponse({"error": f"{place or 'the request'}: {first['msg']}"}, 422)

    @app.exception_handler(sqlite3.Error)
    async def storage(request: Request, error: sqlite3.Error) -> JSONResponse:
        what = f"The project's database could not be written or read ({error})."
        return JSONResponse({"error": f"{what} Nothing was changed; try again."}, 503)


def _page(app: FastAPI, project: Project) -> None:
    @app.get("/{token}/")
    def page() -> HTMLResponse:
        with project.session() as db:
            known = decisions.annotators(db)
        return HTMLResponse(_template("page.html", project=project, known=known))

    @app.get("/{token}/labels.css")
    def colours() -> Response:
        return Response(css(project.codebook), media_type="text/css")

    @app.get("/{token}/static/{name}")
    def static(name: str) -> FileResponse:
        if name not in _STATIC:
            raise HTTPException(404)
        path = _STATIC[name]
        return FileResponse(path, media_type=_TYPES[path.suffix])


def _labelling(app: FastAPI, project: Project) -> None:
    known = _Known(project)

    @app.post("/{token}/api/enter")
    def enter(who: Who) -> dict[str, Any]:
        with project.session() as db:
            return {"annotator": decisions.known_as(db, who.annotator)}

    @app.post("/{token}/api/next")
    def following(wish: Wish) -> dict[str, Any]:
        with project.session() as db:
            return {"sentence": _next(db, wish), "state": known.state(db)}

    @app.post("/{token}/api/decide")
    def decide(verdict: Verdict) -> Any:
        name = decisions.proper_name(verdict.annotator)
        final = verdict.mode == "review"
        labels = None if verdict.labels is None else tuple(verdict.labels)
        decision = Decision(
            sentence=verdict.sentence,
            annotator=name,
            window=verdict.window,
            key=verdict.key,
            labels=labels,
            skipped=verdict.skipped,
            expected=verdict.expected,
            final=final,
        )
        with project.session() as db:
            try:
                seq = decisions.decide(db, decision, project.codebook)
            except Conflict as conflict:
                return JSONResponse({"current": conflict.current}, 409)
            return {"seq": seq, "sentence": _next(db, verdict), "state": known.state(db)}

    @app.post("/{token}/api/undo")
    def undo(who: Who) -> dict[str, Any]:
        name = decisions.proper_name(who.annotator)
        with project.session() as db:
            sentence = decisions.undo(db, name, who.window, who.mode == "review")
            return {"sentence": sentence, "state": known.state(db)}

    @app.get("/{token}/api/state")
    def state() -> dict[str, Any]:
        with project.session() as db:
            return known.state(db)

    @app.get("/{token}/api/agreement")
    def agreement() -> dict[str, Any]:
        with project.session() as db:
            return {"pairs": known.agreement(db, _RESAMPLES), "skips": settled.skips(db)}


def _training(app: FastAPI, project: Project) -> None:
    @app.post("/{token}/api/train")
    def train(who: Who) -> dict[str, Any]:
        return {"job": jobs.begin(project, jobs.TRAIN)}

    @app.post("/{token}/api/decline")
    def decline(who: Who) -> dict[str, Any]:
        with project.session() as db:
            jobs.decline(db, settled.counts(db)["settled"])
        return {}

    @app.get("/{token}/export.jsonl")
    def export(
        annotator: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        import json
        from dataclasses import asdict

        with project.session() as db:
            if annotator is None:
                rows = settled.settled(db, project.codebook)
            else:
                rows = settled.by_annotator(db, project.codebook, annotator)
        kept = ({k: v for k, v in asdict(row).items() if v is not None} for row in rows)
        body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)
        headers = {"Content-Disposition": 'attachment; filename="labels.jsonl"'}
        return Response(body, media_type="application/x-ndjson", headers=headers)


def _next(db: sqlite3.Connection, wish: Wish) -> dict[str, Any] | None:
    name = decisions.proper_name(wish.annotator)
    final = wish.mode == "review"
    return decisions.next_sentence(
        db, name, wish.window, wish.order, final, wish.passed, wish.wanted
    )


class _Known:
    """What is slow to work out, kept until another decision is made."""

    def __init__(self, project: Project) -> None:
        self._project = project
        # The library that measures agreement takes a while to load. No decision waits for that.
        self._loading = Thread(target=import_module, args=["nltk.metrics"], daemon=True)
        self._loading.start()
        self._agreement: dict[int, _Agreement] = {}

    def state(self, db: sqlite3.Connection) -> dict[str, Any]:
        """Progress, agreement (None while its library loads), and what the background does."""
        counts = settled.counts(db)
        ready = not self._loading.is_alive()
        return {
            **counts,
            "agreement": [_brief(pair) for pair in self.agreement(db, 0)] if ready else None,
            "offer": jobs.offer(db, counts["settled"]),
            "job": jobs.latest(db),
            "trained": jobs.latest(db, jobs.TRAIN),
            "ordered": jobs.current_model(db) is not None,
        }

    def agreement(self, db: sqlite3.Connection, resamples: int) -> list[dict[str, Any]]:
        """The agreement of every two annotators; where it is costly, one a little while old."""
        self._loading.join()
        mark = settled.latest(db)
        kept = self._agreement.get(resamples)
        if kept is None or not (kept.mark == mark or (resamples == 0 and kept.good_for_now())):
            begun = time.thread_time()
            pairs = settled.agreement(db, self._project.codebook, resamples)
            kept = _Agreement(mark, pairs, time.thread_time() - begun, time.monotonic())
            self._agreement[resamples] = kept
        return kept.pairs


@dataclass(frozen=True, slots=True)
class _Agreement:
    """What was found, after which decision, at what cost (in seconds), and when."""

    mark: tuple[int, int]
    pairs: list[dict[str, Any]]
    cost: float
    at: float

    def good_for_now(self) -> bool:
        """Among thousands of sentences one more changes little, and nobody should wait for it."""
        return self.cost > _COSTLY and time.monotonic() - self.at < 50 * self.cost


def _brief(pair: dict[str, Any]) -> dict[str, Any]:
    figures = {row["measure"]: row["value"] for row in pair["figures"]}
    return {
        "first": pair["first"],
        "second": pair["second"],
        "sentences": pair["sentences"],
        "identical": figures["identical sets"],
        "alpha": figures["alpha (MASI)"],
    }


_templates = Environment(
    loader=PackageLoader("framing.web.annotate"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _template(name: str, **values: object) -> str:
    return _templates.get_template(name).render(**values)
