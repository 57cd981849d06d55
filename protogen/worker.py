"""The serial loop: claim a job, run its stages, publish, record. One at a time, three attempts, resumed after a crash.

The last steps stand in the order content in git, folder renamed, `completed` recorded, so that a crash between any
two is finished at the next start and never repeated.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import random
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

from protogen.config import RetrySettings, Settings
from protogen.hooks import Hook, Hooks
from protogen.job import Event, Status, now
from protogen.ledger import Ledger, TransitionError, WorkerLock
from protogen.llm.provider import ManagedProvider
from protogen.llm.writer import Cancelled, Speed, Writer
from protogen.pipeline.begin import AI_SHARE_OF_TIMEOUT, begin_draft, begin_writer
from protogen.pipeline.content import RefusedError
from protogen.pipeline.prompt import preamble
from protogen.pipeline.report import metadata, record, to_json
from protogen.pipeline.runner import run
from protogen.publish import publish, tidy
from protogen.submission import from_files

log = logging.getLogger(__name__)

PUBLISH_SECONDS = 12.0  # of the deadline, kept for rendering, the ledger and a slow disk
IDLE_SECONDS = 0.5
WARM_SECONDS = 30.0
LONGEST_DELAY = 7 * 86_400.0
PROJECT_FILE = "project-id"
RECORD_FILE = "record.json"


class Worker:
    """Runs the jobs of one ledger, which it holds while it is in use as a context manager:

        with worker:  # raises WorkerBusy if another worker holds the ledger
            worker.run(stopping)

    `stopping` ends it: the job in hand goes back with its attempt.
    """

    def __init__(self, settings: Settings, ledger: Ledger, provider: ManagedProvider, hook: Hook) -> None:
        self._settings = settings
        self._ledger = ledger
        self._provider = provider
        self._hook = Hooks([hook])  # a listener that fails costs a log line, not the worker
        self._speed = Speed()
        self._lock = WorkerLock(settings.ledger_dir)

    def __enter__(self) -> Self:
        self._lock.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    def run(self, stopping: threading.Event, *, once: bool = False) -> None:
        """Work until `stopping` is set, or with `once` until nothing is due.

        Raises LedgerError where the ledger cannot be written: what is not recorded must not be done.
        """
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
        """One attempt at a claimed job; gives the event that it ends with. Raises LedgerError."""
        begin = time.monotonic()
        self._hook.job_started(event)
        return self._conclude(event, lambda: self._attempt(event, stopping, begin))

    def _conclude(self, event: Event, work: Callable[[], Event]) -> Event:
        """The event that `work` on a job ends with, or the one that records why it has none."""
        try:
            result = self._outcome(event, work)
        except TransitionError:  # somebody cancelled the job meanwhile: what the ledger says stands
            result = self._ledger.job(event.job) or event
        self._hook.job_finished(result)
        return result

    def _outcome(self, event: Event, work: Callable[[], Event]) -> Event:
        try:
            return work()
        except Cancelled:
            return self._put_back(event)
        except TransitionError:
            raise
        except Exception as error:
            log.exception("Attempt %d at job %s failed", event.attempt, event.job)
            return self._failed(event, error_code(error))

    def _warm(self, stopping: threading.Event) -> None:
        """Let the model read what every prompt begins with, before somebody waits for it."""
        writer = self._writer(0, stopping, time.monotonic() + WARM_SECONDS)
        try:
            writer.ask("nlp", "warm-up", preamble(), max_tokens=1)
        except Exception as error:  # jobs come out without a model too, and say why
            log.info("The model was not warmed up: %r", error)

    def _resume(self) -> None:
        """Jobs that a worker left when it died: finish what has content, put the others back for their next attempt."""
        for event in self._ledger.processing():
            self._conclude(event, partial(self._resumed, event))

    def _resumed(self, event: Event) -> Event:
        if content := self._ledger.version_of(event.job):
            return self._finish(event, *content, begin=None)
        if event.attempt >= self._settings.retry.attempts:
            return self._failed(event, "worker-died")
        return self._ledger.record(
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
        draft = begin_draft(self._settings, from_files(files), seed_of(event.job), project_id)
        writer = self._writer(draft.seed, stopping, begin + self._ai_seconds())
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

    def _ai_seconds(self) -> float:
        timeout = self._settings.generation_timeout
        return min(timeout - PUBLISH_SECONDS, timeout * AI_SHARE_OF_TIMEOUT)

    def _writer(self, seed: int, stopping: threading.Event, deadline: float) -> Writer:
        return begin_writer(
            self._settings, self._provider, seed, deadline, stopping.is_set, speed=self._speed
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
    delay = retry.first_delay * retry.factor ** (attempt - 1) * (1 + retry.jitter * chance)
    return min(delay, LONGEST_DELAY)


def seed_of(job: str) -> int:
    """A job's seed: the same at every attempt, so that a retry makes the same choices."""
    return int.from_bytes(hashlib.sha256(job.encode()).digest()[:4], "big")


def error_code(error: Exception) -> str:
    """One word for the audit log, which outlives the customer's data: never a message."""
    if isinstance(error, RefusedError):
        return "gate"
    if isinstance(error, OSError) and error.errno:
        return f"os-{error.errno}"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", type(error).__name__)
    return words.lower().removesuffix("-error")
