"""An inbox before a real ledger, by a clock that the test moves."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen.config import IntakeSettings, Settings
from protogen.intake.accept import Acceptance, accept
from protogen.intake.inbox import Inbox
from protogen.intake.quarantine import ERROR_SUFFIX
from protogen.job import now
from protogen.ledger import Ledger
from protogen.submission import Submission, from_files


class Intake:
    """A home's inbox and ledger. Nothing happens by itself: `until` lets time pass and the inbox look."""

    def __init__(self, home: Path, limits: IntakeSettings | None = None) -> None:
        self.settings = Settings(home=home, intake=limits or IntakeSettings())
        self.path = self.settings.inbox_dir
        self.path.mkdir()
        self.ledger = Ledger.create(self.settings.ledger_dir)
        self.time = 0.0
        self.inbox = Inbox(self.settings, self._accept, clock=lambda: self.time)

    def until(self, seconds: float) -> None:
        """Let so many seconds pass in the steps that the inbox asks for."""
        end = self.time + seconds
        while self.time < end:
            self.time = min(end, self.time + max(self.inbox.scan(), 0.01))
        self.inbox.scan()

    def settle(self) -> None:
        """Let as much time pass as the most patient wait takes."""
        self.until(2 * self.settings.intake.give_up_seconds)

    def submissions(self) -> list[Submission]:
        """What became jobs, as the ledger has it."""
        return [from_files(self.ledger.submission(event.job)) for event in self.ledger.jobs()]

    def rejected(self) -> dict[str, str]:
        """What was rejected, and the sentence that says why."""
        folder = self.path / "rejected"
        names = [path.name for path in folder.iterdir()] if folder.exists() else []
        drops = [name for name in names if name + ERROR_SUFFIX in names]
        assert len(names) == 2 * len(drops)
        return {name: (folder / (name + ERROR_SUFFIX)).read_text("utf-8") for name in drops}

    def left(self) -> list[str]:
        """What still lies in the inbox."""
        return sorted(path.name for path in self.path.iterdir() if path.name not in ("rejected", ".same"))

    def git(self, *arguments: str) -> str:
        """What git itself says of the ledger."""
        return subprocess.run(
            ["git", *arguments], cwd=self.settings.ledger_dir, capture_output=True, check=True
        ).stdout.decode("utf-8")

    def _accept(self, submission: Submission) -> Acceptance:
        return accept(submission, self.ledger, self.settings, now())


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """An empty inbox before an empty ledger."""
    one = Intake(tmp_path)
    yield one
    one.ledger.close()


def is_one_sentence(reason: str) -> bool:
    """True for what an `.error.txt` may hold: one line of plain words that ends."""
    line = reason.removesuffix("\n")
    return reason.endswith(".\n") and line.isprintable() and len(line) < 600


def make_deep(folder: Path, levels: int) -> None:
    """Put a folder in a folder in … into `folder`, a file and a link in each: deeper than a path can say."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("deep", dir_fd=at)
        inner = os.open("deep", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=at))
        os.symlink(folder.parent, "link", dir_fd=at)
    os.close(at)
