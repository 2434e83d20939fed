"""Serve the demo's folder on loopback: static files with a strict Content-Security-Policy."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

#: Pages have inline styles and no script; a mail is shown in a sandboxed frame.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; base-uri 'none'"


class _Handler(SimpleHTTPRequestHandler):
    """Serves files as they are, an .eml as text, and lists no folder."""

    extensions_map = {  # noqa: RUF012  the base class declares it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".html": "text/html; charset=utf-8",
        ".eml": "text/plain; charset=utf-8",
        ".json": "application/json",
    }

    def end_headers(self) -> None:
        """Add the policy to every response."""
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def list_directory(self, path: object) -> None:  # noqa: ARG002  the base class passes it
        """Respond 404 for a folder without an index page."""
        self.send_error(404, "Not found")

    def log_message(self, format: str, *args: object) -> None:
        """Do not log requests for the demo's pages."""


class Pages:
    """The folder at `url` on 127.0.0.1 while the context is open. Raises OSError when the port is taken."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        """The address of the demo's page."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Pages:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
