"""A signed message to a program at the end of every job, at least once (Standard Webhooks' idea of a signature).

The signature is the HMAC-SHA256, in hex, of the timestamp, a dot and the body, under a key that both sides know.
"""

from __future__ import annotations

import hmac
import json
import os
import time
from collections.abc import Callable

import httpx

from protogen.config import ConfigError
from protogen.config_notices import WebhookSettings
from protogen.hooks import Hook
from protogen.hooks.channels import ID_HEADER
from protogen.hooks.outbox import Message, Outbox, Undelivered, message_id
from protogen.job import Event
from protogen.ledger.trailers import time_text

CHANNEL = "webhook"
SIGNATURE_HEADER = "X-Protogen-Signature"
TIMESTAMP_HEADER = "X-Protogen-Timestamp"


class Webhook(Hook):
    """Puts a message into the outbox when a job has ended; `site_url` gives the address of a completed one."""

    def __init__(self, settings: WebhookSettings, outbox: Outbox, site_url: Callable[[str], str]) -> None:
        self._settings = settings
        self._outbox = outbox
        self._site_url = site_url
        self._key = os.environ.get(settings.secret_env, "").encode()
        if not settings.url:
            return
        if not self._key:
            raise ConfigError(f"webhook.url is set: put the key of its signature into {settings.secret_env}.")
        outbox.serve(CHANNEL, self.deliver)

    def job_finished(self, event: Event) -> None:
        """Once for each end: another attempt that ends is another message."""
        if not self._settings.url or not event.status.final:
            return
        at = time_text(event.at)
        body = {
            "job_id": event.job,
            "status": event.status.value,
            "at": at,
            "error": event.error,
            "url": self._site_url(event.job),
        }
        self._outbox.put(Message(message_id(CHANNEL, event.job, event.status, at), CHANNEL, body, event.job))

    def deliver(self, message: Message) -> None:
        """Send it. Raises Undelivered where the answer is no 2xx."""
        data = json.dumps({"id": message.id, **message.body}).encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            ID_HEADER: message.id,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: f"sha256={signature(self._key, timestamp, data)}",
        }
        try:
            answer = httpx.post(
                self._settings.url, content=data, headers=headers, timeout=self._settings.seconds
            )
        except httpx.HTTPError as error:
            raise Undelivered(
                "timeout" if isinstance(error, httpx.TimeoutException) else "no-answer"
            ) from None
        if not answer.is_success:
            raise Undelivered(f"http-{answer.status_code}", lasting=answer.status_code == 410)


def signature(key: bytes, timestamp: str, body: bytes) -> str:
    """What a receiver compares with, in constant time."""
    return hmac.new(key, f"{timestamp}.".encode() + body, "sha256").hexdigest()
