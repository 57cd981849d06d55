"""The gate of a locked prototype: asks for its passphrase once, and remembers who knew it.

The cookie is of the host that asked, tells nothing, and is worth nothing once the passphrase is another one.
"""

from __future__ import annotations

import functools
import hmac
import re
import time
from pathlib import Path

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from protogen.ledger import Ledger
from protogen.passphrase import LONGEST, lock_of, opens
from protogen.web import pages, policy
from protogen.web.limits import Limits
from protogen.web.operator import Operator, cookie_name, set_cookie
from protogen.web.posts import small_form
from protogen.web.proxies import client_address
from protogen.web.refused import Refused

SECONDS = 7 * 86_400
_LOCKED = "This prototype is locked by a passphrase."
_WRONG = "That is not the passphrase of this prototype."
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Gate:
    """Knows which prototypes are locked and who has opened them. Without a ledger none can be opened."""

    def __init__(self, published: Path, records: Ledger | None, operator: Operator, limits: Limits) -> None:
        self._published = published
        self._records = records
        self._operator = operator
        self._limits = limits
        self._secret = operator.key("gate")
        self._hashing = anyio.Semaphore(1)  # each hash takes 32 MB and a core

    def locked(self, project: str) -> bool:
        """True where a passphrase is asked for."""
        return bool(lock_of(self._published, project))

    def lets_in(self, request: Request, project: str) -> bool:
        """True for who has opened it, and for everybody where it is not locked."""
        lock = lock_of(self._published, project)
        if not lock:
            return True
        expires, _, signature = request.cookies.get(_name(request, project), "").partition(".")
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        right = hmac.compare_digest(signature.encode(), self._sign(project, lock, expires).encode())
        return right and time.time() < int(expires)

    def demand(self, request: Request, project: str) -> None:
        """Raises Refused with 403 unless it is open to who asks; it is to the operator."""
        if not self.lets_in(request, project) and not self._operator.is_there(request):
            raise Refused(403, _LOCKED)

    async def answer(self, request: Request, project: str, seconds: float) -> Response:
        """The form for the passphrase; what it sends opens the prototype. `seconds` is how long a body may stand still.

        Raises Refused: 429 after too many wrong ones from one address, and what reading a form raises.
        """
        if request.method != "POST":
            return _page("")
        self._limits.check_passphrases(client_address(request))
        fields = await small_form(request, seconds)
        passphrase = fields.get("passphrase", "")[: LONGEST + 1]
        async with self._hashing:
            right = self._records is not None and await to_thread.run_sync(
                opens, self._records, project, passphrase
            )
        if not right:
            self._limits.count_wrong_passphrase(client_address(request))
            return _page(_WRONG)
        expires = str(int(time.time()) + SECONDS)
        lock = lock_of(self._published, project)
        # Collapsed, because a path that begins with two slashes would be read as another host.
        path = "/" + request.scope["raw_path"].decode("latin-1").lstrip("/")
        response = RedirectResponse(path, 303, {"Cache-Control": policy.NEVER})
        value = f"{expires}.{self._sign(project, lock, expires)}"
        # Lax: a link to the prototype in a message opens it.
        set_cookie(request, response, _plain(project), value, SECONDS, samesite="lax")
        return response

    def _sign(self, project: str, lock: str, expires: str) -> str:
        return hmac.new(self._secret, f"{project}.{lock}.{expires}".encode(), "sha256").hexdigest()


def _plain(project: str) -> str:
    return f"open-{project}"


def _name(request: Request, project: str) -> str:
    return cookie_name(request, _plain(project))


def _page(error: str) -> Response:
    html = pages.render("passphrase.html.j2", error=error).strip()
    headers = {
        "Content-Security-Policy": f"{policy.message_policy(_style())}; form-action 'self'",
        "Cache-Control": policy.NEVER,
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(html, 403, headers)


@functools.cache
def _style() -> str:
    match = _STYLE.search(pages.render("passphrase.html.j2", error="").strip())
    assert match is not None
    return match[1]
