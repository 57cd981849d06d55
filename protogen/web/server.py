"""uvicorn in a thread: started and stopped by whoever owns the process, deaf to signals."""

from __future__ import annotations

import errno
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from protogen.config import Settings

_START_SECONDS = 15.0
_GRACE_SECONDS = 3


class WebError(Exception):
    """The web server cannot run; the message says why and what to do."""


class WebServer:
    """Serves an ASGI application at the address of the settings.

    `start` returns when it answers, `stop` when it has let go of the port; both may be called once. It
    installs no signal handler (uvicorn does so only in the main thread).
    """

    def __init__(self, settings: Settings, app: ASGIApp) -> None:
        self.settings = settings
        self._server = _Server(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                loop="uvloop",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._thread = threading.Thread(target=self._run, name="protogen-web", daemon=True)
        self._socket: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port in use: the settings' one, or the free one that was taken for 0."""
        return int(self._socket.getsockname()[1]) if self._socket else self.settings.web.port

    @property
    def running(self) -> bool:
        """True from `start` until the thread that serves has ended."""
        return self._thread.is_alive()

    @property
    def url(self) -> str:
        """The address of the app's own host, with a slash at its end."""
        return f"http://{self.settings.web.app_domain}:{self.port}/"

    @property
    def app_url(self) -> str:
        """The address of form and viewer to print, with a slash at its end."""
        return self.settings.web.app_url or self.url

    def site_url(self, project_id: str) -> str:
        """The address of a prototype, right for a free port too."""
        web = self.settings.web.model_copy(update={"port": self.port})
        return self.settings.model_copy(update={"web": web}).site_url(project_id)

    def start(self) -> None:
        """Listen and wait until requests are answered. Raises WebError where that cannot be."""
        self._socket = _listen(self.settings.web.host, self.settings.web.port)
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS) or not self._server.started:
            self.stop()
            raise WebError("The web server did not come up; its log says why.")

    def stop(self) -> None:
        """Finish the requests in hand (3 s at most), close the port, end the thread."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_GRACE_SECONDS + 5)
        if self._socket is not None:
            self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket] if self._socket else [])
        finally:
            self._server.ready.set()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        mend = (
            "set another web.port, or PROTOGEN_PORT" if error.errno != errno.EADDRNOTAVAIL else "set web.host"
        )
        raise WebError(f"The web server cannot listen on {host}:{port} ({error.strerror}); {mend}.") from None
    return listener
