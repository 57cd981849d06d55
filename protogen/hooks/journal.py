"""What happens to jobs, as log lines; and the job, its project and its stage on every other line meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from protogen import logs
from protogen.hooks import Hook
from protogen.job import Event, StageTrace, Status
from protogen.ledger.trailers import time_text
from protogen.logs.safe import codes, tail

log = logs.get_logger(__name__)


class Journal(Hook):
    """Logs each step of a job. `project_named` gives the project of a job, empty where it has no name yet."""

    def __init__(self, project_named: Callable[[str], str] = lambda job: "") -> None:
        self._project_named = project_named
        self._project = ""

    def job_accepted(self, event: Event) -> None:
        """It waits."""
        log.info("job-accepted", job=event.job, status=event.status, at=time_text(event.at))

    def job_started(self, event: Event) -> None:
        """From here on every line is about this job."""
        logs.unbind_all()
        self._project = ""
        logs.bind(job=event.job)
        self._name(event.job)
        log.info(
            "job-started", job=event.job, status=event.status, at=time_text(event.at), attempt=event.attempt
        )

    def attachments_started(self, job: str, count: int) -> None:
        """Before the first stage."""
        log.debug("attachments-started", job=job, count=count)

    def attachments_finished(self, job: str, ms: int) -> None:
        """What reading them took."""
        log.info("attachments-read", job=job, ms=ms)

    def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
        """And about this stage."""
        self._name(job)
        logs.bind(stage=stage)
        log.debug("stage-started", job=job, stage=stage)

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        """What it took, and what came of it."""
        log.info(
            "stage-finished",
            job=job,
            stage=trace.name,
            rung=trace.rung,
            ms=trace.ms,
            provider=trace.provider.replace(", ", ","),
            model=trace.model.replace(", ", ","),
            prompt_tokens=trace.prompt_tokens,
            completion_tokens=trace.completion_tokens,
            retries=trace.retries or None,
            reason=codes(trace.reason),
        )

    def job_finished(self, event: Event) -> None:
        """The end of the attempt; an error that is left is a warning, the last one an error."""
        self._name(event.job)
        logs.bind(stage="")
        tell = log.error if event.status is Status.FAILED else log.warning if event.error else log.info
        tell(
            "job-finished",
            job=event.job,
            status=event.status,
            at=time_text(event.at),
            attempt=event.attempt,
            ms=event.duration_ms,
            error=event.error,
            not_before=time_text(event.not_before) if event.not_before else None,
        )
        logs.unbind_all()

    def upkeep_done(self, task: str, count: int) -> None:
        """A task went well."""
        log.info("upkeep-done", task=task, count=count)

    def notice_delivered(self, channel: str) -> None:
        """A notice has arrived."""
        log.info("notice-delivered", channel=channel)

    def _name(self, job: str) -> None:
        if job and not self._project and (project := self._project_named(job)):
            self._project = project
            logs.bind(project=tail(project))
