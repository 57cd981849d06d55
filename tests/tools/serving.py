"""A folder of sites over HTTP, under the policy that prototypes are served with."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from protogen.web.media import MEDIA_TYPES
from protogen.web.policy import PROTOTYPE_HEADERS, prototype_policy


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """The address of the folder, without a slash at its end, until the block ends."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        extensions_map: ClassVar[dict[str, str]] = {
            f".{suffix}": kind for suffix, kind in MEDIA_TYPES.items()
        }

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", prototype_policy(""))
            for name, value in PROTOTYPE_HEADERS.items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *_: object) -> None: ...

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
