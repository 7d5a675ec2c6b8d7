import http.server
import io
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from framing.corpus.examples import load
from framing.corpus.fetch import _download, fetch
from framing.corpus.sources import MIRROR_VARIABLE, Originals, unpack
from framing.errors import CorpusError

from .conftest import SOURCE, SPEECH

WANTED = {SOURCE: ["KAN_79_2024.txt"], "wh-briefings": ["briefings/one.md"]}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMING_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    return tmp_path / "cache"


def tar(path, files, mode="w:gz"):
    with tarfile.open(path, mode) as out:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            out.addfile(info, io.BytesIO(text.encode()))
    return path


def test_a_mirror_is_copied_to_where_sentences_are_read(planted):
    done = fetch(WANTED, planted.mirror)
    assert [(f.source, f.documents, f.problem) for f in done] == [
        (SOURCE, 1, None),
        ("wh-briefings", 1, None),
    ]
    found, missing = load(planted.folder, "real")
    assert not missing and len(found) == 2


def test_a_second_time_nothing_is_asked_for(planted):
    fetch(WANTED, planted.mirror)
    assert all(f.problem is None for f in fetch(WANTED))


@pytest.mark.parametrize("kind", ["tar", "zip", "tar in zip"])
def test_an_archive_may_hold_its_files_deeper(tmp_path, kind):
    files = {
        "repo-1/TXT/Session 79/._KAN_79_2024.txt": "not this",
        "repo-1/TXT/Session 79/KAN_79_2024.txt": SPEECH,
    }
    path = tar(tmp_path / "un.tgz", files)
    if kind != "tar":
        with zipfile.ZipFile(tmp_path / "un.zip", "w") as bundle:
            if kind == "tar in zip":
                bundle.write(path, "dataverse_files/un.tgz")
            else:
                for name, text in files.items():
                    bundle.writestr(name, text)
        path = tmp_path / "un.zip"
    (done,) = fetch({SOURCE: ["KAN_79_2024.txt"]}, archives={SOURCE: str(path)})
    assert done.problem is None
    assert Originals().read(SOURCE, "KAN_79_2024.txt") == SPEECH


def test_what_an_archive_lacks_is_counted(tmp_path):
    path = tar(tmp_path / "un.tgz", {"KAN_79_2024.txt": SPEECH})
    (done,) = fetch({SOURCE: ["KAN_79_2024.txt", "X_1_1.txt"]}, archives={SOURCE: str(path)})
    assert done.documents == 1 and "lacks 1 of 2 documents" in done.problem


@pytest.mark.parametrize(
    ("archive", "problem"),
    [
        ("https://localhost:9/un.tgz", "localhost: cannot be reached"),
        ("http://localhost/un.tgz", "only https"),
        ("nowhere.tgz", "no such archive"),
    ],
)
def test_what_cannot_be_had_is_one_line(archive, problem):
    (done,) = fetch({SOURCE: ["KAN_79_2024.txt"]}, archives={SOURCE: archive})
    assert problem in done.problem and "\n" not in done.problem


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b broken", b"PK\x05\x06"])
def test_a_damaged_archive_is_one_line(tmp_path, content):
    path = tmp_path / "un.tgz"
    path.write_bytes(content)
    (done,) = fetch({SOURCE: ["KAN_79_2024.txt"]}, archives={SOURCE: str(path)})
    assert done.problem and "\n" not in done.problem


def test_a_truncated_archive_is_damaged(tmp_path):
    path = tar(tmp_path / "un.tgz", {"other.txt": SPEECH * 2000, "KAN_79_2024.txt": SPEECH})
    path.write_bytes(path.read_bytes()[:200])
    (done,) = fetch({SOURCE: ["KAN_79_2024.txt"]}, archives={SOURCE: str(path)})
    assert "damaged" in done.problem


def test_a_mirrors_archive_must_be_the_known_one(tmp_path):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    tar(mirror / f"{SOURCE}.tar.xz", {"KAN_79_2024.txt": SPEECH}, "w:xz")
    (done,) = fetch({SOURCE: ["KAN_79_2024.txt"]}, mirror)
    assert done.documents == 0 and "sha256 is not the one known" in done.problem


def test_a_document_outside_the_folder_is_refused(planted):
    (planted.mirror / "loose.txt").write_text("x")
    (done,) = fetch({SOURCE: ["../loose.txt"]}, planted.mirror)
    assert "would lie outside" in done.problem


def test_a_download_is_whole_and_tells_how_far_it_is():
    body = SPEECH.encode() * 9000

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        out, told = io.BytesIO(), []
        _download(f"http://127.0.0.1:{server.server_port}/", out, lambda *a: told.append(a))
    finally:
        server.shutdown()
        server.server_close()
    assert out.getvalue() == body
    assert told[-1] == (len(body), len(body)) and len(told) > 1


def test_the_shared_mirror_gives_every_labelled_sentence(shared):
    from pathlib import Path

    folder = Path(__file__).resolve().parents[2] / "training_data"
    found, missing = load(folder, "real", shared / "corpus" / "mirror")
    assert not missing and len(found) >= 19_716
    assert all(sentence.text.strip() for sentence in found)


@pytest.mark.parametrize("name", ["../outside.txt", "/tmp/outside-of-framing.txt", "a/../../b.txt"])
def test_an_archive_that_reaches_out_of_its_folder_is_refused(name, tmp_path, cache):
    archive = tar(tmp_path / "hostile.tar.xz", {"good.txt": "Good.", name: "Bad."}, "w:xz")
    with pytest.raises(CorpusError, match="would land outside"):
        unpack(archive, cache / "mirror" / "hostile")
    assert not list(tmp_path.rglob("*outside*")) and not list(tmp_path.rglob("b.txt"))
    assert not Path("/tmp/outside-of-framing.txt").exists()
    assert not list((cache / "mirror").iterdir())


def test_a_link_in_an_archive_is_left_out(tmp_path, cache):
    archive = tmp_path / "linked.tar.xz"
    with tarfile.open(archive, "w:xz") as out:
        link = tarfile.TarInfo("secret.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        out.addfile(link)
        info = tarfile.TarInfo("folder/good.txt")
        info.size = 5
        out.addfile(info, io.BytesIO(b"Good."))
    folder = unpack(archive, cache / "mirror" / "linked")
    assert (folder / "folder" / "good.txt").read_text() == "Good."
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["good.txt"]
