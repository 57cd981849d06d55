"""One model server process, from its start to its end, and the thread that keeps it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import protogen
from protogen.llm.serve import ADDRESS_PREFIX, KEY_ENV

_STOP_SECONDS = 3.0
_LAST_WORDS = 400


class Child:
    """A started server. `key` is what it asks of clients, `began` the caller's clock at the start.

    `address` is its root address once it answers, `error` why it could not even be run. The process is made
    and waited for by a thread of its own: Linux sends the parent-death signal when the thread that made the
    child ends, so this one lives exactly as long as the child.
    """

    def __init__(self, command: Sequence[str], key: str, log_file: Path, *, began: float) -> None:
        self.key = key
        self.began = began
        self.address = ""
        self.error = ""
        self._command = [*command, "--parent", str(os.getpid())]
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._spawned = threading.Event()
        self._ready = threading.Event()
        self._gone = threading.Event()
        threading.Thread(target=self._keep, name="model-server", daemon=True).start()
        self._spawned.wait()

    @property
    def pid(self) -> int | None:
        """Process id, None where it could not be run."""
        return self._process.pid if self._process else None

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal, None while it runs."""
        return self._process.returncode if self._process else None

    def alive(self) -> bool:
        """True until the process has ended."""
        return not self._gone.is_set()

    def wait_ready(self, seconds: float) -> bool:
        """Wait until it answers or has ended; False if it did neither in that time."""
        return self._ready.wait(seconds)

    def end(self) -> None:
        """SIGTERM, and SIGKILL if it is still there after 3 s."""
        if self._process is None:
            return
        self._process.terminate()
        if not self._gone.wait(_STOP_SECONDS):
            self._process.kill()
            self._gone.wait(_STOP_SECONDS)

    def last_words(self) -> str:
        """The last line of its log, at most 400 characters."""
        try:
            lines = self._log_file.read_text("utf-8", "replace").split("\n")
        except OSError:
            return ""
        return next((line.strip()[:_LAST_WORDS] for line in reversed(lines) if line.strip()), "")

    def _keep(self) -> None:
        try:
            self._process = self._spawn()
        except OSError as error:
            self.error = str(error)
            self._gone.set()
        self._spawned.set()
        if self._process:
            self._watch(self._process)
            self._gone.set()
        self._ready.set()

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        if self._log_file.exists():
            self._log_file.replace(self._log_file.with_name(self._log_file.name + ".1"))
        with self._log_file.open("wb") as log:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,  # never written to: its end tells the child that this process is gone
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for this process alone
                # `python -m` imports from the current folder first, which here may be anyone's.
                cwd=Path(protogen.__file__).parent.parent,
                env={**os.environ, KEY_ENV: self.key},
            )

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin, process.stdout:  # stdin stays open until the end: closing it would end the child
            for line in process.stdout:
                text = line.decode("utf-8", "replace").strip()
                if text.startswith(ADDRESS_PREFIX):
                    self.address = text.removeprefix(ADDRESS_PREFIX)
                    self._ready.set()
                    break
            process.wait()
