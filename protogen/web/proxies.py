"""Who really asks, where proxies stand in front: their word is taken if they are in `web.proxies`, nobody else's."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from protogen.logs import get_logger

log = get_logger(__name__)


class ByProxy:
    """Middleware: puts the visitor's address and scheme into the scope, as trusted proxies report them."""

    def __init__(self, app: ASGIApp, proxies: Iterable[str]) -> None:
        self.app = app
        self._networks = [ip_network(each, strict=False) for each in proxies]
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] == "http" and scope.get("client"):
            headers = Headers(scope=scope)
            if self._trusts(scope["client"][0]):
                scope = {**scope, **self._told(scope, headers)}
            elif "x-real-ip" in headers and not self._warned:
                self._warned = True
                log.warning("proxy-unknown", address=_private(scope["client"][0]))
        await self.app(scope, receive, send)

    def _told(self, scope: Scope, headers: Headers) -> dict[str, object]:
        # From the right: what a trusted proxy appended, up to the first address that is none of ours.
        chain = [each.strip() for each in ",".join(headers.getlist("x-forwarded-for")).split(",")]
        told = next((each for each in reversed(chain) if each and not self._trusts(each)), "")
        address = _address(told or headers.get("x-real-ip", ""))
        scheme = headers.get("x-forwarded-proto", "")
        return {
            "client": (address, 0) if address else scope["client"],
            "scheme": scheme if scheme in ("http", "https") else scope["scheme"],
        }

    def _trusts(self, address: str) -> bool:
        found = _address(address)
        return bool(found) and any(ip_address(found) in network for network in self._networks)


def client_address(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else ""


def _private(address: str) -> str:
    """An address of a private network; of any other, which may be a visitor's, nothing."""
    known = _address(address)
    return known if known and ip_address(known).is_private else ""


def _address(value: str) -> str:
    try:
        return str(ip_address(value.strip()))
    except ValueError:
        return ""
