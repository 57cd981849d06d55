"""The dashboard: right figures, quick at any size, live, sound, and a place for nothing yet."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from protogen import home as homes
from protogen.config import Settings
from protogen.job import Rung, StageTrace, Status, now
from protogen.ledger import Ledger
from protogen.live import Live
from protogen.up import Jobs
from protogen.web import WebServer, create_app
from protogen.web.charts import Bar, bars, columns, line, stacked
from protogen.web.dashboard import ago, charts_of, size_text
from protogen.web.figures import FigureReader, Kept
from tools.browser import SiteCheck
from tools.jobs import claimed, failed, hand_in
from tools.operator import TOKEN, client, sign_in
from tools.prototypes import FERN, prototype, running_with
from tools.validators import Axe, Vnu

Running = tuple[WebServer, Ledger]


@pytest.fixture
def served(home: Settings) -> Iterator[Running]:
    """A server over a ledger with jobs at every point of their way."""
    with running_with(home) as (server, ledger):
        at = now()
        prototype(home, ledger, at=at - timedelta(days=25))
        prototype(home, ledger, "harbour-dental-x9k2p", at=at - timedelta(minutes=9))
        failed(home, ledger, at - timedelta(minutes=8))
        claimed(home, ledger, at - timedelta(minutes=1))
        hand_in(home, ledger, at - timedelta(seconds=50))
        hand_in(home, ledger, at)
        yield server, ledger


@pytest.fixture
def operator(served: Running) -> Iterator[httpx.Client]:
    """The operator, signed in."""
    with client(served[0]) as browser:
        sign_in(browser)
        yield browser


def test_the_figures_are_those_of_the_ledger(served: Running, home: Settings) -> None:
    """Counts, queue in order, times, speed, rungs, errors, what ends soon, storage."""
    _, ledger = served
    figures = FigureReader(home, ledger).figures()
    assert figures.counts[Status.COMPLETED] == 2
    assert (figures.jobs, figures.waiting, len(figures.running)) == (6, 2, 1)
    assert [event.job for event in figures.queue] == [
        event.job for event in ledger.jobs(Status.PENDING)[::-1]
    ]
    assert figures.seconds == [71.4, 71.4]
    assert figures.speeds[0][1] == pytest.approx(740 / 31.2)
    assert figures.models == [("tiny", pytest.approx(740 / 31.2), 1480)]
    assert figures.rungs["brief"] == {Rung.FIELDS: 2}
    assert [(fault.code, fault.count) for fault in figures.faults] == [("gate", 1)]
    assert [(site.project, site.days) for site in figures.ending] == [(FERN, 5)]
    sites = sum(
        len(ledger.prototype(name)[file])
        for name in (FERN, "harbour-dental-x9k2p")
        for file in ledger.prototype(name)
    )
    assert figures.storage.sites == sites
    assert figures.storage.ledger > 10_000
    assert figures.storage.total >= figures.storage.free > 0


def test_the_page_shows_them_and_finds_jobs(served: Running, operator: httpx.Client) -> None:
    """By site, status, error code, the beginning of an id or a whole one; nothing found is said."""
    _, ledger = served
    text = operator.get("/ops").text
    for words in ("is being made, attempt 1", "gate", "tokens/s", f'href="/prototypes/{FERN}"', "5 days"):
        assert words in text
    jobs = {event.job: event for event in ledger.jobs()}
    for query, expected in (
        ("harbour", {ledger.versions("harbour-dental-x9k2p")[0].job}),
        ("FAILED", {job for job, event in jobs.items() if event.status is Status.FAILED}),
        ("gate", {job for job, event in jobs.items() if event.error == "gate"}),
        (next(iter(jobs))[:8], {next(iter(jobs))}),
        (next(iter(jobs)), {next(iter(jobs))}),
        ("<script>", set()),
    ):
        table = operator.get("/ops", params={"q": query}).text.partition('id="live-jobs"')[2]
        assert {job for job in jobs if f"/ops/jobs/{job}" in table} == expected, query
    assert "No job of that id, site, status or error." in table
    assert "<script>" not in table


def test_the_job_in_hand_is_followed_stage_by_stage(home: Settings) -> None:
    """What is done, what is being written, and about how long it takes yet."""
    with homes.ready(home) as ledger:
        job = claimed(home, ledger, now()).job
        live = Live()
        live.job_started(ledger.jobs()[0])
        live.stage_finished(job, StageTrace("brief", Rung.FIELDS, ms=7000))
        live.stage_started(job, "structure", 1, 5)
        live.stage_progress(job, "structure", "hero")
        server = WebServer(home, create_app(home, Jobs(ledger), TOKEN, ledger, live))
        server.start()
        with client(server) as browser:
            sign_in(browser)
            text = browser.get("/ops").text
        server.stop()
    assert "Reading the request <small>7&nbsp;s</small>" in text
    assert '<li aria-current="step">Writing the sections <small>hero</small></li>' in text
    assert re.search(r"About \d+&nbsp;s left", text)


def test_only_the_operator_sees_it(served: Running) -> None:
    """The page leads to the sign-in; the live part says 401, so that its script stops."""
    server, _ = served
    assert httpx.get(f"{server.url}ops").headers["location"] == "/ops/sign-in?then=/ops"
    assert httpx.get(f"{server.url}ops/live").status_code == 401


def test_it_is_live(served: Running, operator: httpx.Client, page: Page, home: Settings) -> None:
    """What happens shows by itself; an open table stays open."""
    server, ledger = served
    _take_session(page, operator, server)
    page.goto(f"{server.url}ops")
    page.locator("#table-status summary").click()
    page.locator("h1").click()
    ledger.claim(now())
    page.locator(".tiles dd").first.get_by_text("1", exact=True).wait_for(timeout=20_000)
    page.wait_for_function("document.querySelector('#table-status td').textContent === '1'")
    assert page.locator("#table-status").evaluate("e => e.open") is True


def test_it_is_sound_full_and_empty(
    served: Running,
    operator: httpx.Client,
    page: Page,
    site_check: SiteCheck,
    axe: Axe,
    vnu: Vnu,
    tmp_path: Path,
) -> None:
    """Valid, accessible in light and dark with its tables open, nothing from elsewhere, no sideways scroll."""
    server, _ = served
    _take_session(page, operator, server)
    for name, path in (("full", "ops"), ("found", "ops?q=nothing-like-it")):
        assert site_check(page, server.url + path).faults == []
        for summary in page.locator("summary").all():
            summary.click()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert axe(page) == []
        (tmp_path / f"{name}.html").write_text(operator.get(f"/{path}").text, "utf-8")
    assert vnu(tmp_path.glob("*.html")) == []


def test_an_empty_home_says_what_to_do(home: Settings, tmp_path: Path, vnu: Vnu) -> None:
    """No chart of nothing."""
    with running_with(home) as (server, _), client(server) as browser:
        sign_in(browser)
        text = browser.get("/ops").text
    for words in ("The queue is empty", "Hand one in", "No site has been made yet", "None among the last"):
        assert words in text
    assert '<svg viewBox="0 0 360' not in text
    (tmp_path / "empty.html").write_text(text, "utf-8")
    assert vnu([tmp_path / "empty.html"]) == []


def test_charts_hold_what_they_are_given() -> None:
    """Lengths go with values, shares fill the bar, a line begins and ends at the edges; nothing breaks on nothing."""
    given = [Bar("a", 10, "10"), Bar("b", 5, "5"), Bar("c", 0, "0")]
    lying = bars("x", "X", ("What", "How many"), given)
    assert [box.width for box in lying.boxes] == [206.0, 103.0, 0.0]
    assert lying.rows == (("a", "10"), ("b", "5"), ("c", "0"))
    standing = columns("x", "X", ("What", "How many"), given, every=2)
    assert [box.height for box in standing.boxes] == [130.0, 65.0, 0.0]
    assert [label.text for label in standing.labels] == ["a", "10", "c"]
    whole = stacked(
        "x", "X", ("Stage", "one", "two"), (("one", "k"), ("two", "l")), [("s", [3, 1]), ("t", [0, 0])]
    )
    assert [box.width for box in whole.boxes] == [189.0, 63.0, 0.0, 0.0]
    assert whole.rows == (("s", "3 (75 %)", "1 (25 %)"), ("t", "0 (0 %)", "0 (0 %)"))
    drawn = line("x", "X", ("When", "Speed"), given, "tokens/s")
    assert drawn.line == "0.0,16.0 180.0,81.0 360.0,146.0"
    for empty in (bars("x", "X", (), []), columns("x", "X", (), []), line("x", "X", (), [], "s")):
        assert empty.rows == ()


def test_spans_and_sizes_are_told_in_words() -> None:
    """As a person would say them."""
    spans = (0, 89, 90, 5399, 5400, 172_799, 172_800)
    assert [ago(timedelta(seconds=s)).replace("\u00a0", " ") for s in spans] == [
        "0 s",
        "89 s",
        "1 min",
        "89 min",
        "1 h",
        "47 h",
        "2 days",
    ]
    sizes = (0, 999, 1000, 123_456, 4_200_000, 1.1e9, 2e12)
    assert [size_text(size).replace("\u00a0", " ") for size in sizes] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "123 kB",
        "4.2 MB",
        "1.1 GB",
        "2.0 TB",
    ]


def test_figures_are_made_once_for_all_who_look_at_once() -> None:
    """While one thread makes them anew, the others take the last ones."""
    going, made = threading.Event(), []

    def make() -> int:
        if made:
            assert going.wait(10)
        made.append(1)
        return len(made)

    kept = Kept(make, seconds=0)
    assert kept.get() == 1
    second = threading.Thread(target=kept.get)
    second.start()
    while not kept._lock.locked():
        pass
    assert kept.get() == 1
    going.set()
    second.join()
    assert len(made) == 2


def test_late_sites_stand_out(served: Running, home: Settings) -> None:
    """Everything beyond two minutes is one column of its own colour."""
    _, ledger = served
    figures = replace(FigureReader(home, ledger).figures(), seconds=[5.0, 121.0, 400.0])
    times = charts_of(figures)["times"]
    assert times is not None
    late = times.boxes[-1]
    assert (late.kind, late.tip) == ("late", "120+: 2")


def test_a_stage_without_tokens_has_no_speed(home: Settings) -> None:
    """A site from templates alone says nothing of the model."""
    with running_with(home) as (_, ledger):
        event = prototype(home, ledger)
        assert event.stages
        ledger.record(replace(event, stages=(StageTrace("brief", Rung.TEMPLATE, ms=3),)), after=event)
        figures = FigureReader(home, ledger).figures()
    assert (figures.speeds, figures.models) == ([], [])
    assert charts_of(figures)["speed"] is None


def _take_session(page: Page, operator: httpx.Client, server: WebServer) -> None:
    cookies = [{"name": name, "value": value, "url": server.url} for name, value in operator.cookies.items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
