"""Jobs in a ledger, at whatever point of their way a test needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from protogen.config import Settings
from protogen.intake.accept import accept
from protogen.job import Event, Status, new_job_id
from protogen.ledger import Ledger
from protogen.lifecycle import recorded
from protogen.publish import publish
from protogen.submission import Submission

REQUEST = """Fern & Flour is a small bakery in Brno. We bake sourdough bread every morning and sell croissants,
rye bread and birthday cakes. Open Tue-Sat 7:30-17:00. Call +420 541 234 567."""
SITE = {"index.html": b"<!doctype html><title>Fern</title>", "assets/a.svg": b"<svg/>"}


def hand_in(settings: Settings, ledger: Ledger, at: datetime, description: str = REQUEST) -> str:
    """A request in the ledger, pending; its job id."""
    submission = Submission(new_job_id(), description=description)
    return accept(submission, ledger, settings, at).job.job


def job_of(ledger: Ledger, job: str) -> Event:
    """A job that is known."""
    event = ledger.job(job)
    assert event is not None
    return event


def claimed(settings: Settings, ledger: Ledger, at: datetime, project: str = "") -> Event:
    """The next request in the ledger, being made; with the name of its site fixed if one is given."""
    hand_in(settings, ledger, at)
    event = ledger.claim(at)
    assert event is not None
    if project:
        ledger.name_project(event.job, project, at)
    return event


def made(
    settings: Settings,
    ledger: Ledger,
    at: datetime,
    project: str = "fern-flour-7k2mq",
    files: Mapping[str, bytes] = SITE,
    **values: object,
) -> Event:
    """A completed job whose site is published. `values` are those of its event."""
    event = claimed(settings, ledger, at, project)
    expires = at + timedelta(days=settings.expiry_days)
    return version(settings, ledger, replace(event, expires_at=expires, **values), project, at, files)


def version(
    settings: Settings, ledger: Ledger, event: Event, project: str, at: datetime, files: Mapping[str, bytes]
) -> Event:
    """The job of `event` completed with these files."""
    site = replace(event, at=at, size=sum(map(len, files.values())))
    commit = ledger.add_version(project, site, files)
    publish(ledger.prototype(project, commit), settings.published_dir, project)
    return ledger.record(recorded(site, ledger.version(commit), at))


def failed(settings: Settings, ledger: Ledger, at: datetime) -> Event:
    """A job that has failed and has no site."""
    event = claimed(settings, ledger, at)
    expires = at + timedelta(days=settings.expiry_days)
    return ledger.record(replace(event, status=Status.FAILED, at=at, error="gate", expires_at=expires))
