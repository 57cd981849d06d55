"""The webhook: signed, at least once, to a real receiver that fails first."""

from __future__ import annotations

import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator

import pytest

from protogen.backoff import RetrySettings
from protogen.config import ConfigError, Settings
from protogen.config_notices import WebhookSettings
from protogen.hooks import Hook
from protogen.hooks.outbox import Outbox
from protogen.hooks.webhook import Webhook
from protogen.job import Event, Status, new_job_id, now

KEY = "a key of the tests"
Heard = list[tuple[dict[str, str], bytes]]


class Receiver:
    """A program that answers as the script says, then with 200."""

    def __init__(self, *script: int) -> None:
        self.heard: Heard = []
        answers = iter(script)
        heard = self.heard

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(next(answers, 200))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def wait(self, count: int) -> None:
        """Until so many messages came."""
        end = time.monotonic() + 20
        while len(self.heard) < count and time.monotonic() < end:
            time.sleep(0.02)
        assert len(self.heard) >= count

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def outbox(home: Settings) -> Iterator[Outbox]:
    """An outbox that tries again at once."""
    running = Outbox(home.outbox_dir, RetrySettings(attempts=5, first_delay=0.05, jitter=0), Hook())
    yield running
    running.stop()


def ended(status: Status = Status.COMPLETED) -> Event:
    """A job that ended."""
    return Event(new_job_id(), status, now(), now(), attempt=1)


def test_the_end_of_a_job_is_told_and_signed(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """After two failures too, under one id; the signature is that of what was sent."""
    monkeypatch.setenv("PROTOGEN_WEBHOOK_SECRET", KEY)
    receiver = Receiver(500, 503)
    hook = Webhook(WebhookSettings(url=receiver.url), outbox, lambda job: f"http://{job[:8]}.localhost/")
    outbox.start()
    event = ended()
    hook.job_finished(event)
    receiver.wait(3)
    receiver.close()
    assert len({headers["x-notice-id"] for headers, _ in receiver.heard}) == 1
    headers, body = receiver.heard[-1]
    told = json.loads(body)
    assert (told["job_id"], told["status"]) == (event.job, "completed")
    assert told["url"] == f"http://{event.job[:8]}.localhost/"
    signed = f"{headers['x-protogen-timestamp']}.".encode() + body
    expected = hmac.new(KEY.encode(), signed, "sha256").hexdigest()
    assert headers["x-protogen-signature"] == f"sha256={expected}"


def test_what_has_not_ended_is_not_told(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that goes back to the queue is none that ended."""
    monkeypatch.setenv("PROTOGEN_WEBHOOK_SECRET", KEY)
    receiver = Receiver()
    hook = Webhook(WebhookSettings(url=receiver.url), outbox, lambda job: "")
    outbox.start()
    hook.job_finished(ended(Status.PENDING))
    hook.job_finished(ended(Status.FAILED))
    receiver.wait(1)
    receiver.close()
    assert [json.loads(body)["status"] for _, body in receiver.heard] == ["failed"]


def test_an_address_without_a_key_is_refused(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything begins, with what to do."""
    monkeypatch.delenv("PROTOGEN_WEBHOOK_SECRET", raising=False)
    with pytest.raises(ConfigError, match="PROTOGEN_WEBHOOK_SECRET"):
        Webhook(WebhookSettings(url="http://127.0.0.1:9/"), outbox, lambda job: "")
    Webhook(WebhookSettings(), outbox, lambda job: "").job_finished(ended())
