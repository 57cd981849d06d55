"""How often: by the address that asks, by the user and by the contact that is asked for.

Counted in moving windows in the memory of this process (https://limits.readthedocs.io). Contacts and users are
counted under keyed hashes: what is in memory names nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from protogen.config import LimitSettings
from protogen.submission import Submission, source
from protogen.web.refused import Refused

LOGIN_FAILURES_PER_MINUTE = 10
_IPV6_HOST_BITS = 64
"""One customer's network (RFC 6177): addresses inside of it are free to change."""


class Limits:
    """Counts requests and refuses those that are too many with 429 and Retry-After (RFC 6585, section 4)."""

    def __init__(self, settings: LimitSettings) -> None:
        self._settings = settings
        self._trusted = [ip_network(each, strict=False) for each in settings.trusted]
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def count_address(self, address: str) -> None:
        """Count a request from an address. Raises Refused where it has sent too many within the hour."""
        trusted = self._is_trusted(address)
        most = self._settings.trusted_per_hour if trusted else self._settings.address_per_hour
        self._count("address", _network(address), RateLimitItemPerHour(most) if most else None, _ADDRESS)

    def count_person(self, submission: Submission, named: Callable[[str], str]) -> None:
        """Count a new request of its user and for its contact; `named` hashes what they are known by.

        Raises Refused where either has had enough within the day; then neither is counted.
        """
        user = source(submission) if submission.user_id else ""
        contact = source(replace(submission, user_id=""))
        settings = self._settings
        counted = [
            (kind, named(who), RateLimitItemPerDay(most), sentence)
            for kind, who, most, sentence in (
                ("user", user, settings.user_per_day, _USER),
                ("contact", contact, settings.contact_per_day, _CONTACT),
            )
            if who and most
        ]
        for kind, who, item, sentence in counted:
            if not self._window.test(item, kind, who):
                raise self._refusal(kind, who, item, sentence)
        for kind, who, item, sentence in counted:
            self._count(kind, who, item, sentence)

    def check_logins(self, address: str) -> None:
        """Raises Refused where an address has sent too many wrong tokens within the minute."""
        if not self._window.test(_FAILURES, "login", _network(address)):
            raise self._refusal("login", _network(address), _FAILURES, _LOGIN)

    def count_failed_login(self, address: str) -> None:
        """Count a wrong token."""
        self._window.hit(_FAILURES, "login", _network(address))

    def check_passphrases(self, address: str) -> None:
        """Raises Refused where an address has sent too many wrong passphrases within the minute."""
        if not self._window.test(_FAILURES, "passphrase", _network(address)):
            raise self._refusal("passphrase", _network(address), _FAILURES, _PASSPHRASE)

    def count_wrong_passphrase(self, address: str) -> None:
        """Count a wrong passphrase."""
        self._window.hit(_FAILURES, "passphrase", _network(address))

    def _count(self, kind: str, who: str, item: RateLimitItem | None, sentence: str) -> None:
        if item is not None and not self._window.hit(item, kind, who):
            raise self._refusal(kind, who, item, sentence)

    def _refusal(self, kind: str, who: str, item: RateLimitItem, sentence: str) -> Refused:
        reset = self._window.get_window_stats(item, kind, who).reset_time
        seconds = max(1, round(reset - time.time()))
        return Refused(429, sentence.format(most=item.amount), {"Retry-After": str(seconds)})

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._trusted)
        except ValueError:
            return False


_ADDRESS = "More than {most} requests came from your address within an hour; please try again later."
_USER = "This user has sent {most} requests within a day; please send the next one tomorrow."
_CONTACT = "For this contact {most} requests came within a day; please send the next one tomorrow."
_LOGIN = "Too many wrong tokens came from your address; please wait a minute."
_PASSPHRASE = "Too many wrong passphrases came from your address; please wait a minute."
_FAILURES = RateLimitItemPerMinute(LOGIN_FAILURES_PER_MINUTE)


def _network(address: str) -> str:
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:  # a socket without an address
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 128 - _IPV6_HOST_BITS), strict=False))
    return str(parsed)
