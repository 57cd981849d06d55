"""The one file that runs git: processes of a bare repository, some of which are kept running.

Git runs with settings of its own only (no user or system configuration, no hooks, no signing, no reflog),
syncs all it writes, and lives in a session of its own, so that a Ctrl-C in the terminal does not reach it.
A child that is kept running ends when its standard input closes, so none outlives this process, whatever
kills it. GitPython starts the processes; its own object database is not used.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a missing git is said in our own words, not at import

from git.cmd import Git
from git.exc import GitCommandError, GitCommandNotFound

from protogen.files import FULL
from protogen.ledger.errors import DiskFullError, GitError, RefLockedError, RefMovedError

MINIMUM_VERSION = (2, 36)  # core.fsync, and cat-file --batch-command
SETTINGS = {
    "core.fsync": "all",
    "core.hooksPath": "/dev/null",
    "core.logAllRefUpdates": "false",
    "commit.gpgSign": "false",
    "gc.auto": "0",
    "gc.writeCommitGraph": "false",  # it would keep the ids of erased commits until the next gc
    "repack.writeBitmaps": "false",
}
_FULL_WORDS = tuple(os.strerror(code).encode() for code in FULL)
_Answer = TypeVar("_Answer")


class Runner:
    """Runs git in one bare repository.

    Safe to use from many threads, not across a fork. `inherit` are file descriptors that git keeps open.
    """

    def __init__(self, path: Path, inherit: Sequence[int] = ()) -> None:
        self.path = path
        self._git = Git(path)
        self._inherit = tuple(inherit)

    def check_version(self) -> None:
        """Raise GitError if git is missing or too old to sync all it writes."""
        words = self.run(["version"]).decode().split()
        number = tuple(int(part) for part in re.findall(r"\d+", words[2])[:2])
        if number < MINIMUM_VERSION:
            need = ".".join(map(str, MINIMUM_VERSION))
            raise GitError(
                f"git is version {words[2]}, which cannot sync all it writes; install {need} or newer."
            )

    def run(self, arguments: Sequence[str]) -> bytes:
        """What a command prints. Raises GitError if it failed."""
        return b"".join(record + b"\0" for record in self.records(arguments)).removesuffix(b"\0")

    def records(self, arguments: Sequence[str]) -> Iterator[bytes]:
        """What a command prints, cut at NUL, while it prints. Raises GitError at the end if it failed."""
        process = self.start(arguments, None)
        rest = b""
        try:
            while chunk := process.stdout.read1(1 << 20):
                *records, rest = (rest + chunk).split(b"\0")
                yield from records
        finally:
            words = end(process)
        if process.returncode:
            raise _error(self.path, arguments[0], words)
        if rest:
            yield rest

    def said(self, arguments: Sequence[str]) -> list[str]:
        """The lines that a command prints on either stream, whether it fails or not."""
        process = self.start(arguments, None)
        found = process.stdout.read() + end(process)
        return [line for line in found.decode("utf-8", "replace").splitlines() if line]

    def start(self, arguments: Sequence[str], stdin: int | None) -> Git.AutoInterrupt:
        """A git that runs, its standard output and error as pipes, and its input too with subprocess.PIPE."""
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        # Its session is its own only from a moment after its birth on: the mask, which it inherits, covers that.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return self._git.execute(
                [Git.GIT_PYTHON_GIT_EXECUTABLE or "git", *settings, *arguments],
                istream=cast(BinaryIO, stdin),
                as_process=True,
                env=_environment(self.path),
                start_new_session=True,
                pass_fds=self._inherit,
            )
        except GitCommandNotFound:
            raise GitError("git is not installed; install git 2.36 or newer.") from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


class Child:
    """One git process that is kept running and answers questions in turn."""

    def __init__(self, runner: Runner, arguments: Sequence[str]) -> None:
        self._runner = runner
        self._arguments = arguments
        self._process: Git.AutoInterrupt | None = None
        self._packs = 0
        self._lock = threading.Lock()

    def ask(self, question: bytes, answer: Callable[[BinaryIO], _Answer]) -> _Answer:
        """Send `question` and give what `answer` reads. Raises GitError if git died over it."""
        with self._lock:
            process = self._running()
            try:
                process.stdin.write(question)
                process.stdin.flush()
                return answer(process.stdout)
            except (OSError, EOFError):
                raise _error(self._runner.path, self._arguments[0], self._end()) from None
            except BaseException:
                self._end()  # interrupted half-way: the next answer would be the wrong one
                raise

    def close(self) -> None:
        with self._lock:
            self._end()

    def _running(self) -> Git.AutoInterrupt:
        # After a gc the packs are others, and a process that still maps the old ones keeps alive what was
        # erased: it starts again.
        packs = (self._runner.path / "objects" / "pack").stat().st_mtime_ns
        if self._process is None or self._process.poll() is not None or packs != self._packs:
            self._end()
            self._packs = packs
            self._process = self._runner.start(self._arguments, subprocess.PIPE)
        return self._process

    def _end(self) -> bytes:
        process, self._process = self._process, None
        return end(process) if process else b""


def end(process: Git.AutoInterrupt) -> bytes:
    """Close a process's pipes, wait for it, and give what it said on standard error."""
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError, AttributeError):  # no stdin; or unsent input to a dead process
            pipe.close()
    said: bytes = process.stderr.read()
    process.stderr.close()
    with contextlib.suppress(GitCommandError):  # whoever asked looks at the return code
        process.wait()
    return said


def _error(path: Path, command: str, said: bytes) -> GitError:
    lines = said.decode("utf-8", "replace").strip().splitlines() or ["it ended without a word"]
    words = next((line for line in lines if line.startswith("fatal: ")), lines[0]).removeprefix("fatal: ")
    sentence = f"git {command} failed in {path}: {words.rstrip('.')}."
    if any(words in said for words in _FULL_WORDS):
        return DiskFullError(sentence)
    if re.search(r"\.lock'|packed-refs\.new", words) and "File exists" in words:
        return RefLockedError(sentence)
    return RefMovedError(sentence) if "cannot lock ref" in words else GitError(sentence)


def _environment(path: Path) -> dict[str, str]:
    # Whatever started this program may itself be run by git (a hook, a rebase): its variables are overruled.
    return {
        "GIT_DIR": str(path),
        "GIT_OBJECT_DIRECTORY": str(path / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_COMMON_DIR": str(path),
        "GIT_NAMESPACE": "",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "0",
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_TRACE": "0",
    }
