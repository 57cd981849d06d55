"""The built-in server as a process sees it: health, start, stop, crashes, addresses."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from protogen.config import Settings, WebSettings
from protogen.job import Status, new_job_id
from protogen.web import WebError, WebServer, create_app
from tools.servers import ask
from tools.sites import EmptyLedger, OneJob, publish, running

FERN = "fern-flour-7k2mq"


@pytest.fixture
def server(home: Settings) -> Iterator[WebServer]:
    """A running server over a home with one prototype and no job."""
    publish(home.published_dir, FERN)
    with running(home) as server:
        yield server


def test_health_says_who_it_is(server: WebServer) -> None:
    """The shape that watchers of the old system know."""
    answer = ask(server.port, "localhost", "/health")
    body = json.loads(answer.text)
    assert (body["status"], body["service"]) == ("healthy", "protogen")
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert body["version"]


def test_the_running_server_keeps_the_markers(home: Settings) -> None:
    """nginx needs nobody else to learn of an expiry."""
    publish(home.published_dir, "old-7k2mq", expires_in=timedelta(seconds=-1))
    app = create_app(home, EmptyLedger())
    running = WebServer(home, app)
    running.start()
    running.stop()
    assert (home.published_dir / ".expired" / "old-7k2mq").is_file()


def test_a_crash_shows_a_page_and_no_traceback(home: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """The visitor gets a plain sentence; the log gets the traceback."""

    class Broken(EmptyLedger):
        def job(self, job_id: str) -> None:
            raise RuntimeError("the disk is on fire")

    running = WebServer(home, create_app(home, Broken()))
    running.start()
    answer = ask(running.port, "localhost", f"/jobs/{new_job_id()}")
    running.stop()
    assert answer.status == 500
    assert "Something went wrong on our side" in answer.text
    assert "fire" not in answer.text
    assert "Traceback" not in answer.text
    assert "the disk is on fire" in caplog.text


def test_a_taken_port_is_said_in_one_sentence(server: WebServer, home: Settings) -> None:
    """Which address, why, and what to set."""
    settings = home.model_copy(update={"web": WebSettings(port=server.port)})
    second = WebServer(settings, create_app(settings, EmptyLedger()))
    with pytest.raises(WebError, match=rf"cannot listen on 127\.0\.0\.1:{server.port} .*PROTOGEN_PORT\.$"):
        second.start()


def test_the_server_stops_clean_and_frees_its_port(home: Settings) -> None:
    """No thread is left and the port can be had again at once; signals stay with the owner."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    running = WebServer(home, create_app(home, EmptyLedger()))
    running.start()
    port = running.port
    assert ask(port, "localhost", "/health").status == 200
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    running.stop()
    assert "protogen-web" not in {thread.name for thread in threading.enumerate()}
    settings = home.model_copy(update={"web": WebSettings(port=port)})
    again = WebServer(settings, create_app(settings, EmptyLedger()))
    again.start()
    assert ask(port, "localhost", "/health").status == 200
    again.stop()


def test_printed_addresses_follow_the_port_and_public_url(home: Settings, server: WebServer) -> None:
    """A free port stands in the address; public_url wins where it is set."""
    assert server.site_url(FERN) == f"http://{FERN}.localhost:{server.port}/"
    public = home.model_copy(
        update={"web": WebSettings(port=0, public_url="https://{project_id}.example.com/")}
    )
    ledger = OneJob(Status.COMPLETED)
    with running(public, ledger) as behind:
        assert behind.site_url(FERN) == f"https://{FERN}.example.com/"
        progress = ask(behind.port, "localhost", f"/jobs/{ledger.job_id}").text
        assert f'href="https://{FERN}.example.com/"' in progress
