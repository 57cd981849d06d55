"""Listeners on job events: what is not the way itself hears of it here and can never stop it.

A hook is a class of empty methods; a listener overrides what it wants to hear. `Hooks` calls each one and
swallows what it raises (the event is logged), so a broken notice costs a log line, not a job.
"""

from __future__ import annotations

from collections.abc import Iterable

from protogen.job import Event, StageTrace
from protogen.logs import error_kind, get_logger

log = get_logger(__name__)


class Hook:
    """What happens to jobs, in order. `job` is a job id; events are as the ledger has them."""

    def drop_rejected(self, name: str, reason: str) -> None:
        """A drop went to `inbox/rejected/`; `reason` is one sentence."""

    def job_accepted(self, event: Event) -> None:
        """A drop is in the ledger as pending."""

    def job_started(self, event: Event) -> None:
        """The worker claimed the job."""

    def attachments_started(self, job: str, count: int) -> None:
        """Recordings, documents and pictures of a job are about to be read, before its first stage."""

    def attachments_finished(self, job: str, ms: int) -> None:
        """They are read."""

    def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
        """A stage begins; `index` counts from 0."""

    def stage_progress(self, job: str, stage: str, part: str) -> None:
        """Within a stage: the part being written (a section's kind)."""

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        """A stage is done."""

    def job_finished(self, event: Event) -> None:
        """The job completed, failed, was cancelled, or went back to pending."""

    def disk_full(self, reason: str) -> None:
        """There is no room on the disk: nothing is begun until there is."""

    def disk_room(self) -> None:
        """There is room again; work goes on."""

    def provider_changed(self, provider: str, state: str) -> None:
        """A model's provider is `open` (left alone for a while), `half-open` (tried again) or `closed` (in use)."""

    def upkeep_done(self, task: str, count: int) -> None:
        """A task of upkeep (`prune`, `collect`, `backup`, `trim`, `verify`) went well; `count` is what it deleted."""

    def upkeep_failed(self, task: str, reason: str) -> None:
        """A task of upkeep failed, or `verify` found something wrong; `reason` is one sentence."""

    def notice_delivered(self, channel: str) -> None:
        """A message of the outbox has reached whom it was for."""

    def notice_failed(self, channel: str, code: str) -> None:
        """A message of the outbox was tried for the last time and is put aside."""


class Hooks(Hook):
    """Many hooks as one."""

    def __init__(self, hooks: Iterable[Hook] = ()) -> None:
        self._hooks: tuple[Hook, ...] = tuple(hooks)

    def add(self, hook: Hook) -> None:
        """One more, behind the others."""
        self._hooks = (*self._hooks, hook)

    def _call(self, method: str, *args: object) -> None:
        for hook in self._hooks:
            try:
                getattr(hook, method)(*args)
            except Exception as error:
                log.exception("hook-failed", hook=type(hook).__name__, method=method, error=error_kind(error))

    def drop_rejected(self, name: str, reason: str) -> None:
        self._call("drop_rejected", name, reason)

    def job_accepted(self, event: Event) -> None:
        self._call("job_accepted", event)

    def job_started(self, event: Event) -> None:
        self._call("job_started", event)

    def attachments_started(self, job: str, count: int) -> None:
        self._call("attachments_started", job, count)

    def attachments_finished(self, job: str, ms: int) -> None:
        self._call("attachments_finished", job, ms)

    def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
        self._call("stage_started", job, stage, index, count)

    def stage_progress(self, job: str, stage: str, part: str) -> None:
        self._call("stage_progress", job, stage, part)

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        self._call("stage_finished", job, trace)

    def job_finished(self, event: Event) -> None:
        self._call("job_finished", event)

    def disk_full(self, reason: str) -> None:
        self._call("disk_full", reason)

    def disk_room(self) -> None:
        self._call("disk_room")

    def provider_changed(self, provider: str, state: str) -> None:
        self._call("provider_changed", provider, state)

    def upkeep_done(self, task: str, count: int) -> None:
        self._call("upkeep_done", task, count)

    def upkeep_failed(self, task: str, reason: str) -> None:
        self._call("upkeep_failed", task, reason)

    def notice_delivered(self, channel: str) -> None:
        self._call("notice_delivered", channel)

    def notice_failed(self, channel: str, code: str) -> None:
        self._call("notice_failed", channel, code)
