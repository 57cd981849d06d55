"""What people may do to a job: cancel it, try it again, have a new version made, bring an old one back, let it
stand longer, delete it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from protogen.config import Settings
from protogen.job import NEXT, Event, Status
from protogen.ledger import Ledger, LedgerError, Prototype, TransitionError
from protogen.ledger.reserve import Reserve
from protogen.publish import publish, unpublish
from protogen.renewal import renewed

LONGEST_DAYS = 3650


def cancel(ledger: Ledger, settings: Settings, job: str, at: datetime) -> Event:
    """Call a job off: a pending one at once, one in hand at its next stage. Gives the event recorded.

    Where only a new version was to be made, the job is completed again with the site that it has. Raises
    TransitionError for a job that is over, LedgerError for one that is not known.
    """
    return ledger.change(job, lambda newest: _cancelled(newest, settings, at))


def retry(ledger: Ledger, job: str, at: datetime, *, new_version: bool = False) -> Event:
    """Have a job tried again, with all its attempts; one that waits for its next attempt gets it now.

    A completed job is made again only as a `new_version`: its site stays until the new one is there, keeps
    its name and its expiry. Raises TransitionError for a job that cannot be tried, LedgerError for one
    that is not known.
    """
    return ledger.change(job, lambda newest: _again(newest, at, new_version))


def rollback(ledger: Ledger, settings: Settings, project: str, number: int, at: datetime) -> Prototype:
    """Bring an earlier version of a site back, as its newest; gives that. The site's end stays where it is.

    In the order of all publishing: into git, into the published folder, onto main. Raises LedgerError for a
    version that is not there, TransitionError while the job is being made, PublishError.
    """
    event = _standing(ledger, project, "roll back")
    versions = {each.number: each for each in ledger.versions(project)}
    ends = event.expires_at
    changed = {}
    if ends and number in versions and versions[number].expires_at != ends:  # it was extended since
        changed = renewed(ledger.prototype(project, versions[number].commit), ends)
    return _bring(ledger, settings, event, ledger.restore_version(project, number, at, changed, ends), at)


def extend(ledger: Ledger, settings: Settings, project: str, days: int, at: datetime) -> Prototype:
    """Let a site stand for `days` more days than it would, or from `at` on if its time is over; gives its version.

    What the site says of its own time changes with it, so that is a version as well. Raises LedgerError for
    a project that is not there, or where its end would be more than ten years away; TransitionError while the
    job is being made, PublishError.
    """
    event = _standing(ledger, project, "extend it")
    ends = max(event.expires_at or at, at) + timedelta(days=days)
    if days < 1 or ends > at + timedelta(days=LONGEST_DAYS):
        raise LedgerError(f"A site can be extended by a day or more, and up to {LONGEST_DAYS} days from now.")
    newest = ledger.version(event.content)
    changed = renewed(ledger.prototype(project, event.content), ends)
    return _bring(
        ledger, settings, event, ledger.restore_version(project, newest.number, at, changed, ends), at
    )


def delete(ledger: Ledger, settings: Settings, job: str, at: datetime) -> Event:
    """Forget a job before its time: its published site, its versions, what was sent. Gives the event recorded.

    As at expiry: the published folder goes first, and the disk has the rest until `prune.collect`, which the
    worker does when it is idle. Raises LedgerError for a job that is not known, TransitionError for one that is
    being made or has been deleted, PublishError.
    """
    event = ledger.job(job)
    if event is None:
        raise LedgerError(f"There is no job {job} in the ledger; protogen list shows those there are.")
    if Status.EXPIRED not in NEXT[event.status]:
        raise TransitionError(
            f"The job {job} is deleted already."
            if event.status is Status.EXPIRED
            else f"The job {job} is being worked on; wait for its end, or cancel it first."
        )
    with Reserve(settings.ledger_dir, settings.reserve_bytes).released():
        if project := ledger.project_named(job):
            unpublish(settings.published_dir, project)
        done = ledger.expire([job], at)
    if not done:  # the worker was quicker
        raise TransitionError(f"The job {job} is being worked on; wait for its end, or cancel it first.")
    return done[0]


def recorded(event: Event, version: Prototype, at: datetime) -> Event:
    """The job of `event` with that version as its site."""
    return replace(
        event,
        status=Status.COMPLETED,
        at=at,
        content=version.commit,
        expires_at=version.expires_at,
        size=version.size,
        stages=version.stages,
        degraded=version.degraded,
        error="",
    )


def ended(event: Event, status: Status, error: str, settings: Settings, at: datetime) -> Event:
    """The end of an attempt that made no site: `status`, or completed where there is a site from before.

    What the customer sent is kept for as long as a site would be, and then goes.
    """
    if event.content:
        return replace(event, status=Status.COMPLETED, at=at, error=error, not_before=None)
    expires = at + timedelta(days=settings.expiry_days)
    return replace(event, status=status, at=at, error=error, not_before=None, expires_at=expires)


def _standing(ledger: Ledger, project: str, to: str) -> Event:
    """The job of a site that stands. Raises LedgerError, TransitionError."""
    newest = ledger.newest_version(project)
    if newest is None:
        raise LedgerError(
            f"There is no project {project} in the ledger; protogen list shows those there are."
        )
    event = ledger.job(newest.job)
    if event is None or event.status is not Status.COMPLETED:
        status = event.status if event else "not in the ledger"
        raise TransitionError(f"The job of {project} is {status}; {to} when it is completed.")
    return event


def _bring(ledger: Ledger, settings: Settings, event: Event, version: Prototype, at: datetime) -> Prototype:
    """Publish a version that is in git, and record it."""
    publish(ledger.prototype(version.project_id, version.commit), settings.published_dir, version.project_id)
    if version.commit != event.content:
        ledger.record(recorded(event, version, at), after=event)
    return version


def _cancelled(newest: Event, settings: Settings, at: datetime) -> Event:
    if newest.status.final:
        raise TransitionError(f"The job {newest.job} is {newest.status}; there is nothing to cancel.")
    return ended(newest, Status.CANCELLED, "cancelled", settings, at)


def _again(newest: Event, at: datetime, new_version: bool) -> Event:
    if newest.status is Status.PROCESSING:
        raise TransitionError(
            f"The job {newest.job} is being worked on; wait for its end, or cancel it first."
        )
    if newest.status is Status.EXPIRED:
        raise TransitionError(f"The job {newest.job} has expired: what was sent is deleted. Send it again.")
    if newest.status is Status.COMPLETED and not new_version:
        raise TransitionError(
            f"The job {newest.job} is completed; to make its site again: protogen retry --new-version {newest.job}"
        )
    return replace(
        newest,
        status=Status.PENDING,
        at=at,
        attempt=0,
        not_before=at,  # its turn is behind those who wait already
        expires_at=newest.expires_at if newest.content else None,
        degraded=0,
        error="",
    )
