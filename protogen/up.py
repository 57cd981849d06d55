"""Everything in one process tree: inbox watcher, worker, web server and embedded model."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from protogen import home
from protogen.config import Settings
from protogen.hooks import Hook
from protogen.intake.accept import accept
from protogen.intake.inbox import Inbox
from protogen.job import Event, Status, now
from protogen.ledger import Ledger
from protogen.llm.provider import ManagedProvider, provider_for
from protogen.web.app import create_app
from protogen.web.server import WebServer
from protogen.worker import Worker

log = logging.getLogger(__name__)


class Up:
    """The running system. `start` returns when it serves; `stop` when everything it started is gone.

    Threads share nothing but the ledger, which has locks of its own. When one of them dies of an error,
    `failed` is set, so that whoever waits can stop the rest.
    """

    def __init__(self, settings: Settings, hook: Hook, *, watch: bool = True) -> None:
        self.settings = settings
        self._hook = hook
        self._watch = watch
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.failed = threading.Event()
        self.error: Exception | None = None
        self.ledger: Ledger = home.ready(settings)
        self.provider: ManagedProvider = provider_for(settings)
        self.web = WebServer(settings, create_app(settings, Jobs(self.ledger)))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all parts. Raises WeightsError, ServerError or WebError, with everything stopped again."""
        try:
            self.web.start()
            self.provider.start()
        except Exception:
            self.stop()
            raise
        worker = Worker(self.settings, self.ledger, self.provider, self._hook)
        self._run("worker", lambda: worker.run(self._stopping))
        if self._watch:
            inbox = Inbox(
                self.settings,
                lambda submission: accept(submission, self.ledger, self.settings, now()),
                self._hook,
            )
            self._run("inbox", lambda: inbox.run(self._stopping))

    def stop(self) -> None:
        """End in order: no new drops, the job in hand back to pending, then model, web and ledger."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self.provider.stop()
        self.web.stop()
        self.ledger.close()

    def _run(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Exception as error:
                log.exception("%s stopped", name)
                self.error = error
                self.failed.set()

        thread = threading.Thread(target=guarded, name=name)
        thread.start()
        self._threads.append(thread)


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
        queue = [event.job for event in reversed(self._ledger.jobs(Status.PENDING))]
        return queue.index(job_id) + 1 if job_id in queue else None
