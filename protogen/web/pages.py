"""Pages from templates: every value is escaped."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import jinja2
from starlette.responses import HTMLResponse

from protogen import __version__
from protogen.web import policy

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("protogen.web"),
    autoescape=jinja2.select_autoescape(default=True, default_for_string=True),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """A page that says one thing. `home` is the text of a link to the site's own first page, or empty."""

    status: int
    title: str
    text: str
    home: str = ""


NO_SITE = Message(
    404,
    "There is no website here",
    "Nothing is published under this name. The address may be mistyped, or the prototype was taken down.",
)
NO_PAGE = Message(
    404,
    "This page does not exist",
    "The website is here, but it has no page under this address.",
    home="Go to its first page",
)
EXPIRED = Message(
    410,
    "This prototype has expired",
    "Prototypes are kept for a limited time and then deleted for good. The time of this one is over.",
)
BAD_REQUEST = Message(
    400, "This address cannot be read", "It holds characters or steps that no page here has."
)
NO_METHOD = Message(
    405, "This is a page to read", "It can be opened, but nothing can be sent to it.", home="Open it"
)
FOREIGN = Message(
    421,
    "This name is not served here",
    "The request reached a server that does not know the name it asked for.",
)
BROKEN = Message(
    500, "Something went wrong on our side", "The fault has been noted. Please try again in a moment."
)
RESTING = Message(
    503, "Back in a moment", "The server is being started again. Please reload this page shortly."
)
NO_JOB = Message(
    404,
    "There is no such request",
    "No request is known under this address. Please check that the whole of it was copied.",
)
NOT_DONE = Message(400, "This was not done", "What was sent cannot be taken as it is.")
NOT_HERE = Message(404, "This page does not exist", "There is nothing under this address.")
_BY_STATUS = {message.status: message for message in (NOT_HERE, BAD_REQUEST, NO_METHOD, EXPIRED, FOREIGN)}


def message_for(status: int) -> Message:
    """The message for an HTTP status."""
    return _BY_STATUS.get(status, BROKEN if status >= 500 else NOT_DONE)


def render(template: str, **values: object) -> str:
    """A template of this package with its values escaped."""
    return _ENVIRONMENT.get_template(template).render(version=__version__, **values)


def message_html(message: Message, app_url: str, home_url: str = "/") -> str:
    """A self-contained page with links to the main site ('' for none) and to the site's own first page."""
    return render("message.html.j2", message=message, app_url=app_url, home_url=home_url).strip()


@functools.cache
def message_style() -> str:
    """The inline style of every message page, as its policy's hash needs it."""
    match = _STYLE.search(message_html(NO_SITE, ""))
    assert match is not None
    return match[1]


def message_response(message: Message, app_url: str = "", home_url: str = "/") -> HTMLResponse:
    """The page with its own status and policy."""
    headers = {
        "Content-Security-Policy": policy.message_policy(message_style()),
        "Cache-Control": policy.NEVER,
        "X-Robots-Tag": "noindex",
    }
    if message.status == 405:
        headers["Allow"] = "GET, HEAD"
    return HTMLResponse(message_html(message, app_url, home_url), message.status, headers)
