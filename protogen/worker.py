"""The serial loop: claim a job, run its stages, publish, record. One at a time, three attempts, resumed after a crash.

The last steps stand in the order content in git, folder renamed, `completed` recorded, so that a crash between any
two is finished at the next start and never repeated.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import logging
import random
import threading
import time
from datetime import datetime, timedelta

from protogen.config import RetrySettings, Settings
from protogen.draft import Draft
from protogen.hooks import Hook
from protogen.job import Event, Status, now
from protogen.ledger import Ledger, WorkerLock
from protogen.llm.provider import ManagedProvider
from protogen.llm.writer import Cancelled, LlmError, Speed, Writer
from protogen.pipeline.content import RefusedError
from protogen.pipeline.prompt import preamble
from protogen.pipeline.report import metadata, record, to_json
from protogen.pipeline.runner import run
from protogen.publish import publish, tidy
from protogen.submission import Submission, from_files

log = logging.getLogger(__name__)

PUBLISH_SECONDS = 12.0  # of the deadline, kept for rendering, the ledger and a slow disk
AI_SHARE_OF_TIMEOUT = (
    0.8  # and no more than this share of it for the model, so that a page comes in good time
)
IDLE_SECONDS = 0.5
PROJECT_FILE = "project-id"
RECORD_FILE = "record.json"


class Worker:
    """Runs the jobs of one ledger. `stopping` ends it: the job in hand goes back with its attempt."""

    def __init__(self, settings: Settings, ledger: Ledger, provider: ManagedProvider, hook: Hook) -> None:
        self._settings = settings
        self._ledger = ledger
        self._provider = provider
        self._hook = hook
        self._speed = Speed()

    def run(self, stopping: threading.Event, *, once: bool = False) -> None:
        """Work until `stopping` is set, or with `once` until nothing is due. Raises WorkerBusy beside another."""
        with WorkerLock(self._settings.ledger_dir):
            self._ledger.reconcile()
            tidy(self._settings.published_dir)
            self._resume()
            self._warm(stopping)
            while not stopping.is_set():
                event = self._ledger.claim(now())
                if event:
                    self.process(event, stopping)
                elif once:
                    return
                else:
                    stopping.wait(IDLE_SECONDS)

    def process(self, event: Event, stopping: threading.Event) -> Event:
        """One attempt at a claimed job; gives the event that it ends with."""
        begin = time.monotonic()
        self._hook.job_started(event)
        try:
            result = self._attempt(event, stopping, begin)
        except Cancelled:
            result = self._put_back(event)
        except Exception as error:
            log.exception("attempt %d at job %s failed", event.attempt, event.job)
            result = self._failed(event, error_code(error))
        self._hook.job_finished(result)
        return result

    def _warm(self, stopping: threading.Event) -> None:
        """Let the model read what every prompt begins with, before somebody waits for it."""
        writer = self._writer(0, stopping, time.monotonic())
        with contextlib.suppress(LlmError, Cancelled):
            writer.ask("nlp", "warm-up", preamble(), max_tokens=1)

    def _resume(self) -> None:
        """Jobs that a worker left when it died: finish what has content, put the others back for their next attempt."""
        for event in self._ledger.processing():
            if content := self._ledger.version_of(event.job):
                self._hook.job_finished(self._finish(event, *content, begin=None))
            elif event.attempt >= self._settings.retry.attempts:
                self._hook.job_finished(self._failed(event, "worker-died"))
            else:
                self._ledger.record(
                    dataclasses.replace(event, status=Status.PENDING, at=now(), error="worker-died")
                )

    def _attempt(self, event: Event, stopping: threading.Event, begin: float) -> Event:
        content = self._ledger.version_of(event.job)
        if content is None:
            content = self._generate(event, stopping, begin)
        return self._finish(event, *content, begin=begin)

    def _generate(self, event: Event, stopping: threading.Event, begin: float) -> tuple[str, str]:
        """Run the stages and put the site into git; (project id, commit)."""
        files = self._ledger.submission(event.job)
        project_id = files.pop(PROJECT_FILE, b"").decode()
        draft = self._draft(event, from_files(files), project_id)
        writer = self._writer(draft.seed, stopping, begin)
        for step in run(draft, writer, self._hook, event.job):
            draft = step
            if not project_id:
                project_id = draft.project_id
                self._ledger.keep(event.job, {PROJECT_FILE: project_id.encode()}, now())
        assert draft.site is not None
        about = metadata(draft, time.monotonic() - begin)
        site = {**draft.site.files, "metadata.json": to_json(about)}
        self._ledger.keep(event.job, {RECORD_FILE: to_json(record(draft, writer.exchanges))}, now())
        made = dataclasses.replace(
            event,
            at=now(),
            expires_at=draft.expires_at,
            size=sum(map(len, site.values())),
            stages=draft.traces,
        )
        return project_id, self._ledger.add_version(project_id, made, site)

    def _draft(self, event: Event, submission: Submission, project_id: str) -> Draft:
        created = now()
        return Draft(
            submission=submission,
            seed=seed_of(event.job),
            created_at=created,
            expires_at=created + timedelta(days=self._settings.expiry_days),
            project_id=project_id,
            url=self._settings.site_url("{project_id}"),
        )

    def _writer(self, seed: int, stopping: threading.Event, begin: float) -> Writer:
        timeout = self._settings.generation_timeout
        return Writer(
            settings=self._settings.llm,
            provider=self._provider,
            deadline=begin + min(timeout - PUBLISH_SECONDS, timeout * AI_SHARE_OF_TIMEOUT),
            seed=self._settings.llm.seed or seed,
            speed=self._speed,
            cancelled=stopping.is_set,
        )

    def _finish(self, event: Event, project_id: str, commit: str, begin: float | None) -> Event:
        """Publish what is in git and record the job as completed. `begin` is None where a dead worker began."""
        publish(self._ledger.prototype(project_id, commit), self._settings.published_dir, project_id)
        version = next(v for v in self._ledger.versions(project_id) if v.commit == commit)
        took = time.monotonic() - begin if begin is not None else (now() - event.at).total_seconds()
        return self._ledger.record(
            dataclasses.replace(
                event,
                status=Status.COMPLETED,
                at=now(),
                content=commit,
                expires_at=version.expires_at,
                size=version.size,
                stages=version.stages,
                duration_ms=round(took * 1000),
                error="",
            )
        )

    def _put_back(self, event: Event) -> Event:
        """The program is stopping: pending again, and the attempt does not count."""
        return self._ledger.record(
            dataclasses.replace(event, status=Status.PENDING, at=now(), attempt=event.attempt - 1)
        )

    def _failed(self, event: Event, code: str) -> Event:
        if event.attempt >= self._settings.retry.attempts:
            return self._ledger.record(dataclasses.replace(event, status=Status.FAILED, at=now(), error=code))
        later = now() + timedelta(seconds=retry_delay(self._settings.retry, event.attempt, random.random()))
        return self._ledger.record(
            dataclasses.replace(event, status=Status.PENDING, at=now(), error=code, not_before=later)
        )


def retry_delay(retry: RetrySettings, attempt: int, chance: float) -> float:
    """Seconds until the next attempt after the `attempt`-th: exponential, with jitter from `chance` in [0, 1)."""
    return retry.first_delay * retry.factor ** (attempt - 1) * (1 + retry.jitter * chance)


def seed_of(job: str) -> int:
    """A job's seed: the same at every attempt, so that a retry makes the same choices."""
    return int.from_bytes(hashlib.sha256(job.encode()).digest()[:4], "big")


def error_code(error: Exception) -> str:
    """One word for the audit log, which outlives the customer's data: never a message."""
    if isinstance(error, RefusedError):
        return "gate"
    if isinstance(error, OSError) and error.errno:
        return f"os-{error.errno}"
    return (
        "".join(f"-{c.lower()}" if c.isupper() else c for c in type(error).__name__)
        .strip("-")
        .removesuffix("-error")
    )


def deadline_of(event: Event, settings: Settings) -> datetime:
    """When a claimed job must be published."""
    return event.at + timedelta(seconds=settings.generation_timeout)
