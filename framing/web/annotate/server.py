"""Serve a project's page on this machine, and say where."""

from __future__ import annotations

import socket
from collections.abc import Callable

from framing.errors import FramingError
from framing.web.annotate.project import Project

HOST = "127.0.0.1"
PORT = 8377
_OTHERS = 20


def listen(port: int | None) -> socket.socket:
    """A socket bound to 127.0.0.1: on ``port``, or on the first free one from ``PORT`` on.

    Raises ``FramingError`` when it is taken.
    """
    wanted = range(PORT, PORT + _OTHERS) if port is None else [port]
    for number in wanted:
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # A server that was killed leaves its port in a waiting state; ours may be had at once.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((HOST, number))
            found.listen(128)
        except OSError:
            found.close()
            continue
        return found
    raise FramingError(f"port {wanted[0]} of this machine is taken; give another with --port")


def serve(project: Project, sock: socket.socket, say: Callable[[str], None]) -> None:
    """Serve until interrupted. ``say`` is given the address of the page first."""
    import uvicorn

    from framing.web.annotate.app import create

    port = sock.getsockname()[1]
    app = create(project, {f"{HOST}:{port}", f"localhost:{port}"})
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    say(f"http://{HOST}:{port}/{project.token()}/")
    uvicorn.Server(config).run(sockets=[sock])
