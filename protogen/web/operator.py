"""The operator's lock: one token, as a Bearer header for programs and as a signed cookie for pages."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Mapping
from typing import Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from protogen.config import ConfigError, Settings
from protogen.files import create_file
from protogen.web.limits import Limits
from protogen.web.proxies import client_address
from protogen.web.refused import Refused

TOKEN_VARIABLE = "PROTOGEN_OPERATOR_TOKEN"
TOKEN_FILE = "operator.token"
SESSION_SECONDS = 12 * 3600
_SHORTEST = 16
_WRONG = "This is the operator's: send his token as 'Authorization: Bearer …', or sign in at /ops."


class Token(NamedTuple):
    """The operator's token; `fresh` if it was made just now and nobody has seen it yet."""

    value: str
    fresh: bool


def operator_token(settings: Settings, environ: Mapping[str, str] | None = None) -> Token:
    """The token from the environment, else from `operator.token` of the home, made there at the first start.

    The file is 0600. Raises ConfigError for a token that is too short, or a file that cannot be used.
    """
    given = (os.environ if environ is None else environ).get(TOKEN_VARIABLE, "").strip()
    if given:
        return Token(_long_enough(given, TOKEN_VARIABLE), fresh=False)
    path = settings.home / TOKEN_FILE
    try:
        made = secrets.token_urlsafe(32)
        with contextlib.suppress(FileExistsError):
            create_file(path, f"{made}\n".encode(), 0o600)
            return Token(made, fresh=True)
        return Token(_long_enough(path.read_text("utf-8").strip(), str(path)), fresh=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be used ({error}); set {TOKEN_VARIABLE} instead.") from None


class Operator:
    """Tells the operator from everybody else."""

    def __init__(self, token: str, limits: Limits) -> None:
        self._token = token
        self._limits = limits

    def holds_token(self, request: Request) -> bool:
        """True for a request with the right Bearer token (RFC 6750, section 2.1).

        Raises Refused with 401 for a wrong one, which is counted to its sender's address: it shuts the sign-in, not the
        API, where a program behind the same address as a broken one must go on. A token is too long to be guessed.
        """
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return False
        if scheme.lower() == "bearer" and self._is(sent.strip()):
            return True
        self._limits.count_failed_login(client_address(request))
        raise _unauthorised()

    def knows(self, request: Request, token: str) -> bool:
        """True for the right token, compared in constant time; a wrong one is counted to its sender's address.

        Raises Refused with 429 where too many came from there.
        """
        address = client_address(request)
        self._limits.check_logins(address)
        right = self._is(token)
        if not right:
            self._limits.count_failed_login(address)
        return right

    def _is(self, token: str) -> bool:
        return hmac.compare_digest(_digest(token), _digest(self._token))

    def signed_in(self, request: Request) -> bool:
        """True where the session cookie is ours and its time is not over."""
        expires, _, signature = request.cookies.get(cookie_name(request, "operator"), "").partition(".")
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        right = hmac.compare_digest(signature.encode(), self._signature(expires).encode())
        return right and time.time() < int(expires)

    def is_there(self, request: Request) -> bool:
        """True for the operator by either way. Raises Refused for a wrong token."""
        return self.signed_in(request) or self.holds_token(request)

    def demand(self, request: Request) -> None:
        """Raises Refused unless it is the operator who asks."""
        if not self.is_there(request):
            raise _unauthorised()

    def sign_in(self, request: Request, response: Response) -> None:
        """Give the session cookie; call it when `knows` has said yes."""
        expires = str(int(time.time()) + SESSION_SECONDS)
        set_cookie(request, response, "operator", f"{expires}.{self._signature(expires)}", SESSION_SECONDS)

    def sign_out(self, request: Request, response: Response) -> None:
        """Take the session cookie back."""
        set_cookie(request, response, "operator", "", 0)

    def key(self, purpose: str) -> bytes:
        """A key that follows from the token: whoever changes the token ends what was signed with it."""
        return hmac.digest(self._token.encode(), purpose.encode(), "sha256")

    def _signature(self, expires: str) -> str:
        return hmac.new(self.key("session"), expires.encode(), "sha256").hexdigest()


def cookie_name(request: Request, name: str) -> str:
    """`__Host-` where browsers take it (RFC 6265bis, section 4.1.3.2), which is over https alone."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def set_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    seconds: int,
    samesite: Literal["strict", "lax"] = "strict",
) -> None:
    """A cookie of this host alone, that no script reads and no other site sends (by a link alone, if `lax`)."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite=samesite,
    )


def _unauthorised() -> Refused:
    return Refused(401, _WRONG, {"WWW-Authenticate": 'Bearer realm="protogen"'})


def _long_enough(token: str, where: str) -> str:
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(
            f"The token in {where} must have {_SHORTEST} or more letters, digits and signs, and no spaces."
        )
    return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
