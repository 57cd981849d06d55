"""The built-in server in front of a real browser: start page, viewer, progress, prototypes."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from playwright.sync_api import Page

from protogen.config import Settings
from protogen.job import Status
from protogen.web import WebServer
from protogen.web import pages as messages
from protogen.web.published import Metadata, PublishedSites
from tools.browser import SiteCheck
from tools.servers import ask
from tools.sites import OneJob, publish, running
from tools.validators import Axe, Vnu

FERN = "fern-flour-7k2mq"
ABOUT = {
    "description": "Plant-based bread in Brno.",
    "language": "en",
    "ai_share": 0.43,
    "ai_sections": 0.75,
    "generation_time": 71.4,
    "file_size": 148_231,
    "facts": {"kept": 14, "removed": 3},
    "stages": [
        {"name": "analysis", "rung": "fields", "model": "tiny", "completion_tokens": 240, "ms": 9100},
        {"name": "behaviour", "rung": "template", "ms": 12, "reason": "not asked for"},
    ],
}


@pytest.fixture
def server(home: Settings) -> Iterator[WebServer]:
    """A running server over a home with one prototype and no job."""
    publish(home.published_dir, FERN, **ABOUT)
    with running(home) as server:
        yield server


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]:3000"])
def test_the_app_answers_to_its_names_and_frames_nothing(server: WebServer, host: str) -> None:
    """The start page under the app's domain and the loopback addresses, with headers of its own."""
    answer = ask(server.port, host)
    assert answer.status == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_start_page_names_no_customer(server: WebServer) -> None:
    """Whoever opens it learns what this is, not who uses it."""
    publish(server.settings.published_dir, "harbour-dental-x9k2p", title="Harbour Dental")
    text = ask(server.port, "localhost").text
    assert "harbour" not in text.lower()
    assert "Tell us what you need" in text


def test_every_page_style_and_icon_is_valid(home: Settings, tmp_path: Path, vnu: Vnu) -> None:
    """No error of the Nu HTML Checker in any page of the app, any message, the CSS and the SVG."""
    publish(home.published_dir, FERN, **ABOUT)
    publish(home.published_dir, "bare-7k2mq")
    pages = tmp_path / "pages"
    pages.mkdir()
    for status in Status:
        ledger = OneJob(status, place=3)
        with running(home, ledger) as server:
            answer = ask(server.port, "localhost", f"/jobs/{ledger.job_id}")
            (pages / f"job-{status}.html").write_text(answer.text, "utf-8")
    with running(home, ledger) as server:
        for path in ("", f"prototypes/{FERN}", "prototypes/bare-7k2mq"):
            answer = ask(server.port, "localhost", f"/{path}")
            (pages / f"app-{path.replace('/', '-')}.html").write_text(answer.text, "utf-8")
    for name, message in vars(messages).items():
        if isinstance(message, messages.Message):
            html = messages.message_html(message, "http://localhost/")
            (pages / f"message-{name}.html").write_text(html, "utf-8")
    assert len(list(pages.iterdir())) >= 18
    assert vnu([pages, Path(messages.__file__).parent / "static"]) == []


@pytest.mark.parametrize("path", ["", f"prototypes/{FERN}"])
def test_the_app_s_pages_are_sound_in_a_browser(
    server: WebServer, page: Page, site_check: SiteCheck, axe: Axe, path: str
) -> None:
    """No console error, nothing from elsewhere, no sideways scroll, no accessibility violation."""
    assert site_check(page, server.url + path).faults == []
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page) == []


@pytest.mark.parametrize(
    ("host", "path"),
    [("unknown-7k2mq.localhost", "/"), (f"{FERN}.localhost", "/nothing"), ("old-7k2mq.localhost", "/")],
)
def test_message_pages_are_sound_in_a_browser(
    server: WebServer, page: Page, axe: Axe, host: str, path: str
) -> None:
    """Accessible in light and dark, and styled: the hash in the policy is the style's."""
    publish(server.settings.published_dir, "old-7k2mq", expires_in=timedelta(seconds=-1))
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"http://{host}:{server.port}{path}")
    assert page.evaluate("getComputedStyle(document.body).display") == "grid"
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page) == []


def test_the_viewer_shows_the_site_at_three_widths_and_what_made_it(server: WebServer, page: Page) -> None:
    """The prototype runs in its frame; the widths are those chosen; rung, share and days are told."""
    page.goto(f"{server.url}prototypes/{FERN}")
    frame = page.frame_locator("iframe")
    assert "The script has run." in frame.locator("#note").inner_text()
    assert frame.locator("body").evaluate("e => getComputedStyle(e).color") == "rgb(34, 51, 68)"
    widths = {}
    for name in ("Phone", "Tablet", "Desktop"):
        page.get_by_text(name, exact=True).click()
        widths[name] = page.locator("iframe").bounding_box()["width"]  # type: ignore[index]
    assert (widths["Phone"], widths["Tablet"]) == (390, 820)
    assert widths["Desktop"] > 1000
    text = page.locator("main").inner_text()
    assert "43\u00a0% of the words" in " ".join(text.split("\n"))
    assert "the AI’s words, set by the kit" in text
    assert "not asked for" in text
    assert page.locator(".left").inner_text() == "30 days left"
    assert page.get_by_role("link", name="Open the website").get_attribute("href") == server.site_url(FERN)


def test_a_framed_prototype_is_a_stranger_to_the_app(server: WebServer, page: Page) -> None:
    """Under a path of the app's host, alone or in the frame, a script has an opaque origin and no storage."""
    script = """
      const say = text => { document.getElementById('note').textContent += ' ' + text; };
      say('origin ' + window.origin);
      try { localStorage.setItem('a', 'b'); say('stored'); } catch (error) { say('no storage'); }
      try { document.cookie = 'a=b'; say('cookie'); } catch (error) { say('no cookie'); }
      fetch('/health').then(() => say('fetched'), () => say('no fetch'));
      """
    publish(server.settings.published_dir, "spy-7k2mq", files={"script.js": script})
    address = f"{server.url}prototypes/spy-7k2mq"
    page.goto(f"{address}/")
    page.get_by_text("no fetch").wait_for()
    alone = page.locator("#note").inner_text()
    page.goto(address)
    page.frame_locator("iframe").get_by_text("no fetch").wait_for()
    framed = page.frame_locator("iframe").locator("#note").inner_text()
    for text in (alone, framed):
        assert "origin null no storage no cookie no fetch" in text


@pytest.mark.parametrize(
    "address", ["http://{id}.localhost:{port}/", "http://localhost:{port}/prototypes/{id}/"]
)
def test_a_prototype_runs_whole_at_both_its_addresses(
    server: WebServer, page: Page, site_check: SiteCheck, address: str
) -> None:
    """Style, script and font are loaded under the policy, and the console stays silent."""
    styles = "@font-face { font-family: Own; src: url(assets/own.woff2); } body { font-family: Own; }"
    publish(server.settings.published_dir, FERN, files={"styles.css": styles, "assets/own.woff2": _font()})
    assert site_check(page, address.format(id=FERN, port=server.port)).faults == []
    assert "The script has run." in page.locator("#note").inner_text()
    assert page.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]


def test_a_prototype_under_a_path_has_an_origin_of_its_own_by_headers(server: WebServer) -> None:
    """Its opaque origin is foreign to its own files, and fonts are fetched with CORS."""
    answer = ask(server.port, "localhost", f"/prototypes/{FERN}/styles.css")
    assert answer.headers["access-control-allow-origin"] == "*"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-forms; default-src 'none';")
    assert "access-control-allow-origin" not in ask(server.port, f"{FERN}.localhost", "/styles.css").headers


def test_a_missing_page_leads_back_to_its_own_site(server: WebServer) -> None:
    """At its host that is `/`, under a path of the app's host it is that path."""
    assert 'href="/"' in ask(server.port, f"{FERN}.localhost", "/nothing").text
    under_path = ask(server.port, "localhost", f"/prototypes/{FERN}/nothing")
    assert under_path.status == 404
    assert f'href="/prototypes/{FERN}/"' in under_path.text


def test_a_stranger_cannot_frame_a_prototype_but_the_app_can(server: WebServer, page: Page) -> None:
    """frame-ancestors: another prototype's page shows an empty frame."""
    framing = f'<!doctype html><title>x</title><iframe src="http://{FERN}.localhost:{server.port}/"></iframe>'
    publish(server.settings.published_dir, "framer-7k2mq", files={"index.html": framing})
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"http://framer-7k2mq.localhost:{server.port}/", wait_until="networkidle")
    assert any("Content Security Policy" in text for text in refused)


@pytest.mark.parametrize(
    "trick",
    [
        "/prototypes/../health",
        f"/prototypes/{FERN}/../../../config.yaml",
        f"/prototypes/{FERN}/%2e%2e/{FERN}/index.html",
        f"/prototypes/{FERN}/..%2f..%2fconfig.yaml",
        f"/prototypes/%66ern-flour-7k2mq/{FERN}/index.html",
        "/prototypes/.expired/",
        "/assets/..%2fapp.py",
        "/assets/../app.py",
    ],
)
def test_no_path_of_the_app_s_host_leads_out(server: WebServer, trick: str) -> None:
    """Each is refused as bad or not there."""
    (server.settings.home / "config.yaml").write_text("secret: 1", "utf-8")
    answer = ask(server.port, "localhost", trick)
    assert answer.status in {400, 404}
    assert "secret" not in answer.text


def test_what_a_site_says_of_itself_is_text_in_the_viewer(server: WebServer, page: Page) -> None:
    """Markup in title, description, stage and reason is shown, not run."""
    evil = "<img src=x onerror=\"document.title='fired'\"><script>document.title='fired'</script>"
    stages = [{"name": evil, "rung": evil, "model": evil, "reason": evil}]
    publish(
        server.settings.published_dir,
        "evil-7k2mq",
        title=evil,
        description=evil,
        stages=stages,
        generator=evil,
    )
    page.goto(f"{server.url}prototypes/evil-7k2mq", wait_until="networkidle")
    assert "fired" not in page.title().replace(evil, "")
    assert page.locator("main").inner_text().count("onerror") >= 4


def test_metadata_that_cannot_be_read_hides_the_site_and_says_so(
    server: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A site without a known end is not served: it could never expire."""
    broken = {"metadata.json": "{not json", "index.html": "still here"}
    publish(server.settings.published_dir, "broken-7k2mq", files=broken)
    with caplog.at_level(logging.WARNING):
        assert ask(server.port, "broken-7k2mq.localhost").status == 404
    assert "The site 7k2mq is not served" in caplog.text


@pytest.mark.parametrize(("written", "seconds"), [("2030-01-01T00:00:00Z", 0), ("2030-01-01T00:00:00", 0)])
def test_a_time_without_a_zone_is_utc(written: str, seconds: int) -> None:
    """Expiry is exact to the second, and days left are rounded up."""
    end = datetime(2030, 1, 1, tzinfo=UTC)
    site = Metadata.model_validate({"project_id": "x", "expires_at": written})
    assert site.expires_at == end
    assert not site.expired(end - timedelta(seconds=1))
    assert site.expired(end)
    assert site.days_left(end - timedelta(seconds=1)) == 1
    assert site.days_left(end - timedelta(days=2)) == 2
    assert site.days_left(end + timedelta(days=2)) == seconds


def test_a_new_version_is_seen_at_once(server: WebServer) -> None:
    """metadata.json is remembered only as long as the file is the same."""
    before = ask(server.port, "localhost", f"/prototypes/{FERN}").text
    publish(server.settings.published_dir, FERN, title="Fern & Flour & Friends")
    after = ask(server.port, "localhost", f"/prototypes/{FERN}").text
    assert "Friends" not in before
    assert "Fern &amp; Flour &amp; Friends" in after


def test_markers_follow_the_sites(home: Settings) -> None:
    """Set at the end, taken back on renewal and when the site is gone."""
    sites = PublishedSites(home.published_dir)
    assert sites.mark_expired() == ()
    assert not (home.published_dir / ".expired").exists()
    folder = publish(home.published_dir, FERN)
    end = datetime.now(UTC) + timedelta(days=30)
    assert sites.mark_expired(end) == (FERN,)
    assert [marker.name for marker in (home.published_dir / ".expired").iterdir()] == [FERN]
    assert sites.mark_expired(end - timedelta(days=1)) == ()
    sites.mark_expired(end)
    (folder / "metadata.json").unlink()
    assert sites.mark_expired(end) == ()
    assert list((home.published_dir / ".expired").iterdir()) == []


def _font() -> bytes:
    """A WOFF2 font of two square glyphs."""
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "a"])
    builder.setupCharacterMap({97: "a"})
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(corner)
    pen.closePath()
    glyph = pen.glyph()
    builder.setupGlyf({".notdef": glyph, "a": glyph})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "a": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Own", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font.flavor = "woff2"
    data = io.BytesIO()
    builder.save(data)
    return data.getvalue()
