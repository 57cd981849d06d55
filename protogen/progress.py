"""What is being done just now, on a terminal: a hook that turns a spinner. What was done is told by the log."""

from __future__ import annotations

from rich.console import Console

from protogen.hooks import Hook
from protogen.job import Event, StageTrace
from protogen.logs.events import READING, STAGES


class Spinner(Hook):
    """Shows the stage and the part in hand, where the terminal can: in a file a spinner is nothing but work."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("")
        self._label = ""

    def attachments_started(self, job: str, count: int) -> None:
        """Show that files are being read."""
        self._show(READING)

    def attachments_finished(self, job: str, ms: int) -> None:
        """Nothing is in hand."""
        self._status.stop()

    def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
        """Show what is being done."""
        self._label = STAGES.get(stage, stage)
        self._show(f"{index + 1}/{count} {self._label}")

    def stage_progress(self, job: str, stage: str, part: str) -> None:
        """Show the part in hand."""
        self._status.update(f"{self._label}: {part} …")

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        """Nothing is in hand."""
        self._status.stop()

    def job_finished(self, event: Event) -> None:
        """Nothing is in hand, however it ended."""
        self._status.stop()

    def _show(self, what: str) -> None:
        if self._console.is_terminal:
            self._status.update(f"{what} …")
            self._status.start()
