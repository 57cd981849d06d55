"""The form: what a customer wants, in words, by voice or with files. It hands over to the inbox and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from protogen.site.words import Words
from protogen.web import pages, policy
from protogen.web.desk import Desk
from protogen.web.forms import FIELD
from protogen.web.refused import Refused
from protogen.web.tongue import NAMES, words_for

CONTACTS = ("email", "phone", "telegram", "whatsapp", "linkedin")
SAMPLES = (
    "We are a small bakery. We bake sourdough bread and sell cakes to order. Our page needs opening hours, a menu with "
    "prices and a form for cake orders. Warm colours, please.",
    "I am a plumber. People should see what I do, where I work, and call me at once. A form for quotes would help too. "
    "Navy and white.",
    "Our running club meets twice a week. We need a page with our times, where members can suggest routes and vote "
    "for them.",
)
_KEPT = ("description", "name", "contact_type", "contact_value", "submission_id")
_MEDIA = f"{policy.APP_HEADERS['Content-Security-Policy']}; media-src 'self' blob:"


class Form:
    """`/`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """What answers under which path."""
        return [Route("/", self.show, methods=["GET"]), Route("/", self.take, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """An empty form."""
        return self._page(request, {})

    async def take(self, request: Request) -> Response:
        """Hand a request over; then on to where its progress stands.

        The page's own script asks for JSON, browsers without it are sent on; both come back to the form, with what
        was typed, where something is wrong.
        """
        typed: Mapping[str, object] = {}
        try:
            async with self._desk.handover.receiving(request) as received:
                self._desk.forms.check(request, received.fields.pop(FIELD, ""))
                typed = dict(received.fields)
                handed = await self._desk.handover.hand_over(request, received)
        except Refused as refused:
            if _wants_json(request):
                raise
            return self._page(request, typed, refused)
        address = f"/jobs/{handed.job}?lang={words_for(request).language}"
        if _wants_json(request):
            return JSONResponse(
                {"job_id": handed.job, "address": address}, headers={"Cache-Control": policy.NEVER}
            )
        return RedirectResponse(address, 303, {"Cache-Control": policy.NEVER})

    def _page(
        self, request: Request, typed: Mapping[str, object], refused: Refused | None = None
    ) -> Response:
        words = words_for(request)
        settings = self._desk.settings
        page = pages.render(
            "form.html.j2",
            t=words,
            language=words.language,
            languages=NAMES,
            csrf=self._desk.forms.issue(request),
            typed={name: str(typed.get(name) or "") for name in _KEPT} | _new_id(typed, refused),
            contacts=CONTACTS,
            samples=[words(sample) for sample in SAMPLES],
            refused=refused,
            limits=settings.intake,
            expiry_days=settings.expiry_days,
            script_words=_script_words(words),
        )
        headers = {
            "Cache-Control": policy.NEVER,
            "Content-Security-Policy": _MEDIA,
            "Content-Language": words.language,
        }
        response = HTMLResponse(page, refused.status if refused else 200, headers)
        if refused:
            response.headers.update(refused.headers)
        self._desk.forms.keep(request, response)
        return response


def _new_id(typed: Mapping[str, object], refused: Refused | None) -> dict[str, str]:
    """The id under which the form is sent, so that two clicks are one request; a new one after a conflict."""
    kept = str(typed.get("submission_id") or "")
    return {"submission_id": kept if kept and not (refused and refused.status == 409) else str(uuid.uuid4())}


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _script_words(words: Words) -> dict[str, str]:
    """What the page's script says, by key."""
    return {
        "record": words("Record"),
        "stop": words("Stop"),
        "again": words("Record again"),
        "remove": words("Remove"),
        "denied": words("The microphone cannot be used. You can choose a recording instead."),
        "sending": words("Sending"),
        "sent": words("Received"),
        "offline": words("The server cannot be reached. What you wrote is kept; please try again."),
        "large": words("This file is too large."),
        "empty": words("Tell us what the website is for, in words, by voice or with a file."),
        "failed": words("This did not work. Please try again."),
    }
