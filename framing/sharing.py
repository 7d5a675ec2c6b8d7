"""Models on a hub: ``hf:owner/name[@revision]`` becomes a verified folder, a folder is pushed.

Only what a model's manifest lists is fetched, so nothing else that stands in a repository, code
least of all, reaches this machine. Each file has to fit its checksum before the model is used. The
hub is the one that ``HF_ENDPOINT`` names, else huggingface.co.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from framing.classifiers import store
from framing.corpus.sources import cache_folder
from framing.errors import ModelError

PREFIX = "hf:"
_REFERENCE = re.compile(
    r"hf:(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[A-Za-z0-9][\w./-]*))?",
    re.ASCII,
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LARGEST = 4_000_000_000  # bytes of a whole model
_MOST_FILES = 64
_PATIENCE = 20  # seconds until the hub counts as out of reach
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where a model stands now: ``reference`` names exactly this state of it."""

    url: str
    revision: str
    reference: str


def fetch(reference: str) -> Path:
    """The folder of the model ``hf:owner/name[@revision]``, fetched unless it is kept here.

    A revision is a branch, a tag or a commit; ``main`` without one. When the hub is out of reach,
    what was fetched last for that revision is used, with a warning. Raises ``ModelError`` in one
    line for a reference that is none, a model that is not there, is too large, does not fit its
    checksums, or is no model.
    """
    repo, revision = _parsed(reference)
    home = cache_folder() / "models" / repo.replace("/", "--")
    if _COMMIT.fullmatch(revision) and (home / revision).is_dir():
        return home / revision
    try:
        with _told(reference):
            commit, sizes = _contents(repo, revision)
    except _OutOfReach as error:
        return _kept(home, revision, reference, error)
    if not (home / commit).is_dir():
        with _told(reference):
            _download(reference, repo, commit, sizes, home)
    _remember(home, revision, commit)
    return home / commit


def push(folder: Path, repo: str, public: bool = False, message: str | None = None) -> Pushed:
    """Put a verified model folder into the hub's repository ``owner/name``, made if need be.

    A new repository is private unless ``public``. Raises ``ModelError`` when the folder is not
    whole, there is no token, or the hub refuses.
    """
    from huggingface_hub import HfApi, get_token

    manifest = store.verify(folder)
    if not _REFERENCE.fullmatch(PREFIX + repo) or "@" in repo:
        raise ModelError(f"{repo}: is no repository of a hub; write OWNER/NAME")
    if not get_token():
        raise ModelError("no token for the hub: set HF_TOKEN, or log in with `hf auth login`")
    _quiet()
    api = HfApi(endpoint=_endpoint(), library_name="framing")
    with _told(repo):
        api.create_repo(repo, private=not public, exist_ok=True)
        done = api.upload_folder(
            repo_id=repo,
            folder_path=folder,
            allow_patterns=[store.MANIFEST, *manifest["files"]],
            commit_message=message or f"Model {manifest['digest'][:12]}",
        )
    return Pushed(f"{_endpoint()}/{repo}", done.oid, f"{PREFIX}{repo}@{done.oid}")


class _OutOfReach(ModelError):
    """The hub does not answer."""


def _parsed(reference: str) -> tuple[str, str]:
    found = _REFERENCE.fullmatch(reference)
    if found is None or ".." in reference:
        raise ModelError(f"{reference}: write hf:OWNER/NAME, or hf:OWNER/NAME@REVISION")
    return found["repo"], found["revision"] or "main"


def _contents(repo: str, revision: str) -> tuple[str, dict[str, int | None]]:
    """The commit that a revision stands for, and the size of every file in it."""
    from huggingface_hub import HfApi

    api = HfApi(endpoint=_endpoint(), library_name="framing")
    info = api.model_info(repo, revision=revision, files_metadata=True, timeout=_PATIENCE)
    if not isinstance(info.sha, str) or not _COMMIT.fullmatch(info.sha):
        raise ModelError(f"{PREFIX}{repo}: the hub names no commit for {revision}")
    return info.sha, {file.rfilename: file.size for file in info.siblings or []}


def _download(
    reference: str, repo: str, commit: str, sizes: Mapping[str, int | None], home: Path
) -> None:
    """Fetch the manifest, then what it lists, into a folder that appears whole or not at all."""
    home.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=home, prefix=".fetching-"))
    try:
        _expect_size(reference, [store.MANIFEST], sizes, store.LARGEST_MANIFEST)
        _download_file(repo, store.MANIFEST, commit, scratch)
        listed = store.read_manifest(scratch).get("files")
        names = _safe_names(reference, listed)
        _expect_size(reference, names, sizes, _LARGEST)
        for name in names:
            _download_file(repo, name, commit, scratch)
        shutil.rmtree(scratch / ".cache", ignore_errors=True)  # the client's own notes
        store.verify(scratch)
        scratch.chmod(0o755)
        try:
            scratch.rename(home / commit)
        except OSError:
            if not (home / commit).is_dir():  # else another process was faster
                raise
    except ModelError as error:
        reason = str(error).replace(f"{scratch}{os.sep}", "").replace(f"{scratch}: ", "")
        reason = reason.removeprefix(f"{reference}: ")
        raise ModelError(f"{reference}: {reason}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _download_file(repo: str, name: str, commit: str, folder: Path) -> None:
    from huggingface_hub import hf_hub_download

    _quiet()
    hf_hub_download(
        repo,
        name,
        revision=commit,
        local_dir=folder,
        endpoint=_endpoint(),
        library_name="framing",
    )


def _safe_names(reference: str, listed: Any) -> list[str]:
    """The names in a manifest, none of which leads out of the folder or is of a strange type."""
    if not isinstance(listed, dict) or not listed or len(listed) > _MOST_FILES:
        raise ModelError(f"{reference}: its manifest must list 1 to {_MOST_FILES} files")
    for name in listed:
        parts = PurePosixPath(name).parts
        outside = name.startswith("/") or "\\" in name or ":" in name
        if outside or any(part.startswith(".") for part in parts):
            raise ModelError(f"{reference}: lists {name!r}, which leads out of the model folder")
        if PurePosixPath(name).suffix not in store.SUFFIXES:
            raise ModelError(f"{reference}: lists {name!r}; a model holds data only")
    return list(listed)


def _expect_size(
    reference: str, names: list[str], sizes: Mapping[str, int | None], most: int
) -> None:
    total = 0
    for name in names:
        if name not in sizes:
            raise ModelError(f"{reference}: holds no {name}; is it a model of this program?")
        total += sizes[name] or 0
        if sizes[name] is None:
            raise ModelError(f"{reference}: the hub does not say how large {name} is")
    if total > most:
        raise ModelError(
            f"{reference}: {names[0]} and so on are {total / 1e6:,.0f} MB, "
            f"more than the {most / 1e6:,.0f} MB that a model may have"
        )


def _remember(home: Path, revision: str, commit: str) -> None:
    """Keep which commit a branch or tag stood for, for times when the hub is out of reach."""
    note = home / "refs" / quote(revision, safe="")
    scratch = note.with_name(f".{note.name}-{os.getpid()}")
    with suppress(OSError):  # the model is here all the same
        note.parent.mkdir(exist_ok=True)
        scratch.write_text(commit, encoding="utf-8")
        scratch.replace(note)


def _kept(home: Path, revision: str, reference: str, error: ModelError) -> Path:
    note = home / "refs" / quote(revision, safe="")
    commit = note.read_text(encoding="utf-8").strip() if note.is_file() else ""
    if not _COMMIT.fullmatch(commit) or not (home / commit).is_dir():
        raise error
    _log.warning("framing: %s; the copy fetched earlier is used, commit %s", error, commit[:12])
    return home / commit


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What the client of the hub raises becomes a ``ModelError`` that says what to do."""
    from huggingface_hub import errors

    try:
        yield
    except ModelError:
        raise
    except errors.GatedRepoError as error:
        raise ModelError(f"{what}: ask its owners for access, then set HF_TOKEN") from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"{what}: the hub has no such model, or it is private and HF_TOKEN does not open it"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(f"{what}: the model is there, this revision is not") from error
    except errors.LocalEntryNotFoundError as error:
        raise _OutOfReach(f"{what}: the hub broke off; try again") from error
    except errors.EntryNotFoundError as error:
        raise ModelError(f"{what}: a file of the model is missing on the hub") from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise ModelError(f"{what}: the hub does not accept the token in HF_TOKEN") from error
        kind = _OutOfReach if status >= 500 else ModelError
        raise kind(f"{what}: the hub answered {status}; try again later") from error
    except errors.HFValidationError as error:
        raise ModelError(f"{what}: is no name of a model on a hub") from error
    except errors.OfflineModeIsEnabled as error:
        raise _OutOfReach(f"{what}: HF_HUB_OFFLINE is set, so the hub is not asked") from error
    except (errors.HTTPError, ConnectionError, TimeoutError) as error:
        raise _OutOfReach(f"{what}: the hub at {_endpoint()} cannot be reached") from error
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{what}: {reason}") from error


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def _quiet() -> None:
    """No bars of the client's where nobody looks at them."""
    if not sys.stderr.isatty():
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()
