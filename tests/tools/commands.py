"""Commands run in this process, as their script runs them, in a home without a model."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from protogen.cli import main
from protogen.config import ENVIRONMENT
from tools.servers import free_port

REQUEST = """submission_id: order-1
description: |
  Fern & Flour is a small bakery in Brno. We bake sourdough bread every morning and sell croissants,
  rye bread and birthday cakes. Open Tue-Sat 7:30-17:00. Call +420 541 234 567.
"""
NO_MODEL = {"PROTOGEN_LLM_PROVIDER": "none"}


class Called(NamedTuple):
    """What a command gave."""

    code: int
    stdout: str
    stderr: str


class Home:
    """A home without a model, and commands run in it: in this process, which spares each a second's start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {**NO_MODEL, "PROTOGEN_PORT": str(free_port())}
        folder.mkdir()
        (folder / "request.yaml").write_text(REQUEST, "utf-8")

    def run(self, *arguments: str | Path, code: int = 0) -> str:
        """What a command prints on stdout; its exit code must be `code`."""
        run = self.call(*arguments)
        assert run.code == code, run.stdout + run.stderr
        return run.stdout

    def fails(self, *arguments: str | Path, code: int = 2) -> str:
        """The one sentence that a command fails with."""
        run = self.call(*arguments)
        assert run.code == code, run.stdout + run.stderr
        (line,) = run.stderr.splitlines()
        return line

    def call(self, *arguments: str | Path) -> Called:
        """`main` as its script calls it: nothing but SystemExit may come out of it."""
        stdout, stderr = io.StringIO(), io.StringIO()
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
        ):
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["protogen", *map(str, arguments)])
            for name in (*ENVIRONMENT, "OLLAMA_HOST", "PROTOGEN_HOME"):
                patch.delenv(name, raising=False)
            for name, value in self.environ.items():
                patch.setenv(name, value)
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
            else:
                code = 0
        for number, handler in handlers.items():
            signal.signal(number, handler)
        return Called(code, stdout.getvalue(), stderr.getvalue())

    def json(self, *arguments: str | Path) -> Any:
        """What a command prints, read as JSON."""
        return json.loads(self.run(*arguments))
