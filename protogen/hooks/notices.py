"""Notices: customers hear that their request has come, that its site is ready, that it failed, that it will go.

They follow the ledger, not the worker: what happened since the last look is read from main, put into the outbox, and
only then is the place in main noted. So a crash at any moment costs no notice, and a job never waits for one.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from protogen.config import Settings
from protogen.config_notices import Kind
from protogen.files import write_file
from protogen.hooks import Hook
from protogen.hooks import channels as ways
from protogen.hooks.outbox import Message, Outbox, Undelivered, message_id
from protogen.hooks.wording import Wording, wording
from protogen.job import Event, Status, now
from protogen.ledger import Ledger, LedgerError
from protogen.ledger.trailers import parse_time, time_text
from protogen.logs import error_kind, get_logger
from protogen.pipeline.language import detect
from protogen.site.words import Words
from protogen.submission import CONTACT_TYPES, REQUEST_NAME, Submission, SubmissionError, without_attachments

log = get_logger(__name__)

OPERATOR = "operator"
STATEX = "statex"
LOOK_SECONDS = 5.0
EXPIRY_SECONDS = 600.0  # between two looks for sites that will go
STOP_SECONDS = 2.0
MOST_PROGRESS = 1_000
STALE = timedelta(days=1)  # nobody wants to hear any more that his request has come
_FLEETING = ("confirmation", "started")
_SAMPLES = {
    "email": "jana@example.com",
    "phone": "420541234567",
    "telegram": "12345678",
    "whatsapp": "420541234567",
    "linkedin": "jana-novak",
}


@dataclass(frozen=True, slots=True)
class Links:
    """Where things stand on the web: `app` is the root of form and viewer, `site` has {project_id} in it."""

    app: str
    site: str

    def job(self, job: str) -> str:
        """The page on which a job can be followed."""
        return f"{self.app}jobs/{job}"

    def viewer(self, project: str) -> str:
        """The page that shows a site and how it was made."""
        return f"{self.app}prototypes/{project}"

    def of_site(self, project: str) -> str:
        """The site itself."""
        return self.site.replace("{project_id}", project)


class Targets:
    """The ways that the settings name, checked. Raises ConfigError, naming the setting that cannot be used."""

    def __init__(self, settings: Settings) -> None:
        part = settings.notices
        self.statex = part.statex
        self.customer: dict[str, str] = {
            kind: ways.checked(url, f"notices.customer.{kind}", _SAMPLES[kind])
            for kind in CONTACT_TYPES
            if kind and (url := getattr(part.customer, kind))
        }
        self.operator = tuple(ways.checked(url, "notices.operator", "") for url in part.operator)

    @property
    def to_customers(self) -> bool:
        """True where there is any way to a customer."""
        return bool(self.customer or self.statex.base_url)

    def channel(self, contact_type: str) -> str:
        """The channel for a type of contact; empty where the settings name none."""
        if contact_type in self.customer:
            return contact_type
        return STATEX if self.statex.base_url and contact_type else ""

    def tell_operator(self, message: Message) -> None:
        """Send a message of the channel `operator`: to every URL, or Undelivered is raised.

        Where some of them fail, all are tried again: those that had it get it twice, under the same id.
        """
        text = Wording(message.body["title"], f"{message.body['text']}\n\nReference: {message.id}")
        failures = 0
        for url in self.operator:
            try:
                ways.send_by_apprise(url, text, message.id)
            except Undelivered:
                failures += 1
        if failures:
            raise Undelivered("not-taken")


class Notices(Hook):
    """Puts what happens to jobs into the outbox for whom it concerns. Does nothing where no way is configured."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        outbox: Outbox,
        targets: Targets,
        links: Callable[[], Links],
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._outbox = outbox
        self._links = links
        self._targets = targets
        self._place = _Place(settings.run_dir / "notices.json")
        self._progress: deque[tuple[str, int, int]] = deque(maxlen=MOST_PROGRESS)
        self._looked: datetime | None = None
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        for channel in (*self._targets.customer, *([STATEX] if self._targets.statex.base_url else ())):
            outbox.serve(channel, self._deliver)
        if self._targets.operator:
            outbox.serve(OPERATOR, self._targets.tell_operator)

    def start(self) -> None:
        """Begin to follow the ledger, from where it was left, or from now on."""
        if self._targets.to_customers:
            self._thread.start()
        else:
            self._place.forget()  # who is not told now is not told later that it was so

    def stop(self) -> None:
        """End; what has happened and is not in the outbox yet is found at the next start."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def job_accepted(self, event: Event) -> None:
        """Something is in the ledger."""
        self._news.set()

    def job_finished(self, event: Event) -> None:
        """Something is in the ledger."""
        self._news.set()

    def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
        """Told where the settings say so; not durable, for the next stage follows in seconds."""
        if "progress" in self._settings.notices.events and self._targets.to_customers:
            self._progress.append((job, index + 1, count))
            self._news.set()

    # The notices' own thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            try:
                self.look(now())
            except (LedgerError, OSError, SubmissionError) as error:
                log.warning("notices-wait", error=error_kind(error))
            except Exception as error:
                log.exception("notices-wait", error=error_kind(error))
            self._news.wait(LOOK_SECONDS)

    def look(self, at: datetime) -> None:
        """Put what is new into the outbox. Raises LedgerError and OSError; it is found again at the next look."""
        tip, events = self._ledger.news(self._place.tip)
        done = self._place.tip
        try:
            for commit, event in events:
                self._tell_of(event, at)
                done = commit
            done = tip
        finally:
            if done is not None and done != self._place.tip:
                self._place.note(tip=done)
        while self._progress:
            job, step, steps = self._progress.popleft()
            self._put(job, "progress", (str(step),), step=str(step), steps=str(steps))
        if self._looked is None or not timedelta() <= at - self._looked < timedelta(seconds=EXPIRY_SECONDS):
            self._tell_of_expiry(at)
            self._looked = at

    def _tell_of(self, event: Event, at: datetime) -> None:
        kind = kind_of(event)
        if kind is None or (kind in _FLEETING and at - event.at > STALE):
            return
        if kind == "completed" and self._ledger.version(event.content).restores:
            return
        about = event.content if kind == "completed" else time_text(event.at) if kind == "failed" else ""
        self._put(event.job, kind, (about,))

    def _tell_of_expiry(self, at: datetime) -> None:
        """Tell of sites whose last days begin between the last look and this one."""
        days = timedelta(days=self._settings.notices.expiring_days)
        told = self._place.expiring
        until = at + days
        if told is None or told < until:
            for event in self._ledger.expired(until):
                expires = event.expires_at
                if event.status is Status.COMPLETED and expires and max(told or at, at) < expires:
                    self._put(event.job, "expiring", (time_text(expires),))
            self._place.note(expiring=until)

    def _put(self, job: str, kind: Kind, about: tuple[str, ...], **body: str) -> None:
        if kind not in self._settings.notices.events:
            return
        submission = self._submission(job)
        channel = self._targets.channel(submission.contact_type) if submission else ""
        if channel:
            message = Message(message_id(job, kind, *about), channel, {"kind": kind, **body}, job)
            if not self._outbox.put(message):
                raise OSError(f"The outbox of {channel} is full.")

    def _submission(self, job: str) -> Submission | None:
        """What was sent, without its files; None where it is gone."""
        event = self._ledger.job(job)
        data = self._ledger.kept(job, REQUEST_NAME) if event and event.status is not Status.EXPIRED else None
        return without_attachments(data) if data else None

    # The outbox's threads

    def _deliver(self, message: Message) -> None:
        """Send a notice as things stand now; nobody is told of a job that is forgotten."""
        submission, event = self._submission(message.job), self._ledger.job(message.job)
        if submission is None or event is None:
            return
        kind, url = message.body["kind"], self._targets.customer.get(message.channel)
        contact = ways.address(submission.contact_type, submission.contact_value) if url else ""
        text = self._wording(message, event, detect(submission.description))
        if url:
            ways.send_by_apprise(ways.filled(url, contact), text, message.id)
        else:
            ways.send_by_statex(self._targets.statex, kind, text, submission, message.id)

    def _wording(self, message: Message, event: Event, language: str) -> Wording:
        project, links = self._ledger.project_of(event.job) or "", self._links()
        return wording(
            message.body["kind"],
            language,
            reference=message.id,
            job_url=links.job(event.job),
            site_url=links.of_site(project),
            viewer_url=links.viewer(project),
            date=Words(language).format_date(event.expires_at.date()) if event.expires_at else "",
            step=message.body.get("step", ""),
            steps=message.body.get("steps", ""),
        )


class _Place:
    """How far the notices have come: in main, and in the sites that will go. A file, written durably."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.tip: str | None = None
        self.expiring: datetime | None = None
        try:
            data = json.loads(path.read_text("utf-8"))
            self.tip, self.expiring = data["tip"], parse_time(data["expiring"]) if data["expiring"] else None
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, LedgerError):
            log.warning("notices-anew")

    def note(self, tip: str | None = None, expiring: datetime | None = None) -> None:
        """Remember how far. Raises OSError."""
        self.tip = tip if tip is not None else self.tip
        self.expiring = expiring or self.expiring
        data = {"tip": self.tip, "expiring": time_text(self.expiring) if self.expiring else ""}
        write_file(self._path, json.dumps(data).encode(), mode=0o600)

    def forget(self) -> None:
        """Begin from now on at the next start."""
        self._path.unlink(missing_ok=True)


def kind_of(event: Event) -> Kind | None:
    """What a customer is told of an event; None: nothing."""
    match event.status:
        case Status.PENDING if event.attempt == 0 and event.at == event.created_at:
            return "confirmation"
        case Status.PROCESSING if event.attempt == 1 and not event.content:
            return "started"
        case Status.COMPLETED if not event.error:
            return "completed"
        case Status.FAILED:
            return "failed"
    return None
