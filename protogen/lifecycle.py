"""What people may do to a job: cancel it, try it again, have a new version made, bring an old one back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from protogen.config import Settings
from protogen.job import Event, Status
from protogen.ledger import Ledger, LedgerError, Prototype, TransitionError
from protogen.publish import publish


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
    """Bring an earlier version of a site back, as its newest; gives that.

    In the order of all publishing: into git, into the published folder, onto main. Raises LedgerError for a
    version that is not there, TransitionError while the job is being made, PublishError.
    """
    versions = ledger.versions(project)
    if not versions:
        raise LedgerError(
            f"There is no project {project} in the ledger; protogen list shows those there are."
        )
    event = ledger.job(versions[-1].job)
    if event is None or event.status is not Status.COMPLETED:
        status = event.status if event else "not in the ledger"
        raise TransitionError(f"The job of {project} is {status}; roll back when it is completed.")
    restored = ledger.restore_version(project, number, at)
    publish(ledger.prototype(project, restored.commit), settings.published_dir, project)
    if restored.commit != event.content:
        ledger.record(recorded(event, restored, at), after=event)
    return restored


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
