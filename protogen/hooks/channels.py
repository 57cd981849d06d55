"""The ways out: apprise's URLs and StateX's notification service. Each sends one notice, or raises Undelivered.

A customer's contact is checked against what its type allows before it comes near a URL or a header, and nothing here
logs an address, a key or a text.
"""

from __future__ import annotations

import logging
import os
import re
import time
from urllib.parse import quote

import apprise
import httpx

from protogen.config import ConfigError
from protogen.config_notices import CONTACT, StatexSettings
from protogen.hooks.outbox import Undelivered
from protogen.hooks.wording import Wording
from protogen.submission import Submission

STATEX_CHANNELS = frozenset({"email", "telegram", "whatsapp", "linkedin"})
STATEX_TYPES = {"completed": "prototype_ready", "failed": "error"}  # all others: confirmation
ID_HEADER = "X-Notice-Id"
_MOST_ANSWER_BYTES = 65_536
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9_](?:[A-Za-z0-9._+-]{{0,62}}[A-Za-z0-9_])?@(?:{_LABEL}\.)+{_LABEL}")
_HANDLES = {
    "telegram": re.compile(r"@?[A-Za-z][A-Za-z0-9_]{3,31}|-?[0-9]{4,20}"),
    "linkedin": re.compile(r"(?:https://(?:www\.)?linkedin\.com/in/)?([A-Za-z0-9_-]{3,100})/?"),
}
_NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]{1,2}[^\W\d_]+){0,5}\.?")
_VARIABLE = re.compile(r"\$\{(\w+)\}")

# They name hosts, tokens and addresses in what they log.
for _library in ("apprise", "urllib3", "requests", "httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


def address(contact_type: str, value: str) -> str:
    """A contact as its service writes it. Raises Undelivered for one that is none of its type."""
    value = value.strip()
    if contact_type == "email" and (plain := _email(value)):
        return plain
    if contact_type in ("phone", "whatsapp"):
        digits = re.sub(r"[ ()./-]", "", value)
        if re.fullmatch(r"\+?[0-9]{6,15}", digits):
            return digits
    if contact_type in _HANDLES and (found := _HANDLES[contact_type].fullmatch(value)):
        return found[found.lastindex or 0]
    raise Undelivered("bad-contact", lasting=True)


def person(name: str) -> str:
    """A person's name to be greeted by; empty where what was sent is more than a name."""
    name = name.strip()
    return name if len(name) <= 60 and _NAME.fullmatch(name) else ""


def filled(template: str, contact: str) -> str:
    """An apprise URL with a contact in its place, which there can be nothing but a value."""
    return template.replace(CONTACT, quote(contact.lstrip("+@"), safe=""))


def expanded(url: str, setting: str) -> str:
    """A URL with the environment's variables in place of `${NAME}`. Raises ConfigError where one is not set."""

    def value(match: re.Match[str]) -> str:
        if not os.environ.get(match[1]):
            raise ConfigError(
                f"{setting} names the variable {match[1]}, which is not set; set it, or leave it out."
            )
        return quote(os.environ[match[1]], safe="")

    return _VARIABLE.sub(value, url)


def checked(url: str, setting: str, sample: str) -> str:
    """The URL of a setting, expanded. Raises ConfigError for one that apprise cannot use with `sample` as contact."""
    whole = expanded(url, setting)
    if _service(filled(whole, sample)) is None:
        raise ConfigError(f"{setting} is no URL that apprise knows; see https://appriseit.com/services/.")
    return whole


def send_by_apprise(url: str, wording: Wording, notice: str) -> None:
    """Send to one apprise URL; `notice` is the id, which services with headers carry in one."""
    service = _service(url)
    if service is None:
        raise Undelivered("bad-url", lasting=True)
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):
        headers[ID_HEADER] = notice
    if not service.notify(body=wording.text, title=wording.title, body_format=apprise.NotifyFormat.TEXT):
        raise Undelivered("not-taken")


def send_by_statex(
    settings: StatexSettings, kind: str, wording: Wording, submission: Submission, notice: str
) -> None:
    """Send by StateX's service, which answers 200 to failures too: only `status: sent` counts."""
    if submission.contact_type not in STATEX_CHANNELS:
        raise Undelivered("no-channel", lasting=True)
    body = {
        "user_id": submission.user_id or submission.job_id,
        "type": STATEX_TYPES.get(kind, "confirmation"),
        "title": wording.title,
        "message": wording.text,
        "contact_type": submission.contact_type,
        "contact_value": address(submission.contact_type, submission.contact_value),
        "user_name": person(submission.name),
    }
    headers = {"Idempotency-Key": notice}
    end = time.monotonic() + settings.seconds
    try:
        with (
            httpx.Client(timeout=settings.seconds) as client,
            client.stream(
                "POST", f"{settings.base_url}/api/notifications", json=body, headers=headers
            ) as answer,
        ):
            data = b""
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > _MOST_ANSWER_BYTES or time.monotonic() > end:
                    raise Undelivered("bad-answer")
            if not answer.is_success:
                raise Undelivered(f"http-{answer.status_code}")
    except httpx.HTTPError as error:
        raise Undelivered("timeout" if isinstance(error, httpx.TimeoutException) else "no-answer") from None
    if not _says_sent(data):
        raise Undelivered("not-sent")


def _says_sent(data: bytes) -> bool:
    try:
        answer = httpx.Response(200, content=data).json()
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("status") == "sent"


def _email(value: str) -> str:
    name, _, domain = value.rpartition("@")
    try:
        plain = f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""
    return plain if _EMAIL.fullmatch(plain) and ".." not in plain else ""


def _service(url: str) -> apprise.NotifyBase | None:
    asset = apprise.AppriseAsset(async_mode=False, storage_mode=apprise.PersistentStoreMode.MEMORY)
    found = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    return found if isinstance(found, apprise.NotifyBase) else None
