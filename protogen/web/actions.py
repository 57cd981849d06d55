"""What the operator does to a prototype or a job: each a form with its token, each answered by a way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from protogen import lifecycle
from protogen.job import JOB_ID, now
from protogen.ledger import Ledger, LedgerError
from protogen.passphrase import set_passphrase
from protogen.publish import PublishError
from protogen.web import pages, policy
from protogen.web.desk import Desk
from protogen.web.posts import sent_fields
from protogen.web.refused import Refused
from protogen.web.signin import admitted

DONE = {
    "rolled-back": "The earlier version is back.",
    "extended": "The site stands longer now.",
    "locked": "The site asks for the passphrase from now on.",
    "unlocked": "The site is open to everybody who has its address.",
    "deleted": "It is deleted; nothing of it can be read any more.",
    "retried": "The job is in the queue.",
    "cancelled": "The job is called off.",
}


class Actions:
    """The operator's forms."""

    def __init__(self, desk: Desk, records: Ledger) -> None:
        self._desk = desk
        self._records = records

    def routes(self) -> list[BaseRoute]:
        """What answers under which path."""
        site, job = "/ops/prototypes/{project_id}", "/ops/jobs/{job_id}"
        return [
            Route(f"{site}/rollback", self.rollback, methods=["POST"]),
            Route(f"{site}/extend", self.extend, methods=["POST"]),
            Route(f"{site}/passphrase", self.lock, methods=["POST"]),
            Route(f"{site}/delete", self.ask_to_delete_site, methods=["GET"]),
            Route(f"{job}/retry", self.retry, methods=["POST"]),
            Route(f"{job}/cancel", self.cancel, methods=["POST"]),
            Route(f"{job}/delete", self.ask_to_delete, methods=["GET"]),
            Route(f"{job}/delete", self.delete, methods=["POST"]),
        ]

    async def rollback(self, request: Request) -> Response:
        """An earlier version comes back."""
        fields = await self._fields(request)
        project, number = request.path_params["project_id"], _number(fields, "version")
        await _do(partial(lifecycle.rollback, self._records, self._desk.settings, project, number, now()))
        return _back(f"/prototypes/{project}", "rolled-back")

    async def extend(self, request: Request) -> Response:
        """The site stands longer."""
        fields = await self._fields(request)
        project, days = request.path_params["project_id"], _number(fields, "days")
        await _do(partial(lifecycle.extend, self._records, self._desk.settings, project, days, now()))
        return _back(f"/prototypes/{project}", "extended")

    async def lock(self, request: Request) -> Response:
        """The site asks for this passphrase from now on; for none, if it is empty."""
        fields = await self._fields(request)
        project, passphrase = request.path_params["project_id"], fields.get("passphrase", "")
        await _do(partial(set_passphrase, self._records, self._desk.settings, project, passphrase, now()))
        return _back(f"/prototypes/{project}", "locked" if passphrase else "unlocked")

    async def retry(self, request: Request) -> Response:
        """The job is tried again; with `new-version` a completed one as well."""
        fields = await self._fields(request)
        job = _job(request)
        await _do(
            partial(lifecycle.retry, self._records, job, now(), new_version=bool(fields.get("new-version")))
        )
        return _back(f"/ops/jobs/{job}", "retried")

    async def cancel(self, request: Request) -> Response:
        """The job is called off."""
        await self._fields(request)
        job = _job(request)
        await _do(partial(lifecycle.cancel, self._records, self._desk.settings, job, now()))
        return _back(f"/ops/jobs/{job}", "cancelled")

    async def ask_to_delete_site(self, request: Request) -> Response:
        """To the question for the job of this site."""
        if away := admitted(self._desk, request):
            return away
        project = request.path_params["project_id"]
        version = await to_thread.run_sync(self._records.newest_version, project)
        if version is None:
            return pages.message_response(pages.NO_SITE, "/ops")
        return RedirectResponse(f"/ops/jobs/{version.job}/delete", 303)

    async def ask_to_delete(self, request: Request) -> Response:
        """What would go, and whether it really shall."""
        if away := admitted(self._desk, request):
            return away
        job = _job(request)
        event = await to_thread.run_sync(self._records.job, job)
        if event is None:
            return pages.message_response(pages.NO_JOB, "/ops")
        project = await to_thread.run_sync(self._records.project_named, job)
        return page(self._desk, request, "delete.html.j2", event=event, project=project)

    async def delete(self, request: Request) -> Response:
        """It goes, for good."""
        await self._fields(request)
        await _do(partial(lifecycle.delete, self._records, self._desk.settings, _job(request), now()))
        return _back("/ops", "deleted")

    async def _fields(self, request: Request) -> dict[str, str]:
        admitted(self._desk, request)  # raises for who is not signed in
        return await sent_fields(self._desk, request)


def page(desk: Desk, request: Request, template: str, **values: Any) -> Response:
    """A page of the operator's with the token for its forms; nobody keeps a copy."""
    done = DONE.get(request.query_params.get("done", ""), "")
    html = pages.render(template, csrf=desk.forms.issue(request), done=done, **values)
    response = HTMLResponse(html, headers={"Cache-Control": policy.NEVER, "X-Robots-Tag": "noindex"})
    desk.forms.keep(request, response)
    return response


async def _do(act: Callable[[], object]) -> None:
    """Do it in a thread. Raises Refused with 409 and the reason where it cannot be done."""
    try:
        await to_thread.run_sync(act)
    except (LedgerError, PublishError) as error:
        raise Refused(409, str(error)) from None


def _back(path: str, done: str) -> Response:
    return RedirectResponse(f"{path}?done={done}", 303, {"Cache-Control": policy.NEVER})


def _job(request: Request) -> str:
    job: str = request.path_params["job_id"]
    if not JOB_ID.fullmatch(job):
        raise Refused(404, "There is no such job.")
    return job


def _number(fields: dict[str, str], name: str) -> int:
    value = fields.get(name, "").strip()
    if not value.isascii() or not value.isdigit() or len(value) > 6:
        raise Refused(400, f"The field {name} must be a whole number.")
    return int(value)
