"""What a service manager is told: sd_notify(3) by a datagram to the socket that it names, and its watchdog."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Callable, MutableMapping

from protogen.logs import error_kind, get_logger

log = get_logger(__name__)

MOST_SECONDS = 10.0
"""Between two looks, however seldom the manager wants to hear of us."""


class ServiceManager:
    """The service manager that started this process, if there is one: else nothing is said to anybody.

    Its variables are taken out of `environ`, so that no child speaks in our name.
    """

    def __init__(self, environ: MutableMapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._address = environ.pop("NOTIFY_SOCKET", "")
        micros, process = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        ours = process in ("", str(os.getpid()))
        self._seconds = int(micros) / 1e6 if micros.isdecimal() and ours else 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def ready(self, fault: Callable[[], str]) -> None:
        """All runs. From now on the watchdog, if one is wanted, hears of us while `fault` finds none."""
        self._tell("READY=1\nSTATUS=Running.")
        if self._address and self._seconds > 0:
            self._thread = threading.Thread(
                target=self._watch, args=(fault,), name="service-manager", daemon=True
            )
            self._thread.start()

    def stopping(self) -> None:
        """The end has begun."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._tell("STOPPING=1\nSTATUS=Stopping.")

    def _watch(self, fault: Callable[[], str]) -> None:
        pause = min(self._seconds / 3, MOST_SECONDS)
        said = ""
        while not self._stopping.is_set():
            what = fault()
            if not what:
                self._tell("WATCHDOG=1" if what == said else "WATCHDOG=1\nSTATUS=Running.")
            elif what != said:
                log.error("watchdog-silent", part=what)
                self._tell(f"STATUS=Standing still: {what}.")
            said = what
            self._stopping.wait(pause)

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(1.0)
                out.sendto(state.encode(), address)
        except OSError as error:  # we serve on, whether it listens or not
            log.warning("manager-deaf", error=error_kind(error))


def answers(host: str, port: int, name: str, seconds: float = 5.0) -> bool:
    """True where the web server of this process answers, over its own socket."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    connection = http.client.HTTPConnection(everywhere.get(host, host), port, timeout=seconds)
    try:
        connection.request("GET", "/health/live", headers={"Host": name})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
