"""The embedded model's server: a child process that is kept alive and never outlives this one."""

from __future__ import annotations

import secrets
import ssl
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from protogen.config import ModelSettings
from protogen.llm.child import Child
from protogen.llm.client import Endpoint
from protogen.llm.serve import EXIT_NO_RUNTIME
from protogen.logs import get_logger

log = get_logger(__name__)

_START_SECONDS = 120.0  # a cold disk reads 1.1 GB
_HEALTH_SECONDS = 5.0
_STEADY_SECONDS = 60.0  # a server that lived so long did not die of its start
_FIRST_DELAY = 1.0
_LAST_DELAY = 60.0


class ServerError(Exception):
    """The model server does not run; the message ends with the mend.

    `retry_after` is the number of seconds until `ensure` tries again, 0 where waiting is of no use.
    """

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EmbeddedServer:
    """The model server of this process. All methods may be called from any thread.

    `weights` is a verified GGUF file and `log_file` takes what the child prints (the last one's log stays
    beside it as `.1`). The child gets a new port and a new key at every start, so ask `ensure` before each
    request. `command` replaces the child's command line in tests, `clock` its seconds.
    """

    def __init__(
        self,
        settings: ModelSettings,
        weights: Path,
        log_file: Path,
        *,
        name: str = "",
        start_seconds: float = _START_SECONDS,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name or weights.stem
        self._command = tuple(command) if command else _command(settings, weights, self._name)
        self._log_file = log_file.absolute()
        self._start_seconds = start_seconds
        self._clock = clock
        self._starting = threading.Lock()  # held through a start, so that there is only one
        self._state = threading.Lock()  # held for a moment, so that stop() never waits for a start
        self._child: Child | None = None
        self._stopped = False
        self._failures = 0
        self._not_before = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """Root address of the running server, empty while there is none."""
        endpoint = self._endpoint()
        return endpoint.base_url if endpoint else ""

    @property
    def pid(self) -> int | None:
        """Process id of the running child."""
        with self._state:
            return self._child.pid if self._child and self._child.alive() else None

    def alive(self) -> bool:
        """True while the child runs and has said its address; does not ask it anything."""
        return self._endpoint() is not None

    def start(self) -> Endpoint:
        """Start the server and wait until it answers; nothing happens if it does. Raises ServerError.

        Also takes back a `stop` and forgets earlier failures.
        """
        with self._state:
            self._stopped = False
            self._failures = 0
            self._not_before = 0.0
        return self.ensure()

    def ensure(self) -> Endpoint:
        """The endpoint of a server that answers, started again if it died or hangs.

        Between starts that fail there is a growing delay (1 s, doubled up to 60 s), in which this raises
        ServerError at once with `retry_after`: a caller with a deadline has better things to do than wait.
        After `stop` it raises and starts nothing.
        """
        with self._starting:
            endpoint = self._endpoint()
            if endpoint and _healthy(endpoint):
                return endpoint
            self._bury()
            self._check_backoff()
            return self._start()

    def stop(self) -> None:
        """End the child (SIGTERM, then SIGKILL after 3 s), also one that is still starting."""
        with self._state:
            self._stopped = True
            child, self._child = self._child, None
        if child:
            child.end()

    def _endpoint(self) -> Endpoint | None:
        with self._state:
            child = self._child
        if child is None or not child.address or not child.alive():
            return None
        return Endpoint(child.address, model=self._name, api_key=child.key)

    def _bury(self) -> None:
        """Put away a child that died or hangs, and count it."""
        with self._state:
            child, self._child = self._child, None
        if child is None:
            return
        hung = child.alive()
        child.end()
        log.warning("model-restarted", state="hung" if hung else "died")
        self._count_failure(steady=self._clock() - child.began >= _STEADY_SECONDS)

    def _count_failure(self, *, steady: bool = False) -> None:
        """The first failure after a steady life costs nothing, each further one doubles the delay."""
        self._failures = 1 if steady else self._failures + 1
        delay = _FIRST_DELAY * 2.0 ** min(self._failures - 2, 10) if self._failures > 1 else 0.0
        self._not_before = self._clock() + min(delay, _LAST_DELAY)

    def _check_backoff(self) -> None:
        wait = self._not_before - self._clock()
        if wait > 0:
            raise ServerError(
                f"The model server failed {self._failures} times; the next start is in {wait:.0f} s. "
                f"Its log is {self._log_file}.",
                retry_after=wait,
            )

    def _start(self) -> Endpoint:
        with self._state:
            if self._stopped:
                raise ServerError("The model server was stopped; start it before asking it.")
            key = secrets.token_urlsafe(32)
            child = self._child = Child(self._command, key, self._log_file, began=self._clock())
        in_time = child.wait_ready(self._start_seconds)
        endpoint = self._endpoint()
        if endpoint:
            return endpoint
        with self._state:
            self._child = None
            stopped = self._stopped
        child.end()
        if stopped:
            raise ServerError("The model server was stopped while it started; start it before asking it.")
        self._count_failure()
        raise self._failed_start(child, in_time=in_time)

    def _failed_start(self, child: Child, *, in_time: bool) -> ServerError:
        wait = max(self._not_before - self._clock(), 0.0)
        if child.error:
            return ServerError(f"The model server cannot be run: {child.error}.", wait)
        last = child.last_words()
        if child.returncode == EXIT_NO_RUNTIME:
            return ServerError(last)
        if not in_time:
            what = f"did not answer within {self._start_seconds:.0f} s"
        else:
            what = f"ended with code {child.returncode}" + (f" ({last})" if last else "")
        return ServerError(f"The model server {what}. Its log is {self._log_file}.", wait)


def _command(settings: ModelSettings, weights: Path, name: str) -> tuple[str, ...]:
    options = {
        "--model": str(weights.absolute()),
        "--name": name,
        "--context": str(settings.context),
        "--threads": str(settings.threads),
    }
    return (sys.executable, "-m", "protogen.llm.serve", *(word for pair in options.items() for word in pair))


def _healthy(endpoint: Endpoint) -> bool:
    try:
        # No proxy stands between this machine and itself, whatever the environment says.
        with httpx.Client(timeout=_HEALTH_SECONDS, trust_env=False, verify=_no_certificates()) as client:
            return client.get(f"{endpoint.base_url}/health").is_success
    except httpx.HTTPError:
        return False


@cache
def _no_certificates() -> ssl.SSLContext:
    """For a plain connection: reading the authorities' certificates takes 17 ms, before every question."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
