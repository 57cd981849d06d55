"""The progress page: where a request stands, from its first moment on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page

from protogen.config import Settings
from protogen.intake.drop import write_drop
from protogen.intake.fates import remember
from protogen.job import Status, new_job_id, now
from protogen.web import WebServer
from tools.browser import SiteCheck
from tools.jobs import hand_in
from tools.prototypes import running_with
from tools.servers import ask
from tools.sites import OneJob, publish, running
from tools.validators import Axe

FERN = "fern-flour-7k2mq"


@pytest.fixture
def server(home: Settings) -> Iterator[WebServer]:
    """A running server over a home with one prototype and no job."""
    publish(home.published_dir, FERN)
    with running(home) as server:
        yield server


@pytest.mark.parametrize(
    ("ledger", "words", "reloads"),
    [
        (OneJob(Status.PENDING, place=1), "You are next", True),
        (OneJob(Status.PENDING, place=7), "It is number 7 in the queue", True),
        (OneJob(Status.PENDING, attempt=1), "It will be tried again", True),
        (OneJob(Status.PROCESSING), "Your website is being made", True),
        (OneJob(Status.COMPLETED), "Your website is ready", False),
        (OneJob(Status.FAILED), "This did not work", False),
        (OneJob(Status.CANCELLED), "This request was cancelled", False),
        (OneJob(Status.EXPIRED), "This prototype has expired", False),
    ],
    ids=lambda value: value.event.status if isinstance(value, OneJob) else None,
)
def test_the_progress_page_tells_where_a_request_stands(
    home: Settings, ledger: OneJob, words: str, reloads: bool
) -> None:
    """Each status in plain words; the page reloads itself until it is final."""
    with running(home, ledger) as server:
        answer = ask(server.port, "localhost", f"/jobs/{ledger.job_id}")
        assert answer.status == 200
        assert words in answer.text
        assert ('http-equiv="refresh"' in answer.text) == reloads
        assert answer.headers["cache-control"] == "no-store"


def test_a_finished_request_leads_to_its_website(
    home: Settings, page: Page, axe: Axe, site_check: SiteCheck
) -> None:
    """From the progress page in a browser to the prototype at its own host name."""
    publish(home.published_dir, FERN)
    ledger = OneJob(Status.COMPLETED)
    with running(home, ledger) as server:
        assert site_check(page, f"{server.url}jobs/{ledger.job_id}").faults == []
        assert axe(page) == []
        page.get_by_role("link", name="Open the website").click()
        page.wait_for_url(server.site_url(FERN))
        assert page.locator("h1").inner_text() == "Bread at six"


def test_a_drop_is_known_before_the_ledger_has_it(server: WebServer) -> None:
    """It is named by its job id: received while it lies in the inbox, and why if it was rejected."""
    inbox = server.settings.inbox_dir
    waiting, refused = new_job_id(), new_job_id()
    (inbox / f"{waiting}.yaml").write_text("description: bread", "utf-8")
    (inbox / "rejected").mkdir()
    (inbox / "rejected" / f"{refused}.yaml.error.txt").write_text(
        "It is <empty>; write a description.", "utf-8"
    )
    assert "Your request has arrived" in ask(server.port, "localhost", f"/jobs/{waiting}").text
    answer = ask(server.port, "localhost", f"/jobs/{refused}").text
    assert "This request cannot be read" in answer
    assert "It is &lt;empty&gt;; write a description." in answer


@pytest.mark.parametrize("job_id", ["nothing", new_job_id(), "..%2f..", "0" * 36, "a" * 5000])
def test_an_unknown_request_is_not_found(server: WebServer, job_id: str) -> None:
    """No difference between never and malformed."""
    answer = ask(server.port, "localhost", f"/jobs/{job_id}")
    assert answer.status == 404


def test_an_id_that_is_no_job_tells_what_became_of_it(home: Settings) -> None:
    """A drop that waits says since when; one that was taken back is cancelled; a twin shows the job that it is."""
    with running_with(home) as (server, ledger):
        job = hand_in(home, ledger, now())
        waiting, twin = write_drop({"description": "A bakery."}, home.inbox_dir), new_job_id()
        os.utime(home.inbox_dir / waiting, (1_700_000_000, 1_700_000_000))
        remember(home.inbox_dir, twin, job)
        with httpx.Client(base_url=server.url) as client:
            status = f"/api/queue/status/{waiting}"
            assert client.get(status).json()["created_at"] == "2023-11-14T22:13:20Z"
            assert client.delete(f"/api/queue/{waiting}").json()["success"] is True
            assert client.get(status).json()["status"] == "cancelled"
            assert "This request was cancelled" in client.get(f"/jobs/{waiting}").text
            assert client.get(f"/api/queue/status/{twin}").json()["job_id"] == job
            assert "You are next" in client.get(f"/jobs/{twin}").text
            assert client.delete(f"/api/queue/{twin}").json()["message"] == "The job was cancelled."
            assert client.get(f"/api/queue/status/{new_job_id()}").status_code == 404
