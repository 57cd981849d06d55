"""The form and the progress page, in Chromium as a customer uses them and over the socket."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, sync_playwright

from protogen.config import LimitSettings, LlmSettings, Settings, WebSettings
from protogen.hooks import Hook
from protogen.intake.parse import parse_drop
from protogen.job import Status
from protogen.up import Up
from protogen.web import pages
from protogen.web.tongue import CATALOGUES, NAMES
from tools.model import Request, Wire, good, stub
from tools.validators import Axe, Vnu
from tools.xss import PAYLOADS

WORDS = (
    "We are Fern & Flour, a small bakery in Brno at Veveří 42. We bake sourdough bread. Call +420 541 234 567. "
    "Open Tue-Sat 7:30-17:00."
)
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)


def system(home: Path, model: str, *, worker: bool = True) -> Up:
    """A whole `protogen up`, without limits of number; a model that waits makes the progress visible."""
    limits = LimitSettings(user_per_day=0, contact_per_day=0, address_per_hour=0)
    provider = "openai" if model else "none"
    llm = LlmSettings(provider=provider, base_url=model, model="stub")
    return Up(Settings(home=home, web=WebSettings(port=0, limits=limits), llm=llm), Hook())


def leisurely(request: Request, wire: Wire) -> None:
    """A good answer after a moment."""
    time.sleep(0.25)
    good(request, wire)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A running system with a leisurely model."""
    with stub(leisurely) as model, system(tmp_path_factory.mktemp("home"), model.base_url) as running:
        yield running


@pytest.fixture(scope="module")
def phone(up: Up) -> Iterator[Callable[..., Page]]:
    """Opens pages in a phone-sized Chromium with a microphone that beeps."""
    with sync_playwright() as playwright, chromium_with_microphone(playwright) as browser:
        yield lambda **options: browser.new_context(
            viewport={"width": 390, "height": 844}, permissions=["microphone"], **options
        ).new_page()


def chromium_with_microphone(playwright: object) -> object:
    """Chromium with the fake devices that it brings for tests."""
    from tools.browser import _ARGUMENTS
    from tools.missing import program

    executable = program(["chromium", "chromium-browser", "google-chrome"], "chromium")
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    return playwright.chromium.launch(executable_path=executable, args=[*_ARGUMENTS, *fake])  # type: ignore[attr-defined]


@pytest.fixture
def client(up: Up) -> Iterator[httpx.Client]:
    """A visitor without a script."""
    with httpx.Client(base_url=up.web.url.rstrip("/"), timeout=30) as visitor:
        yield visitor


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def fill(client: httpx.Client, **fields: str) -> dict[str, str]:
    """The fields of a form that was opened."""
    page = client.get("/").text
    return {"csrf": hidden(page, "csrf"), "submission_id": hidden(page, "submission_id"), **fields}


class TestOnAPhone:
    """The whole way, as a customer."""

    def test_from_words_voice_and_a_picture_to_a_website(self, up: Up, phone: Callable[..., Page]) -> None:
        """Type, record, attach, send, watch, open the site, download the zip."""
        page = phone()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(up.web.url)
        page.fill("#description", WORDS)
        page.click("[data-record]")
        page.wait_for_function("() => document.querySelector('[data-clock]').textContent === '0:01'")
        assert page.evaluate("document.querySelector('[data-level]').value") >= 0
        page.click("[data-record]")
        page.wait_for_selector("[data-playback]:not([hidden])")
        page.wait_for_function("() => document.querySelector('[data-playback]').readyState > 0")
        page.set_input_files("#files", {"name": "shop.png", "mimeType": "image/png", "buffer": PICTURE})
        assert page.locator("[data-chosen] li").count() == 1
        page.fill("#name", "Jana Nováková")
        page.fill("#contact_value", "jana@example.com")
        page.click("[data-send]")
        page.wait_for_url("**/jobs/**")
        job = page.url.rpartition("/")[2].partition("?")[0]
        page.wait_for_selector(".steps .is-now")
        page.reload()
        page.wait_for_selector("text=Open the website", timeout=60_000)
        submission = up.ledger.submission(job)
        assert {name.partition("/")[0] for name in submission} >= {"voice", "files", "submission.yaml"}
        assert any(data.startswith(b"\x1aE\xdf\xa3") for name, data in submission.items() if "voice" in name)
        with page.expect_download() as download:
            page.click("text=Download it")
        assert "index.html" in " ".join(zipfile.ZipFile(download.value.path()).namelist())
        page.click("text=Open the website")
        page.wait_for_selector("text=Fern & Flour")
        assert faults == []

    def test_what_was_typed_stays_over_a_reload(self, up: Up, phone: Callable[..., Page]) -> None:
        """And is gone once it was sent."""
        page = phone()
        page.goto(up.web.url)
        page.click("[data-sample] >> nth=0")
        said = page.input_value("#description")
        assert "bakery" in said
        page.reload()
        assert page.input_value("#description") == said

    def test_an_empty_form_is_not_sent(self, up: Up, phone: Callable[..., Page]) -> None:
        """A sentence says what is missing."""
        page = phone()
        page.goto(up.web.url)
        page.click("[data-send]")
        assert page.is_visible("[data-fault=description]")
        assert page.get_attribute("#description", "aria-invalid") == "true"
        assert page.url == up.web.url

    def test_two_clicks_are_one_request(self, up: Up, phone: Callable[..., Page]) -> None:
        """The form goes under one id."""
        page = phone()
        page.goto(up.web.url)
        page.fill("#description", "A page for our choir in Olomouc.")
        before = len(up.ledger.jobs())
        page.evaluate("const b = document.querySelector('[data-send]'); b.click(); b.click();")
        page.wait_for_url("**/jobs/**")
        page.wait_for_selector("text=Open the website", timeout=60_000)
        assert len(up.ledger.jobs()) == before + 1

    def test_a_request_can_be_taken_back_and_tried_again(self, up: Up, phone: Callable[..., Page]) -> None:
        """While it is made; then it can be taken up again."""
        page = phone()
        page.goto(up.web.url)
        page.fill("#description", WORDS)
        page.click("[data-send]")
        page.click("text=Take the request back", timeout=30_000)
        page.wait_for_selector("text=This request was cancelled", timeout=30_000)
        page.click("text=Try again")
        page.wait_for_selector("text=Open the website", timeout=60_000)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("language", sorted(NAMES))
    def test_the_form_is_sound(
        self, up: Up, phone: Callable[..., Page], axe: Axe, language: str, scheme: str
    ) -> None:
        """No violation in axe-core, nothing sideways, in each language and scheme."""
        page = phone(color_scheme=scheme)
        page.goto(f"{up.web.url}?lang={language}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate("document.documentElement.lang") == language

    def test_every_state_of_a_job_is_sound(self, up: Up, phone: Callable[..., Page], axe: Axe) -> None:
        """While it is made, done, cancelled; and the API's documents."""
        page = phone()
        page.goto(up.web.url)
        page.fill("#description", WORDS)
        page.click("[data-send]")
        page.wait_for_selector(".steps .is-now", timeout=30_000)
        assert axe(page) == []
        page.wait_for_selector("text=Open the website", timeout=60_000)
        assert axe(page) == []
        page.goto(f"{up.web.url}docs")
        assert axe(page) == []


class TestWithoutAScript:
    """Plain forms and a page that loads itself again."""

    def test_the_whole_way(self, client: httpx.Client, up: Up) -> None:
        """Posted with a file, sent on with 303, done after some reloads."""
        sent = client.post("/", data=fill(client, description=WORDS), files={"files": ("a.txt", b"Rye 80")})
        assert sent.status_code == 303
        for _ in range(300):
            page = client.get(sent.headers["location"]).text
            if "Open the website" in page:
                break
            assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
            time.sleep(0.1)
        project = re.search(r"/downloads/([a-z0-9-]+)\.zip", page)
        assert project
        archive = client.get(f"/downloads/{project[1]}.zip").content
        assert zipfile.ZipFile(io.BytesIO(archive)).testzip() is None

    def test_a_fault_keeps_what_was_typed(self, client: httpx.Client) -> None:
        """Beside a sentence that says what is wrong."""
        answer = client.post(
            "/", data=fill(client, description=" ", name="Jana", contact_value="j@example.com")
        )
        assert answer.status_code == 422
        assert re.search(r'id="description-fault" data-fault="description">[^<]{9,}</p>', answer.text)
        assert re.search(
            r'<textarea[^>]*aria-describedby="[^"]*description-fault" aria-invalid="true"', answer.text
        )
        assert 'id="form-fault" data-fault="" hidden' in answer.text
        assert 'value="Jana"' in answer.text
        assert 'value="j@example.com"' in answer.text

    def test_a_strangers_form_is_refused(self, client: httpx.Client, up: Up) -> None:
        """Without the cookie, or with another's field."""
        fields = fill(client, description=WORDS)
        assert httpx.post(f"{up.web.url}", data=fields).status_code == 403
        assert client.post("/", data=fields | {"csrf": "0" * 64}).status_code == 403

    def test_the_drop_is_whole_before_the_answer(self, tmp_path: Path) -> None:
        """With nobody who takes it from the inbox it lies there, readable."""
        home = tmp_path / "home"
        home.mkdir()
        running = system(home, "")
        running.web.start()
        try:
            with httpx.Client(base_url=running.web.url.rstrip("/")) as client:
                sent = client.post("/", data=fill(client, description=WORDS, name="Jana"))
            job = sent.headers["location"].rpartition("/")[2].partition("?")[0]
            submission = parse_drop(running.settings.inbox_dir / job, running.settings.intake)
            assert (submission.description, submission.name) == (WORDS, "Jana")
        finally:
            running.web.stop()
            running.ledger.close()


class TestProgress:
    """How far it has come, live."""

    def test_events_tell_each_stage_and_end_with_the_job(self, client: httpx.Client, up: Up) -> None:
        """Server-sent events, the last of which says that it is done."""
        sent = client.post("/", data=fill(client, description=WORDS))
        job = sent.headers["location"].rpartition("/")[2].partition("?")[0]
        told = []
        with client.stream("GET", f"/jobs/{job}/events", timeout=60) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-accel-buffering"] == "no"
            told = [line for line in answer.iter_lines() if line.startswith("data: ")]
        assert len(told) >= 5
        assert '"done": true' in told[-1]
        assert any("Writing the sections" in line and "is-now" in line for line in told)

    def test_many_may_watch_at_once(self, client: httpx.Client, up: Up) -> None:
        """Fifty streams of one job; each hears of its end."""
        sent = client.post("/", data=fill(client, description=WORDS))
        job = sent.headers["location"].rpartition("/")[2].partition("?")[0]
        limits = httpx.Limits(max_connections=60)
        with httpx.Client(base_url=up.web.url.rstrip("/"), timeout=60, limits=limits) as watcher:
            streams = [watcher.stream("GET", f"/jobs/{job}/events") for _ in range(50)]
            answers = [stream.__enter__() for stream in streams]
            ends = [
                [line for line in answer.iter_lines() if line.startswith("data")][-1] for answer in answers
            ]
            for stream in streams:
                stream.__exit__(None, None, None)
        assert all('"done": true' in end for end in ends)

    @pytest.mark.parametrize("path", ["", "/state", "/events"])
    def test_an_unknown_job_is_said_so(self, client: httpx.Client, path: str) -> None:
        """404, also for what is no id."""
        assert client.get(f"/jobs/00000000-0000-4000-8000-000000000000{path}").status_code == 404
        assert client.get(f"/jobs/nonsense{path}").status_code == 404


def _fulfil(route: Route, request: object, html: str) -> None:
    route.fulfill(body=html, content_type="text/html")


class TestStoredScripts:
    """Whatever a customer writes is text."""

    def test_nothing_runs_on_form_progress_and_prototype(self, up: Up, phone: Callable[..., Page]) -> None:
        """Sixty payloads in every field: the form (on a fault), the job's page, the finished site."""
        with httpx.Client(base_url=up.web.url.rstrip("/"), timeout=60) as client:
            jobs = []
            for n in range(0, len(PAYLOADS), 15):
                text = "\n".join(PAYLOADS[n : n + 15])
                fields = fill(
                    client, description=f"{WORDS}\n{text}", name=PAYLOADS[n], contact_value=PAYLOADS[n]
                )
                files = [("files", (each.replace("/", "⁄"), b"x")) for each in PAYLOADS[n : n + 15]]
                sent = client.post("/", data=fields, files=files)
                assert sent.status_code == 303, sent.text
                jobs.append(sent.headers["location"])
        page = phone()
        ran: list[str] = []
        page.on("dialog", lambda dialog: (ran.append(page.url), dialog.dismiss()))
        for address in jobs:
            page.goto(f"{up.web.url.rstrip('/')}{address}")
            page.wait_for_selector("text=Open the website", timeout=90_000)
            page.click("text=Open the website")
            page.wait_for_load_state("networkidle")
        page.goto(up.web.url)
        for payload in PAYLOADS[::4]:
            page.fill("#name", payload)
            with page.expect_navigation():
                page.evaluate("document.getElementById('request').submit()")
            assert page.input_value("#name") == payload
        assert ran == []
        assert {up.ledger.job(job[6:42]).status for job in jobs} == {Status.COMPLETED}  # type: ignore[union-attr]

    def test_they_would_run_if_they_were_not_escaped(self, phone: Callable[..., Page]) -> None:
        """Printed as they are, at least forty do: else their silence would mean nothing."""
        page = phone()
        page.add_init_script("window.ran = 0; window.alert = () => { window.top.ran += 1; };")
        fired = 0
        for payload in PAYLOADS:
            html = f"<!doctype html><title>x</title><p>{payload}</p>"
            page.route("http://unescaped.test/**", partial(_fulfil, html=html))
            page.goto("http://unescaped.test/")
            page.wait_for_timeout(30)
            fired += bool(page.evaluate("window.ran"))
            page.unroute("http://unescaped.test/**")
        assert fired >= 40


def test_every_page_is_valid(up: Up, client: httpx.Client, vnu: Vnu, tmp_path: Path) -> None:
    """The form in each language, with a fault, and the job's page: no error of the Nu HTML Checker."""
    shown = {f"form-{code}": client.get(f"/?lang={code}").text for code in NAMES}
    shown["fault"] = client.post("/", data=fill(client, description=" ")).text
    sent = client.post("/", data=fill(client, description=WORDS))
    shown["job"] = client.get(sent.headers["location"]).text
    shown["docs"] = client.get("/docs").text
    files = []
    for name, text in shown.items():
        files.append(tmp_path / f"{name}.html")
        files[-1].write_text(text, "utf-8")
    assert vnu(files) == []


def test_the_catalogues_say_the_same_things() -> None:
    """Every language has every text, with the same places to be filled."""
    from babel.messages.pofile import read_po

    texts = {}
    for code in set(NAMES) - {"en"}:
        with (CATALOGUES / f"{code}.po").open("rb") as file:
            texts[code] = {str(m.id): str(m.string) for m in read_po(file, locale=code) if m.id}
    assert texts["cs"].keys() == texts["de"].keys()
    for catalogue in texts.values():
        for english, own in catalogue.items():
            assert own
            assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", own))


def test_every_text_of_the_templates_is_in_the_catalogues() -> None:
    """What a template says through `t` has its words in each language."""
    folder = Path(pages.__file__).parent / "templates"
    said = {
        text.replace("\\'", "'")
        for name in ("form.html.j2", "job.html.j2", "job-state.html.j2", "base.html.j2", "viewer.html.j2")
        for _, text in re.findall(r"""\bt\((["'])(.+?)\1[,)]""", (folder / name).read_text("utf-8"))
    }
    known = (CATALOGUES / "cs.po").read_text("utf-8")
    assert len(said) > 40
    assert [text for text in said if f'msgid "{text}"' not in known] == []
