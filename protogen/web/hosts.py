"""Which site a Host header means (RFC 9110, section 7.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from protogen.job import PROJECT_ID, RESERVED_PROJECT_IDS

ALIAS_PREFIX = "project-"
_LOOPBACK = frozenset({"127.0.0.1", "[::1]"})
_HOST = re.compile(
    r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:/\s\x00-\x20\x7f]+?)\.?(?P<port>:\d{1,5})?", re.IGNORECASE
)


class Place(Enum):
    """What a host name stands for."""

    APP = auto()
    PROTOTYPE = auto()
    NO_PROTOTYPE = auto()
    """Below the domain of the sites, but not a name that a prototype can have."""
    FOREIGN = auto()
    """Not a name of this server."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host without case and trailing dot; `port` is `:3000`, or empty where none was sent."""

    name: str
    port: str = ""


def parse_host(value: str) -> Host | None:
    """Read a Host header; None where it is not one."""
    match = _HOST.fullmatch(value)
    if match is None or ".." in value or not match["name"].strip("."):
        return None
    return Host(match["name"].lower(), match["port"] or "")


def place_of(host: Host, app_domain: str, sites_domain: str) -> tuple[Place, str]:
    """Where a request belongs, and the project id where it belongs to a prototype."""
    if host.name == app_domain.lower() or host.name in _LOOPBACK:
        return Place.APP, ""
    sites_domain = sites_domain.lower()
    if host.name == sites_domain:
        return Place.NO_PROTOTYPE, ""
    label, dot, domain = host.name.partition(".")
    if dot and domain == sites_domain and is_project_id(label):
        return Place.PROTOTYPE, label
    if host.name.endswith("." + sites_domain):
        return Place.NO_PROTOTYPE, ""
    return Place.FOREIGN, ""


def is_project_id(label: str) -> bool:
    """True where a prototype may have this name."""
    return PROJECT_ID.fullmatch(label) is not None and label not in RESERVED_PROJECT_IDS
