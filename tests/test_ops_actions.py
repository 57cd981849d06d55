"""The operator at a prototype and a job: what he alone sees, what he does, and that nobody else can."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from protogen.config import Settings
from protogen.intake.voice import Transcript, transcripts_json
from protogen.job import Event, Status, new_job_id, now
from protogen.ledger import Ledger
from protogen.web import WebServer
from protogen.web.compare import Piece, changed_files, changed_words
from tools.browser import SiteCheck
from tools.jobs import REQUEST, claimed, failed, hand_in, job_of
from tools.operator import TOKEN, client, csrf_of, sign_in
from tools.prototypes import FERN, next_version, prototype, running_with
from tools.validators import Axe, Vnu

Running = tuple[WebServer, Ledger, Event]
FRAME = re.compile(r'src="(/frames/[^"]+)"')


@pytest.fixture
def served(home: Settings) -> Iterator[Running]:
    """A server over a real ledger with a prototype of two versions."""
    with running_with(home) as (server, ledger):
        event = prototype(home, ledger)
        next_version(home, ledger, event, heading="Bread at seven")
        yield server, ledger, event


@pytest.fixture
def operator(served: Running) -> Iterator[httpx.Client]:
    """The operator, signed in."""
    with client(served[0]) as browser:
        sign_in(browser)
        yield browser


def send(
    browser: httpx.Client, path: str, seen: str = f"/prototypes/{FERN}", **fields: str
) -> httpx.Response:
    """The answer to a form of the page `seen`."""
    return browser.post(path, data={"csrf": csrf_of(browser.get(seen).text), **fields})


def test_only_the_operator_sees_what_was_taken_out_and_the_versions(
    served: Running, operator: httpx.Client
) -> None:
    """Facts removed, copy refused, versions and their acts: his page is kept by nobody."""
    own = operator.get(f"/prototypes/{FERN}")
    for words in ("award-winning", "opening hours: nothing-usable", "Version 2", "Bring back", "Days longer"):
        assert words in own.text
    assert own.headers["cache-control"] == "no-store"
    public = httpx.get(f"{served[0].url}prototypes/{FERN}").text
    for words in ("award-winning", "nothing-usable", "Version 2", served[2].job, 'name="csrf"'):
        assert words not in public


def test_versions_come_back(served: Running, operator: httpx.Client) -> None:
    """By a form, and the page says so."""
    server, ledger, event = served
    answer = send(operator, f"/ops/prototypes/{FERN}/rollback", version="1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/prototypes/{FERN}?done=rolled-back")
    assert "The earlier version is back." in operator.get(answer.headers["location"]).text
    assert "Bread at six" in httpx.get(f"{server.url}prototypes/{FERN}/").text
    assert job_of(ledger, event.job).content == ledger.versions(FERN)[-1].commit


def test_the_time_is_extended(served: Running, operator: httpx.Client) -> None:
    """In the ledger and on the page; an expired site too, which only the operator still sees."""
    server, ledger, event = served
    assert event.expires_at is not None
    assert send(operator, f"/ops/prototypes/{FERN}/extend", days="5").status_code == 303
    assert job_of(ledger, event.job).expires_at == event.expires_at + timedelta(days=5)
    assert "<b>35</b> days left" in httpx.get(f"{server.url}prototypes/{FERN}").text


def test_an_expired_site_is_extended_by_who_still_sees_it(
    served: Running, operator: httpx.Client, home: Settings
) -> None:
    """Everybody else is told that it is over."""
    server, ledger, _ = served
    prototype(home, ledger, "old-7k2mq", at=now() - timedelta(days=30, hours=1))
    assert httpx.get(f"{server.url}prototypes/old-7k2mq").status_code == 410
    page = operator.get("/prototypes/old-7k2mq").text
    assert operator.get(FRAME.findall(page)[0]).status_code == 200
    send(operator, "/ops/prototypes/old-7k2mq/extend", "/prototypes/old-7k2mq", days="3")
    assert httpx.get(f"{server.url}prototypes/old-7k2mq").status_code == 200


def test_a_prototype_is_deleted_after_a_question(served: Running, operator: httpx.Client) -> None:
    """Then neither viewer, host, frame, download nor git has it."""
    server, ledger, event = served
    frame = FRAME.findall(operator.get(f"/prototypes/{FERN}").text)[0]
    assert operator.get(frame).status_code == 200
    asked = operator.get(f"/ops/prototypes/{FERN}/delete").headers["location"]
    assert asked == f"/ops/jobs/{event.job}/delete"
    assert f"Delete {FERN} for good?" in operator.get(asked).text
    assert job_of(ledger, event.job).status is Status.COMPLETED
    assert send(operator, asked, asked).headers["location"] == "/ops?done=deleted"
    for path in (f"/prototypes/{FERN}", f"/prototypes/{FERN}/", f"/downloads/{FERN}.zip", frame):
        assert operator.get(path).status_code == 404
    assert ledger.versions(FERN) == []
    assert send(operator, asked, "/ops/jobs/" + hand_in(server.settings, ledger, now())).status_code == 409


def test_a_failed_job_is_tried_again(served: Running, operator: httpx.Client, home: Settings) -> None:
    """Its page says why it failed and what to do; then it waits in the queue, and can be called off."""
    _, ledger, _ = served
    path = f"/ops/jobs/{failed(home, ledger, now()).job}"
    text = operator.get(path).text
    assert "No page passed the gate" in text
    assert send(operator, f"{path}/retry", path).headers["location"] == f"{path}?done=retried"
    assert "number 1 in the queue" in operator.get(path).text
    send(operator, f"{path}/cancel", path)
    assert 'status--cancelled">cancelled' in operator.get(path).text


def test_a_new_version_is_asked_for(served: Running, operator: httpx.Client) -> None:
    """Meanwhile versions and time stay as they are, and the page says why."""
    _, ledger, event = served
    path = f"/ops/jobs/{event.job}"
    assert "Make a new version" in operator.get(path).text
    send(operator, f"{path}/retry", path, **{"new-version": "yes"})
    assert job_of(ledger, event.job).status is Status.PENDING
    text = operator.get(f"/prototypes/{FERN}").text
    assert "The job is pending; versions and time can be changed when it is completed." in text
    assert "Bring back" not in text
    refused = send(operator, f"/ops/prototypes/{FERN}/rollback", version="1")
    assert refused.status_code == 409
    assert "roll back when it is completed" in refused.text


def test_what_was_sent_is_taken_along(served: Running, operator: httpx.Client) -> None:
    """As a zip of all that is kept of the job."""
    _, _, event = served
    answer = operator.get(f"/ops/jobs/{event.job}/submission.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    folder = f"submission-{event.job}"
    assert REQUEST.split("\n", maxsplit=1)[0] in archive.read(f"{folder}/submission.yaml").decode()
    assert json.loads(archive.read(f"{folder}/record.json"))["project_id"] == FERN


def test_the_operator_reads_what_was_heard_and_what_was_not_used(
    served: Running, operator: httpx.Client, vnu: Vnu, tmp_path: Path
) -> None:
    """Each recording in its words, with the numbers that were doubted; a note a file that was left."""
    _, ledger, event = served
    assert "What was heard" not in operator.get(f"/ops/jobs/{event.job}").text
    heard = (
        Transcript("a.webm", "Wir backen <b>Brot</b>.", "de", 4.2, ("0341",)),
        Transcript("b.ogg", note="b.ogg is kept: nothing was said in it."),
    )
    record = json.loads(ledger.submission(event.job)["record.json"]) | {
        "notes": ["menu.pdf is kept, and was not read."]
    }
    kept = {"transcripts.json": transcripts_json(heard), "record.json": json.dumps(record).encode()}
    ledger.keep(event.job, kept, now())
    text = operator.get(f"/ops/jobs/{event.job}").text
    for words in ("Wir backen &lt;b&gt;Brot", 'lang="de"', "0341", "nothing was said", "menu.pdf is kept"):
        assert words in text
    (tmp_path / "page.html").write_text(text, "utf-8")
    assert vnu([tmp_path / "page.html"]) == []


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        (f"/ops/prototypes/{FERN}/rollback", {"version": "9"}, 409),
        (f"/ops/prototypes/{FERN}/rollback", {"version": "one"}, 400),
        (f"/ops/prototypes/{FERN}/rollback", {}, 400),
        (f"/ops/prototypes/{FERN}/extend", {"days": "0"}, 409),
        (f"/ops/prototypes/{FERN}/extend", {"days": "-1"}, 400),
        (f"/ops/prototypes/{FERN}/extend", {"days": "99999999"}, 400),
        ("/ops/prototypes/nothing-7k2mq/extend", {"days": "1"}, 409),
        ("/ops/prototypes/UP_/extend", {"days": "1"}, 409),
        ("/ops/jobs/nothing/retry", {}, 404),
        (f"/ops/jobs/{new_job_id()}/retry", {}, 409),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    operator: httpx.Client, path: str, fields: dict[str, str], status: int
) -> None:
    """A clear page, and nothing changed."""
    answer = send(operator, path, **fields)
    assert answer.status_code == status
    assert ("This was not done" in answer.text) is (status != 404)


def test_nobody_but_the_operator_gets_in(served: Running) -> None:
    """What is read leads to the sign-in, what is sent is refused; the token in the header does for programs."""
    server, ledger, event = served
    job, site = f"/ops/jobs/{event.job}", f"/ops/prototypes/{FERN}"
    with client(server) as stranger:
        for path in (job, f"{job}/submission.zip", f"{job}/delete", f"{site}/compare", f"{site}/delete"):
            answer = stranger.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/ops/sign-in?then=/ops")
        csrf = csrf_of(stranger.get("/ops/sign-in").text)
        for path in (
            f"{site}/rollback",
            f"{site}/extend",
            f"{job}/delete",
            f"{job}/retry",
            f"{job}/cancel",
        ):
            sent = stranger.post(path, data={"csrf": csrf, "version": "1", "days": "1"})
            assert sent.status_code == 401, path
        assert stranger.get(job, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert stranger.get(job, headers={"Authorization": "Bearer wrong-wrong-wrong"}).status_code == 401
    assert len(ledger.versions(FERN)) == 2


def test_without_its_token_no_form_of_the_operator_counts(served: Running, operator: httpx.Client) -> None:
    """A page of somebody else's cannot use his session."""
    _, ledger, event = served
    assert operator.post(f"/ops/jobs/{event.job}/delete").status_code in (403, 415)
    forged = {"csrf": "0" * 64, "days": "1"}
    assert operator.post(f"/ops/prototypes/{FERN}/extend", data=forged).status_code == 403
    assert job_of(ledger, event.job).status is Status.COMPLETED


def test_a_frame_opens_one_version_and_only_with_its_key(served: Running, operator: httpx.Client) -> None:
    """Another version, a later end or another project under the same key: nothing."""
    server, ledger, _ = served
    text = operator.get(f"/ops/prototypes/{FERN}/compare").text
    old, new = FRAME.findall(text)
    assert "Bread at six" in httpx.get(server.url + old[1:]).text
    answer = httpx.get(server.url + new[1:])
    assert "Bread at seven" in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts allow-forms; ")
    assert httpx.get(server.url + new[1:] + "styles.css").headers["content-type"].startswith("text/css")
    first, second = (version.commit for version in ledger.versions(FERN))
    expires = old.split(".")[2]
    for forged in (
        old.replace(first, second),
        old.replace(expires, str(int(expires) + 1)),
        old.replace(FERN, "x"),
    ):
        assert httpx.get(server.url + forged[1:]).status_code == 404
    assert httpx.get(server.url + old[1:] + "nothing").status_code == 404
    assert httpx.get(server.url + old[1:] + "%2e%2e/x").status_code in (400, 404)


def test_what_changed_is_told_in_words(served: Running, operator: httpx.Client) -> None:
    """The words that went and came, and the files that differ."""
    text = operator.get(f"/ops/prototypes/{FERN}/compare?old=1&new=2").text
    assert "<del>six</del><ins>seven</ins>" in re.sub(r">\s+<", "><", text)
    assert "<code>index.html</code>" in text
    assert "Not a word" in operator.get(f"/ops/prototypes/{FERN}/compare?old=2&new=2").text
    assert operator.get("/ops/prototypes/nothing-7k2mq/compare").status_code == 404


def test_long_unchanged_passages_are_cut() -> None:
    """Ten words around each change stay; a page too long to compare says nothing but that."""
    words = " ".join(f"w{n}" for n in range(60))
    old, new = ({"a.html": f"<p>{end} {words} {end}</p>".encode()} for end in ("x", "y"))
    kinds = [piece.kind for piece in changed_words(old, new)["a.html"]]
    assert kinds == ["gone", "new", "same", "cut", "same", "gone", "new"]
    long = {"a.html": ("<p>" + "w " * 13_000).encode()}
    assert changed_words(old, long) == {"a.html": [Piece("cut", "")]}
    assert changed_words({}, {}) == {}
    assert changed_files({"a": b"1", "b": b"1"}, {"b": b"1", "c": b"1"}) == ["a", "c"]


def test_the_operator_s_way_in_a_browser(served: Running, home: Settings, page: Page) -> None:
    """Sign in, look, compare, roll back, extend, delete: by hand, as it is done."""
    server, ledger, event = served
    page.goto(f"{server.url}ops/sign-in?then=/prototypes/{FERN}")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    assert "Bread at seven" in page.frame_locator("iframe").locator("h1").inner_text()
    page.get_by_role("link", name="Compare versions").click()
    before, after = (page.frame_locator("iframe").nth(n).locator("h1").inner_text() for n in (0, 1))
    assert (before, after) == ("Bread at six", "Bread at seven")
    page.get_by_role("link", name=FERN).click()
    page.get_by_role("button", name="Bring back version 1").click()
    page.get_by_text("The earlier version is back.").wait_for()
    assert page.frame_locator("iframe").locator("h1").inner_text() == "Bread at six"
    page.get_by_label("Days longer").fill("7")
    page.get_by_role("button", name="Extend").click()
    assert page.locator(".left").inner_text() == "37 days left"
    page.get_by_role("link", name="Delete …").click()
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/ops?done=deleted")
    assert job_of(ledger, event.job).status is Status.EXPIRED
    assert not (home.published_dir / FERN).exists()


@pytest.mark.parametrize(
    "path", ["prototypes/{site}", "ops/prototypes/{site}/compare", "ops/jobs/{job}", "ops/jobs/{job}/delete"]
)
def test_the_operator_s_pages_are_sound(
    served: Running,
    operator: httpx.Client,
    page: Page,
    site_check: SiteCheck,
    axe: Axe,
    vnu: Vnu,
    tmp_path: Path,
    path: str,
) -> None:
    """Valid, accessible in light and dark, nothing from elsewhere, no sideways scroll, a silent console."""
    server, _, event = served
    url = server.url + path.format(site=FERN, job=event.job)
    cookies = [{"name": name, "value": value, "url": server.url} for name, value in operator.cookies.items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    assert site_check(page, url).faults == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert axe(page) == []
    (tmp_path / "page.html").write_text(operator.get(url).text, "utf-8")
    assert vnu([tmp_path / "page.html"]) == []


def test_a_job_in_hand_is_not_deleted(served: Running, operator: httpx.Client, home: Settings) -> None:
    """It can be called off first."""
    _, ledger, _ = served
    path = f"/ops/jobs/{claimed(home, ledger, now()).job}"
    text = operator.get(path).text
    assert "Call it off" in text
    assert "Delete …" not in text
    assert send(operator, f"{path}/delete", path).status_code == 409
