"""Live progress on a terminal: a hook that shows each stage as it goes."""

from __future__ import annotations

import time

from rich.console import Console

from protogen.hooks import Hook
from protogen.job import Event, Rung, StageTrace, Status

LABELS = {
    "brief": "Reading the request",
    "structure": "Writing the sections",
    "style": "Choosing the look",
    "behaviour": "Adding behaviour",
    "content": "Finishing and checking",
}
READING = "Reading the attachments"
RUNG_WORDS = {
    Rung.MARKUP: "written by the AI",
    Rung.FIELDS: "written by the AI",
    Rung.TEMPLATE: "from templates",
}


class TerminalProgress(Hook):
    """Prints a line a stage, with seconds and tokens; a spinner where the terminal can show one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("")
        self._begin = 0.0
        self._label = ""

    def job_started(self, event: Event) -> None:
        """A new job: its number and attempt."""
        self._begin = time.monotonic()
        attempt = f", attempt {event.attempt}" if event.attempt > 1 else ""
        self._line(f"Job {event.job}{attempt}")

    def attachments_started(self, job: str, count: int) -> None:
        """Show that files are being read."""
        if self._console.is_terminal:
            self._status.update(f"{READING} …")
            self._status.start()

    def attachments_finished(self, job: str, ms: int) -> None:
        """One line for them."""
        self._status.stop()
        self._line(f"  ✓ {READING:<24} {ms / 1000:6.1f} s")

    def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
        """Show what is being done."""
        self._begin = self._begin or time.monotonic()
        self._label = LABELS.get(stage, stage)
        if self._console.is_terminal:  # a spinner in a log file is nothing but work
            self._status.update(f"{index + 1}/{count} {self._label} …")
            self._status.start()

    def stage_progress(self, job: str, stage: str, part: str) -> None:
        """Show the part in hand."""
        self._status.update(f"{self._label}: {part} …")

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        """One line for what was done."""
        self._status.stop()
        tokens = f", {trace.completion_tokens} tokens" if trace.completion_tokens else ""
        reason = f" ({trace.reason})" if trace.reason else ""
        label = LABELS.get(trace.name, trace.name)
        self._line(f"  ✓ {label:<24} {trace.ms / 1000:6.1f} s  {RUNG_WORDS[trace.rung]}{tokens}{reason}")

    def job_finished(self, event: Event) -> None:
        """The end of the attempt; a job that was only finished after a crash had no beginning here."""
        self._status.stop()
        word = {Status.COMPLETED: "Published", Status.PENDING: "Put back", Status.FAILED: "Failed"}
        took = f" after {time.monotonic() - self._begin:.1f} s" if self._begin else ""
        detail = f": {event.error}" if event.error else ""
        again = f", to be tried again at {event.not_before:%H:%M:%S} UTC" if event.not_before else ""
        self._begin = 0.0
        self._line(f"{word.get(event.status, event.status)}{took}{detail}{again}")

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
