"""The serial loop: claim a job, run its stages, publish, record. One at a time, three attempts, resumed after a crash.

The last steps stand in the order content in git, folder renamed, `completed` recorded, so that a crash between any
two is finished at the next start and never repeated. Between jobs the worker deletes what has expired, gives the
disk back, and makes again what had to be made without the AI.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

from protogen.backoff import retry_delay
from protogen.config import Settings
from protogen.draft import Draft
from protogen.files import has_room, is_full
from protogen.heartbeat import SPARE_SECONDS, Heartbeat
from protogen.hooks import Hook, Hooks
from protogen.intake.attachments import Request, read_request
from protogen.intake.voice import TRANSCRIPTS, read_transcripts, transcripts_json
from protogen.job import Event, Status, now
from protogen.ledger import (
    PROJECT_FILE,
    DiskFullError,
    Ledger,
    LedgerError,
    ProjectTakenError,
    TransitionError,
    WorkerLock,
)
from protogen.ledger.reserve import Reserve
from protogen.lifecycle import ended, recorded
from protogen.llm.providers import Providers
from protogen.llm.writer import Cancelled, Speeds, Writer
from protogen.logs import error_kind, get_logger
from protogen.pipeline.begin import AI_SHARE_OF_TIMEOUT, begin_draft, begin_writer
from protogen.pipeline.prompt import preamble
from protogen.pipeline.report import degraded, metadata, record, to_json
from protogen.pipeline.runner import run
from protogen.publish import PublishError, publish, tidy, unpublish
from protogen.submission import from_files
from protogen.upkeep import Upkeep

log = get_logger(__name__)

PUBLISH_SECONDS = 12.0  # of the deadline, kept for rendering, the ledger and a slow disk
IDLE_SECONDS = 0.5
STOP_SECONDS = 0.1
WARM_SECONDS = 30.0
PROBE_SECONDS = 60.0  # between two looks whether the AI is back
RECORD_FILE = "record.json"
FAILURE_FILE = "failure.txt"


class Worker:
    """Runs the jobs of one ledger, which it holds while it is in use as a context manager:

        with worker:  # raises WorkerBusy if another worker holds the ledger
            worker.run(stopping)

    `stopping` ends it: the job in hand goes back with its attempt.
    """

    def __init__(self, settings: Settings, ledger: Ledger, providers: Providers, hook: Hook) -> None:
        self.heart = Heartbeat()
        self._settings = settings
        self._ledger = ledger
        self._providers = providers
        self._hook = Hooks([hook])  # a listener that fails costs a log line, not the worker
        self._speeds = Speeds()
        providers.listen(self._hook.provider_changed)
        self._lock = WorkerLock(settings.ledger_dir)
        self._news = threading.Event()
        self._reserve = Reserve(settings.ledger_dir, settings.reserve_bytes)
        self._full = False
        self._stranded: Event | None = None
        self._upkeep = Upkeep(settings, ledger, self._hook)
        self._probed = -PROBE_SECONDS

    def __enter__(self) -> Self:
        self._lock.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    def run(self, stopping: threading.Event, *, once: bool = False) -> None:
        """Work until `stopping` is set, or with `once` until nothing is due.

        With less room on the disk than the reserve, nothing is begun until there is more. Raises LedgerError
        where the ledger cannot be written for another reason: what is not recorded must not be done.
        """
        self.heart.beat("worker", SPARE_SECONDS)
        self._when_there_is_room(self._recover)
        self._warm(stopping)
        while not stopping.is_set():
            self.heart.beat("worker")
            event = self._claim()
            if event:
                self.heart.beat("worker", self._settings.generation_timeout)
                self._when_there_is_room(partial(self.process, event, stopping))
                self._when_there_is_room(self._upkeep.prune_if_due)
            elif once:
                return
            elif not self._when_there_is_room(partial(self._spare_time, stopping)):
                self._rest(stopping)

    def wake(self) -> None:
        """A job has come: an idle worker looks for it now, and not only when it looks again by itself."""
        self._news.set()

    def _rest(self, stopping: threading.Event) -> None:
        self.heart.beat("worker")
        end = time.monotonic() + IDLE_SECONDS
        while not stopping.is_set() and (left := end - time.monotonic()) > 0:
            if self._news.wait(min(left, STOP_SECONDS)):
                break
        self._news.clear()  # before the ledger is asked: what comes from now on wakes again

    def process(self, event: Event, stopping: threading.Event) -> Event:
        """One attempt at a claimed job; gives the event that it ends with. Raises LedgerError."""
        begin = time.monotonic()
        self._hook.job_started(event)
        return self._conclude(event, lambda: self._attempt(event, stopping, begin))

    def _claim(self) -> Event | None:
        try:
            return self._ledger.claim(now()) if self._has_room() else None
        except DiskFullError as error:
            self._say_full(str(error))
            return None

    # Outcomes

    def _conclude(self, event: Event, work: Callable[[], Event]) -> Event:
        """The event that `work` on a job ends with, or the one that records why it has none."""
        try:
            result = self._outcome(event, work)
        except TransitionError:  # somebody cancelled the job meanwhile: what the ledger says stands
            result = self._ledger.job(event.job) or event
            self._settle(result)
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
            if is_full(error) and not self._is_room():
                return self._out_of_room(event, error)
            code = error_kind(error)  # the audit log outlives the customer's data: never a message
            log.exception("attempt-failed", job=event.job, attempt=event.attempt, error=code)
            self._keep_cause(event, error)
            return self._failed(event, code)

    def _put_back(self, event: Event, error: str = "") -> Event:
        """Pending again, and the attempt does not count: the program is stopping, or there is no room."""
        back = dataclasses.replace(
            event, status=Status.PENDING, at=now(), attempt=event.attempt - 1, error=error
        )
        return self._ledger.record(back, after=event)

    def _failed(self, event: Event, code: str) -> Event:
        if event.attempt >= self._settings.retry.attempts:
            end = self._ledger.record(ended(event, Status.FAILED, code, self._settings, now()), after=event)
            self._settle(end)
            return end
        later = now() + timedelta(seconds=retry_delay(self._settings.retry, event.attempt, random.random()))
        again = dataclasses.replace(event, status=Status.PENDING, at=now(), error=code, not_before=later)
        return self._ledger.record(again, after=event)

    def _keep_cause(self, event: Event, error: Exception) -> None:
        """For the operator, until expiry: what the attempt died of, in full. The audit log has a code only."""
        text = f"Attempt {event.attempt}, {now():%Y-%m-%d %H:%M:%S} UTC\n\n"
        text += "".join(traceback.format_exception(error))
        try:
            self._ledger.keep(event.job, {FAILURE_FILE: text.encode("utf-8", "replace")}, now())
        except LedgerError as second:
            log.warning("cause-lost", job=event.job, error=error_kind(second))

    # Attempts

    def _attempt(self, event: Event, stopping: threading.Event, begin: float) -> Event:
        content = self._ledger.version_of(event.job)
        if content is None:
            content = self._generate(event, stopping, begin)
        return self._finish(event, *content, begin=begin)

    def _generate(self, event: Event, stopping: threading.Event, begin: float) -> tuple[str, str]:
        """Run the stages and put the site into git; (project id, commit)."""
        files = self._ledger.submission(event.job)
        name, seed = files.pop(PROJECT_FILE, b"").decode(), seed_of(event.job)
        request = self._read(event, files, stopping)
        while True:
            draft = begin_draft(self._settings, request, seed, name, event.expires_at)
            try:
                return self._make(event, draft, stopping, begin)
            except ProjectTakenError:  # two seeds in millions give the same name: this one takes the next
                name, seed = "", seed + 1

    def _read(self, event: Event, files: dict[str, bytes], stopping: threading.Event) -> Request:
        """The request with its attachments; recordings are heard once, and their words kept for the operator."""
        kept = read_transcripts(files.pop(TRANSCRIPTS, b"[]"))
        voice, cancelled = self._settings.voice, stopping.is_set
        request = read_request(from_files(files), voice, self._hook, kept, cancelled)
        if request.transcripts and not kept:
            self._ledger.keep(event.job, {TRANSCRIPTS: transcripts_json(request.transcripts)}, now())
        return request

    def _make(self, event: Event, draft: Draft, stopping: threading.Event, begin: float) -> tuple[str, str]:
        project_id = draft.project_id
        writer = self._writer(draft.seed, stopping, begin + self._ai_seconds())
        for step in run(draft, writer, self._hook, event.job):
            draft = step
            self._check_still_ours(event)
            if not project_id:
                project_id = draft.project_id
                self._ledger.name_project(event.job, project_id, now())
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
            degraded=event.degraded + 1 if degraded(draft) else 0,
        )
        return project_id, self._ledger.add_version(project_id, made, site)

    def _check_still_ours(self, event: Event) -> None:
        """At a stage's boundary: raises TransitionError if somebody has cancelled the job."""
        newest = self._ledger.job(event.job)
        if newest != event:
            raise TransitionError(f"The job {event.job} is {newest and newest.status} by now.")

    def _finish(self, event: Event, project_id: str, commit: str, begin: float | None) -> Event:
        """Publish what is in git and record the job as completed. `begin` is None where a dead worker began."""
        publish(self._ledger.prototype(project_id, commit), self._settings.published_dir, project_id)
        done = recorded(event, self._ledger.version(commit), now())
        took = time.monotonic() - begin if begin is not None else (done.at - event.at).total_seconds()
        if event.status is Status.PROCESSING:
            done = dataclasses.replace(done, duration_ms=max(0, round(took * 1000)))
        return self._ledger.record(done, after=event)

    def _settle(self, event: Event) -> None:
        """Make folder and project agree with a job that ended without a new version; the project in any case."""
        project = self._ledger.project_named(event.job)
        if not project:
            return
        with _unpublished_is_said(event.job):
            if event.content:
                publish(self._ledger.prototype(project, event.content), self._settings.published_dir, project)
            else:
                unpublish(self._settings.published_dir, project)
        self._ledger.withdraw(project)

    # After a crash

    def _recover(self) -> None:
        """Finish what a dead worker left: refs, published folder, versions nobody recorded, jobs in hand."""
        self._ledger.reconcile()
        tidy(self._settings.published_dir)
        for version in self._ledger.unrecorded():
            event = self._ledger.job(version.job)
            if event and event.status is Status.COMPLETED:  # of a rollback that was cut off
                with _unpublished_is_said(event.job):
                    self._finish(event, version.project_id, version.commit, begin=None)
            elif event and event.status.final:
                self._settle(event)
        for event in self._ledger.processing():
            self._conclude(event, partial(self._resumed, event))
        self._stranded = None

    def _resumed(self, event: Event) -> Event:
        """The end of an attempt that nobody is making any more; its content, if there is any, is finished."""
        if event == self._stranded:
            return self._put_back(event, "disk-full")
        if content := self._ledger.version_of(event.job):
            return self._finish(event, *content, begin=None)
        if event.attempt >= self._settings.retry.attempts:
            return self._failed(event, "worker-died")
        again = dataclasses.replace(event, status=Status.PENDING, at=now(), error="worker-died")
        return self._ledger.record(again, after=event)

    # A full disk

    def _has_room(self) -> bool:
        """False, said once, while the disk is too full to begin anything; what was left lying is put right after."""
        room = self._is_room()
        if room and self._full:
            self._full = False
            log.warning("disk-room", part="work")
            self._hook.disk_room()
            self._when_there_is_room(self._recover)
        elif not room:
            self._say_full(f"less than {self._settings.reserve_bytes:,} bytes are free")
        return room

    def _is_room(self) -> bool:
        settings = self._settings
        disks = (settings.ledger_dir, settings.published_dir)
        return self._reserve.fill() and has_room(settings.reserve_bytes, *disks)

    def _when_there_is_room(self, work: Callable[[], object]) -> bool:
        """Do `work`, and give whether it did anything; without room for it, it is left lying until there is some."""
        try:
            return bool(work())
        except Exception as error:
            if not is_full(error):
                raise
            self._say_full(str(error))
            return False

    def _out_of_room(self, event: Event, error: Exception) -> Event:
        """No attempt is lost to a full disk: the job waits, in the room that the reserve gives."""
        self._say_full(str(error))
        self._stranded = event
        with self._reserve.released():
            return self._put_back(event, "disk-full")

    def _say_full(self, why: str) -> None:
        if not self._full:
            self._full = True
            self._upkeep.hurry()
            log.error("disk-full", part="work")
            self._hook.disk_full(why)

    # Between jobs

    def _spare_time(self, stopping: threading.Event) -> bool:
        """Something useful while nobody waits; True if there was something. On a full disk, only what makes room."""
        self.heart.beat("worker", SPARE_SECONDS)
        return self._upkeep.when_idle() or (not self._full and self._make_again(stopping))

    def _make_again(self, stopping: threading.Event) -> bool:
        """Give one site that was made without the AI a second making, if the AI is back."""
        if time.monotonic() - self._probed < PROBE_SECONDS:
            return False
        self._probed = time.monotonic()
        event = self._ledger.degraded()
        if event is None or not self._warm(stopping):
            return False
        again = dataclasses.replace(
            event, status=Status.PENDING, at=now(), not_before=now(), attempt=0, error=""
        )
        self._ledger.record(again, after=event)
        log.info("job-again", job=event.job)
        return True

    def _warm(self, stopping: threading.Event) -> bool:
        """Let the model read what every prompt begins with, before somebody waits for it; False if it is away."""
        writer = self._writer(0, stopping, time.monotonic() + WARM_SECONDS)
        try:
            writer.ask("nlp", "warm-up", preamble(), max_tokens=1)
        except Exception as error:  # jobs come out without a model too, and say why
            log.info("model-cold", error=error_kind(error))
            return False
        return True

    def _ai_seconds(self) -> float:
        timeout = self._settings.generation_timeout
        return min(timeout - PUBLISH_SECONDS, timeout * AI_SHARE_OF_TIMEOUT)

    def _writer(self, seed: int, stopping: threading.Event, deadline: float) -> Writer:
        return begin_writer(self._settings, self._providers, seed, deadline, stopping.is_set, self._speeds)


@contextlib.contextmanager
def _unpublished_is_said(job: str) -> Iterator[None]:
    try:
        yield
    except PublishError as error:
        log.exception("version-unpublished", job=job, error=error_kind(error))


def seed_of(job: str) -> int:
    """A job's seed: the same at every attempt, so that a retry makes the same choices."""
    return int.from_bytes(hashlib.sha256(job.encode()).digest()[:4], "big")
