"""A hub on this machine: the endpoints that `huggingface_hub` uses to push and fetch a model.

Large files go the way of Git LFS, small ones inside the commit, as on the real one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_standin"
_LFS = (".safetensors", ".onnx")


@dataclass
class Repository:
    """What a repository holds at each commit, and where its branches stand."""

    private: bool
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def commit(self, files: dict[str, bytes], branch: str = "main") -> str:
        """Add ``files`` to what the branch holds; returns the new commit."""
        whole = self.commits.get(self.branches.get(branch, ""), {}) | files
        names = sorted((name, hashlib.sha1(data).hexdigest()) for name, data in whole.items())
        commit = hashlib.sha1(json.dumps([names, len(self.commits)]).encode()).hexdigest()
        self.commits[commit] = whole
        self.branches[branch] = commit
        return commit

    def at(self, revision: str) -> str | None:
        """The commit that a revision stands for."""
        commit = self.branches.get(revision, revision)
        return commit if commit in self.commits else None


class StandInHub:
    """Start with ``with``; ``url`` is for HF_ENDPOINT, ``asked`` lists what was asked for."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.large: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.broken = False

    def __enter__(self) -> StandInHub:
        hub = self

        class Handler(_Handler):
            owner = hub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: StandInHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    do_GET = do_POST = do_PUT = do_HEAD

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.owner.asked.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.owner.broken:
            return self._json({"error": "out of order"}, 503)
        for method, pattern, handle in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and self.command in method:
                return handle(self, body, *found.groups())
        return self._json({"error": "not found"}, 404)

    def _json(self, value: Any, status: int = 200, **headers: str) -> None:
        self._send(json.dumps(value).encode(), status, **headers)

    def _send(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _missing(self, code: str) -> None:
        self._json({"error": code}, 404, X_Error_Code=code)

    def _allowed(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _repository(self, name: str) -> Repository | None:
        found = self.owner.repositories.get(name)
        return found if found and (self._allowed() or not found.private) else None

    def create(self, body: bytes) -> None:
        if not self._allowed():
            return self._json({"error": "Invalid credentials"}, 401)
        wanted = json.loads(body)
        name = f"{wanted['organization']}/{wanted['name']}"
        if name in self.owner.repositories:
            return self._json({"error": "exists", "url": f"{self.owner.url}/{name}"}, 409)
        private = wanted.get("private", wanted.get("visibility") == "private")
        self.owner.repositories[name] = Repository(bool(private))
        return self._json({"url": f"{self.owner.url}/{name}", "id": name})

    def validate(self, _: bytes) -> None:
        self._json({"errors": [], "warnings": []})

    def preupload(self, body: bytes, name: str, revision: str) -> None:
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(_LFS) else "regular",
                "shouldIgnore": False,
            }
            for file in json.loads(body)["files"]
        ]
        self._json({"files": files})

    def batch(self, body: bytes, name: str) -> None:
        objects = [
            {**wanted, "actions": {"upload": {"href": f"{self.owner.url}/lfs/{wanted['oid']}"}}}
            for wanted in json.loads(body)["objects"]
        ]
        self._json({"transfer": "basic", "objects": objects})

    def store(self, body: bytes, oid: str) -> None:
        assert hashlib.sha256(body).hexdigest() == oid
        self.owner.large[oid] = body
        self._json({})

    def commit(self, body: bytes, name: str, revision: str) -> None:
        files = {}
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                files[value["path"]] = self.owner.large[value["oid"]]
        commit = self.owner.repositories[name].commit(files, revision)
        where = f"{self.owner.url}/{name}/commit/{commit}"
        self._json({"success": True, "commitUrl": where, "commitOid": commit})

    def info(self, _: bytes, name: str, revision: str) -> None:
        repository = self._repository(name)
        if repository is None:
            return self._missing("RepoNotFound")
        commit = repository.at(revision)
        if commit is None:
            return self._missing("RevisionNotFound")
        files = repository.commits[commit]
        siblings = [{"rfilename": path, "size": len(data)} for path, data in files.items()]
        return self._json({"id": name, "sha": commit, "siblings": siblings, "private": False})

    def resolve(self, _: bytes, name: str, revision: str, path: str) -> None:
        repository = self._repository(name)
        commit = repository and repository.at(revision)
        if repository is None or commit is None:
            return self._missing("RepoNotFound")
        data = repository.commits[commit].get(path)
        if data is None:
            return self._missing("EntryNotFound")
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        return self._send(data, 200, ETag=etag, X_Repo_Commit=commit)


_ROUTES = (
    ("POST", "/api/repos/create", _Handler.create),
    ("POST", "/api/validate-yaml", _Handler.validate),
    ("POST", "/api/models/([^/]+/[^/]+)/preupload/(.+)", _Handler.preupload),
    ("POST", r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch", _Handler.batch),
    ("PUT", "/lfs/([0-9a-f]{64})", _Handler.store),
    ("POST", "/api/models/([^/]+/[^/]+)/commit/(.+)", _Handler.commit),
    ("GET", "/api/models/([^/]+/[^/]+)/revision/(.+)", _Handler.info),
    ("GET HEAD", "/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", _Handler.resolve),
)
