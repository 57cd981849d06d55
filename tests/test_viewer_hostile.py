"""What customers and models write is text in viewer and dashboard, and a prototype stays inside its frame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import Browser, Page

from protogen.config import Settings
from protogen.job import Rung, StageTrace, new_job_id, now
from protogen.ledger import Ledger
from protogen.submission import Attachment, Submission, to_files
from protogen.web import WebServer, pages
from protogen.worker import FAILURE_FILE, RECORD_FILE
from tools.operator import client, sign_in
from tools.prototypes import FERN, next_version, prototype, running_with
from tools.xss import PAYLOADS

ALL = "\n".join(PAYLOADS)
COUNT = "window.ran = 0; window.alert = () => { window.top.ran += 1; };"


@pytest.fixture
def hostile(home: Settings) -> Iterator[tuple[WebServer, Ledger, str]]:
    """A server with a prototype whose every field holds the corpus; with its job."""
    with running_with(home) as (server, ledger):
        record = {
            "brief": {"questions": list(PAYLOADS)},
            "sections": [{"kind": text, "rung": text, "page": text, "reason": text} for text in PAYLOADS]
            + [{"kind": text, "rung": "fields", "reason": ""} for text in PAYLOADS],
            "removed": list(PAYLOADS),
        }
        stages = [{"name": t, "rung": t, "model": t, "reason": t} for t in PAYLOADS]
        about = {"title": ALL, "description": ALL, "stages": stages, "language": ALL, "generator": ALL}
        event = prototype(home, ledger, record=record, **about)
        next_version(home, ledger, event, **about, heading="&lt;script&gt;alert(1)&lt;/script&gt;")
        sent = Submission(
            event.job,
            description=ALL,
            name=PAYLOADS[0],
            files=tuple(
                Attachment(f"{n}-{text.replace('/', '⁄')}"[:90], b"x") for n, text in enumerate(PAYLOADS)
            ),
            extra={text: text for text in PAYLOADS},
        )
        ledger.keep(event.job, to_files(sent) | {FAILURE_FILE: ALL.encode()}, now())
        newest = ledger.job(event.job)
        assert newest is not None
        trace = StageTrace("brief", Rung.FIELDS, ALL, 10, 10, 100, reason=ALL)
        ledger.record(replace(newest, stages=(trace,), error="gate"), after=newest)
        yield server, ledger, event.job


def _pages(job: str) -> list[str]:
    return [
        f"prototypes/{FERN}",
        f"ops/jobs/{job}",
        f"ops/jobs/{job}/delete",
        f"ops/prototypes/{FERN}/compare",
        "ops",
    ]


def _enter(page: Page, server: WebServer) -> None:
    with client(server) as operator:
        sign_in(operator)
        cookies = [{"name": k, "value": v, "url": server.url} for k, v in operator.cookies.items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]


def test_nothing_of_the_corpus_runs(hostile: tuple[WebServer, Ledger, str], browser: Browser) -> None:
    """Sixty payloads in every field, for stranger and operator, the policy switched off: text, all of it."""
    server, _, job = hostile
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.add_init_script(COUNT)
    page.goto(f"{server.url}prototypes/{FERN}", wait_until="load")
    assert page.evaluate("window.ran") == 0
    _enter(page, server)
    searched = [f"ops?q={httpx.QueryParams({'q': text})['q']}" for text in PAYLOADS[::6]]
    for path in [*_pages(job), *searched]:
        page.goto(server.url + path, wait_until="load")
        page.wait_for_timeout(50)
        assert page.evaluate("window.ran") == 0, path
    page.goto(f"{server.url}prototypes/{FERN}")
    told = page.locator("main").inner_text()
    assert all(told.count(" ".join(text.split())) >= 3 for text in PAYLOADS)
    context.close()


def test_it_would_run_if_it_were_not_escaped(
    hostile: tuple[WebServer, Ledger, str], browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the templates' escaping switched off at least forty do: else their silence would mean nothing."""
    server, _, _ = hostile
    monkeypatch.setattr(pages, "_ENVIRONMENT", pages._ENVIRONMENT.overlay(autoescape=False))
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.add_init_script(COUNT)
    page.goto(f"{server.url}prototypes/{FERN}", wait_until="load")
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") >= 40
    context.close()


def test_the_policy_alone_stops_what_is_not_escaped(
    hostile: tuple[WebServer, Ledger, str], browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second wall: no inline script runs on a page of the app, whatever its template lets through."""
    server, _, _ = hostile
    monkeypatch.setattr(pages, "_ENVIRONMENT", pages._ENVIRONMENT.overlay(autoescape=False))
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(COUNT)
    page.goto(f"{server.url}prototypes/{FERN}", wait_until="load")
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") == 0
    context.close()


SPY = """
const say = text => { document.getElementById('note').append(' ' + text + ';'); };
const attempt = (what, act) => { try { say(what + ' ' + act()); } catch (error) { say(what + ' refused'); } };
say('origin ' + window.origin);
attempt('cookie', () => document.cookie);
attempt('parent', () => parent.document.title);
if (top !== window) attempt('top', () => { top.location = 'http://localhost/moved'; return 'moved'; });
attempt('storage', () => localStorage.length);
attempt('popup', () => window.open('/ops') ? 'opened' : 'refused');
attempt('sibling', () => top.frames[1].document.title);
const ask = (what, address) => fetch(address, {credentials: 'include'})
  .then(answer => answer.text().then(text => say(what + ' read ' + text.length)), () => say(what + ' refused'));
Promise.all([
  ask('ops', 'APP/ops'), ask('api', 'APP/api/prototype/'), ask('other', 'http://other-7k2mq.localhost:PORT/'),
]).then(() => say('done'));
const form = document.createElement('form');
form.method = 'post'; form.action = 'APP/ops/sign-out'; form.target = '_blank';
document.body.append(form);
attempt('form', () => { form.submit(); return 'sent'; });
"""


@pytest.mark.parametrize("where", ["viewer", "compare", "own host", "path"])
def test_a_prototype_reaches_nobody(home: Settings, page: Page, where: str) -> None:
    """With the operator signed in: neither our cookie nor our page, nor the API, nor another prototype; nor can it
    leave its frame or act in his name."""
    with running_with(home) as (server, ledger):
        script = SPY.replace("APP", server.url.rstrip("/")).replace("PORT", str(server.port))
        files = {"script.js": script.encode()}
        event = prototype(home, ledger, extra=files)
        next_version(home, ledger, event, extra=files, heading="Second")
        prototype(home, ledger, "other-7k2mq")
        _enter(page, server)
        address = {
            "viewer": f"{server.url}prototypes/{FERN}",
            "compare": f"{server.url}ops/prototypes/{FERN}/compare",
            "own host": server.site_url(FERN),
            "path": f"{server.url}prototypes/{FERN}/",
        }[where]
        page.goto(address)
        framed = where in ("viewer", "compare")
        note = (page.frame_locator("iframe").first if framed else page).locator("#note")
        note.get_by_text("done;").wait_for()
        said = note.inner_text()
        for what in ("read", "operator=", "moved;"):
            assert what not in said, said
        for what in ("ops", "api", "other", "sibling"):
            assert f"{what} refused" in said, said
        # On its own host it may open its own pages, which is all that a path means there.
        assert ("popup refused" in said) is (where != "own host"), said
        assert ("origin null" in said) is (where != "own host"), said
        assert page.url == address
        if framed:
            assert "parent refused" in said
            sandboxes = {frame.get_attribute("sandbox") for frame in page.locator("iframe").all()}
            assert sandboxes == {"allow-scripts allow-forms"}
        with httpx.Client(base_url=server.url) as again:
            for cookie in page.context.cookies(server.url):
                again.cookies.set(cookie["name"], cookie["value"])
            assert again.get("/ops").status_code == 200, "the operator was signed out"
        assert len(ledger.versions(FERN)) == 2


def test_a_prototype_on_its_own_host_reads_nobody(home: Settings, page: Page) -> None:
    """It may show itself alone: what it asks of the app or of another prototype is refused by its policy."""
    script = """
      const note = document.getElementById('note');
      const ask = address => fetch(address, {credentials: 'include'}).then(() => 'read', () => 'refused');
      Promise.all([ask('APP/ops'), ask('http://other-7k2mq.localhost:PORT/'), ask('/metadata.json')])
        .then(all => { note.textContent = all.join(' ') + ' ' + document.cookie + '.'; });
      """
    with running_with(home) as (server, ledger):
        script = script.replace("APP", server.url.rstrip("/")).replace("PORT", str(server.port))
        prototype(home, ledger, extra={"script.js": script.encode()})
        prototype(home, ledger, "other-7k2mq")
        _enter(page, server)
        page.goto(server.site_url(FERN))
        page.get_by_text("refused refused read .").wait_for()


def test_a_record_that_cannot_be_read_costs_its_part_alone(home: Settings) -> None:
    """The viewer shows the rest."""
    with running_with(home) as (server, ledger):
        event = prototype(home, ledger)
        for broken in (b"{", b"[]", json.dumps({"sections": 7}).encode(), b"\xff"):
            ledger.keep(event.job, {RECORD_FILE: broken}, now())
            answer = httpx.get(f"{server.url}prototypes/{FERN}")
            assert answer.status_code == 200
            assert "43&nbsp;%" in answer.text


def test_names_that_are_none_are_nobody(home: Settings) -> None:
    """Odd ids in every operator's path: 404, never a fault of ours."""
    with running_with(home) as (server, _), client(server) as operator:
        sign_in(operator)
        for name in (
            "..%2f..",
            "%00",
            "UPPER",
            "a" * 70,
            "refs",
            "HEAD",
            "main~1",
            "x.y",
            "%ff",
            new_job_id(),
        ):
            for path in (
                f"/prototypes/{name}",
                f"/downloads/{name}.zip",
                f"/ops/jobs/{name}",
                f"/ops/jobs/{name}/submission.zip",
                f"/ops/jobs/{name}/delete",
                f"/ops/prototypes/{name}/compare",
                f"/ops/prototypes/{name}/delete",
                f"/frames/{name}/index.html",
            ):
                assert operator.get(path).status_code in (400, 404), path
        assert "No job of that id" in operator.get("/ops?q=" + "%00" * 9).text
