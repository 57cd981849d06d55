"""Everything in one process tree: inbox watcher, worker, web server and embedded model."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from protogen import home
from protogen.config import Settings
from protogen.heartbeat import Heartbeat
from protogen.hooks import Hook, Hooks
from protogen.hooks.alerts import Alerts
from protogen.hooks.journal import Journal
from protogen.hooks.metrics import Metrics
from protogen.hooks.notices import Links, Notices, Targets
from protogen.hooks.outbox import Outbox
from protogen.hooks.webhook import Webhook
from protogen.intake.accept import Acceptance, accept
from protogen.intake.inbox import Inbox
from protogen.job import Event, Status, now
from protogen.ledger import Ledger, LedgerError
from protogen.live import SEEN_JOBS, Live
from protogen.llm.providers import Providers
from protogen.logs import error_kind, get_logger
from protogen.logs.file import LogFile
from protogen.parts import checks
from protogen.service import ServiceManager, answers
from protogen.submission import Submission
from protogen.web.app import create_app
from protogen.web.operator import Token, operator_token
from protogen.web.server import WebError, WebServer
from protogen.worker import Worker

if TYPE_CHECKING:
    from protogen.logs.spans import Spans

log = get_logger(__name__)

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 2.0  # for the threads, before the model is taken from under them


class Up:
    """The running system. `start` returns when it serves; `stop` when everything it started is gone.

    Threads share nothing but the ledger, which has locks of its own. `stopping` may be set from outside (by
    a signal): a start then breaks off, and `wait` returns. So it does when a part dies; `error` then says why.
    """

    def __init__(
        self, settings: Settings, hook: Hook, *, watch: bool = True, stopping: threading.Event | None = None
    ) -> None:
        self.settings = settings
        targets = Targets(settings)  # what cannot be used is said before anything begins
        self.live = Live()
        self._hook = Hooks(
            [Journal(self._project_named), hook, self.live]
        )  # first: what they log is of that job
        self.log_file = LogFile(settings.logs_dir, settings.log)
        self._watch = watch
        self.stopping = stopping or threading.Event()
        self._threads: list[threading.Thread] = []
        self._held: Worker | None = None
        self.error: BaseException | None = None
        self._spans: Spans | None = None
        self._manager = ServiceManager()
        self._inbox: Inbox | None = None
        self.ledger: Ledger = home.ready(settings)
        self.live.learn(self.ledger.jobs(Status.COMPLETED, SEEN_JOBS))
        self.providers = Providers(settings)
        self.token: Token = operator_token(settings)
        self.metrics = Metrics(self.ledger)
        self._hook.add(self.metrics)
        app = create_app(
            settings,
            Jobs(self.ledger),
            self.token.value,
            self.ledger,
            self.live,
            checks(settings, self.ledger, self.providers, self._thread_faults),
            self.metrics.exposed,
        )
        self.web = WebServer(settings, app)
        self.outbox = Outbox(settings.outbox_dir, settings.notices.retry, self._hook)
        self.notices = Notices(settings, self.ledger, self.outbox, targets, self._links)
        self.alerts = Alerts(settings, self.ledger, self.outbox, targets)
        self._hook.add(Webhook(settings.webhook, self.outbox, self.site_url))
        self._hook.add(self.notices)
        self._hook.add(self.alerts)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all parts. Raises WorkerBusy, WebError, WeightsError or ServerError, with all stopped again."""
        try:
            worker = Worker(self.settings, self.ledger, self.providers, self._hook)
            self._held = worker.__enter__()
            self.log_file.open()  # by whoever holds the home: one process writes it
            self._begin_spans()
            self.web.start()
            for part in (self.outbox, self.notices, self.alerts):
                part.start()
            self._start_model()
        except BaseException:
            self.stop()
            raise
        self._run("worker", lambda: worker.run(self.stopping))
        if self._watch:

            def take(submission: Submission) -> Acceptance:
                acceptance = accept(submission, self.ledger, self.settings, now())
                worker.wake()
                return acceptance

            inbox = self._inbox = Inbox(self.settings, take, self._hook, heart=worker.heart)
            self._run("inbox", lambda: inbox.run(self.stopping))
        self._await_watcher(worker.heart)
        if not self.stopping.is_set():
            self._manager.ready(self._stands_still)

    def _await_watcher(self, heart: Heartbeat) -> None:
        while self._watch and not heart.began("inbox") and not self.stopping.is_set():
            self.stopping.wait(0.01)

    def wait(self) -> None:
        """Return when `stopping` is set, or when a part has died."""
        while not self.stopping.wait(POLL_SECONDS):
            if not self.web.running:
                self._die(WebError("The web server ended; its log says why."))

    def site_url(self, job: str) -> str:
        """Where the site of a completed job stands, empty if it has none."""
        project = self.ledger.project_of(job)
        return self.web.site_url(project) if project else ""

    def _project_named(self, job: str) -> str:
        with suppress(LedgerError):
            return self.ledger.project_named(job)
        return ""

    def _thread_faults(self) -> dict[str, str]:
        """The threads that there should be, by name, and what is wrong with each; empty where nothing is."""
        faults = {name: self._thread_fault(name) for name in ("worker", *(("inbox",) if self._watch else ()))}
        if self._inbox and not faults["inbox"]:
            faults["inbox"] = self._inbox.fault
        return faults

    def _thread_fault(self, name: str) -> str:
        if not any(thread.name == name and thread.is_alive() for thread in self._threads):
            return f"The {name} is not running."
        late = self._held.heart.late(name) if self._held else 0.0
        return (
            f"The {name} has stood still for {late:.0f} s longer than anything should take." if late else ""
        )

    def _stands_still(self) -> str:
        """The part whose standing still only a new start would end: worker or web; empty where both go on."""
        if self._thread_fault("worker"):
            return "worker"
        web = self.settings.web
        return "" if answers(web.host, self.web.port, web.app_domain) else "web"

    def _links(self) -> Links:
        return Links(self.web.app_url, self.web.site_url("{project_id}"))

    def stop(self) -> None:
        """End in order: no new drops, the job in hand back to pending, then model, web and ledger."""
        self.stopping.set()
        self._manager.stopping()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        self.providers.stop()
        for thread in self._threads:
            thread.join()
        self.web.stop()
        for part in (self.alerts, self.notices, self.outbox):
            part.stop()
        if self._held:
            self._held.__exit__(None, None, None)
            self._held = None
        if self._spans:
            self._spans.shut()
            self._spans = None
        self.log_file.shut()
        self.ledger.close()

    def _begin_spans(self) -> None:
        """Where the environment names a collector, and the extra is there."""
        if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
            return
        try:
            from protogen.logs.spans import exporting  # optional, and heavy
        except ImportError:
            log.warning("spans-off")
        else:
            self._spans = exporting()
            self._spans.open()

    def _start_model(self) -> None:
        """Start the providers, or break off when told to stop. Raises what it raises."""
        raised: list[BaseException] = []

        def start() -> None:
            try:
                self.providers.start()
            except BaseException as error:
                raised.append(error)

        thread = threading.Thread(target=start, name="model-start", daemon=True)
        thread.start()
        while thread.is_alive() and not self.stopping.is_set():
            thread.join(POLL_SECONDS)
        if self.stopping.is_set():
            self.providers.stop()
            thread.join(PATIENCE_SECONDS)
        elif raised:
            raise raised[0]

    def _run(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException as error:
                log.error("part-died", part=name, error=error_kind(error), exc_info=error)
                self._die(error)

        thread = threading.Thread(target=guarded, name=name)
        thread.start()
        self._threads.append(thread)

    def _die(self, error: BaseException) -> None:
        self.error = self.error or error
        self.stopping.set()


class Jobs:
    """The ledger as the web reads it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def job(self, job_id: str) -> Event | None:
        """The newest event of a job."""
        return self._ledger.job(job_id)

    def version_of(self, job_id: str) -> tuple[str, str] | None:
        """The project and commit of the site that a job made."""
        event = self._ledger.job(job_id)
        project = self._ledger.project_of(job_id)
        return (project, event.content) if event and project else None

    def place(self, job_id: str) -> int | None:
        """The place of a pending job in the queue; 1 is next."""
        return self._ledger.place(job_id)

    def hash(self, value: str) -> str:
        """A keyed hash of `value`."""
        return self._ledger.hash(value)

    def find(self, submission: str) -> Event | None:
        """The newest job of the submission with that hash, unless expired."""
        return self._ledger.find(submission)
