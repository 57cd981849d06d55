"""Forms that only our own pages may send: a signed double-submit token (OWASP CSRF prevention cheat sheet).

It needs no state on the server and no JavaScript:

    field = forms.issue(request)              # into <input type="hidden" name="csrf" value="…">, the first of the form
    response = HTMLResponse(page)
    forms.keep(request, response)             # the cookie that the field is held against
    …
    forms.check(request, fields.pop("csrf", ""))
"""

from __future__ import annotations

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from protogen.web.operator import Operator, cookie_name, set_cookie
from protogen.web.refused import Refused

FIELD = "csrf"
_COOKIE = "form"
_SECONDS = 7 * 86_400
_STALE = "This form is too old, or cookies are switched off; please reload the page and send it again."


class Forms:
    """Issues and checks the tokens of forms."""

    def __init__(self, operator: Operator) -> None:
        self._key = operator.key("forms")

    def issue(self, request: Request) -> str:
        """The value of the hidden field for this visitor."""
        return self._sign(self._secret(request))

    def keep(self, request: Request, response: Response) -> None:
        """Set the cookie that goes with `issue`."""
        set_cookie(request, response, _COOKIE, self._secret(request), _SECONDS)

    def check(self, request: Request, sent: object) -> None:
        """Raises Refused with 403 unless field and cookie belong together."""
        secret = request.cookies.get(cookie_name(request, _COOKIE), "")
        right = isinstance(sent, str) and hmac.compare_digest(sent.encode(), self._sign(secret).encode())
        if not secret or not right:
            raise Refused(403, _STALE)

    def _secret(self, request: Request) -> str:
        """The visitor's own, from his cookie or new; the same during one request."""
        if not hasattr(request.state, "form_secret"):
            kept = request.cookies.get(cookie_name(request, _COOKIE), "")
            usable = len(kept) == 43 and kept.isascii()
            request.state.form_secret = kept if usable else secrets.token_urlsafe(32)
        secret: str = request.state.form_secret
        return secret

    def _sign(self, secret: str) -> str:
        return hmac.new(self._key, secret.encode(), "sha256").hexdigest()
