"""The viewer as a customer sees it: frame, widths, what made it, QR code, zip; with and without scripts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from protogen.config import Settings
from protogen.ledger import Ledger
from protogen.web import WebServer
from protogen.web.tongue import CATALOGUES
from protogen.web.viewer import qr_code
from protogen.web.words import HANDS, RUNGS, STAGES
from tools.browser import SiteCheck
from tools.prototypes import FERN, next_version, prototype, running_with, site_files
from tools.validators import Axe, Vnu

Running = tuple[WebServer, Ledger]


@pytest.fixture
def served(home: Settings) -> Iterator[Running]:
    """A server over a real ledger with one prototype."""
    with running_with(home) as (server, ledger):
        prototype(home, ledger)
        yield server, ledger


def test_the_customer_reads_what_was_made_how_and_what_was_left_open(served: Running) -> None:
    """Sections by rung, questions, days left, address; nothing of what only the operator sees."""
    server, ledger = served
    text = httpx.get(f"{server.url}prototypes/{FERN}").text
    for words in ("Written by the AI, set by the kit", "opening hours", "When are you open?", "43&nbsp;%"):
        assert words in text
    assert "<b>30</b> days left" in text
    assert server.site_url(FERN) in text
    for hidden in ("award-winning", ledger.versions(FERN)[0].job, "nothing-usable"):
        assert hidden not in text


def test_the_zip_holds_every_file_and_is_the_same_each_time(served: Running, home: Settings) -> None:
    """Streamed, in a folder of the site's name; links and hidden names stay out."""
    server, _ = served
    folder = home.published_dir / FERN
    (folder / "link.txt").symlink_to(home.ledger_dir / "HEAD")
    (folder / ".hidden").write_text("no", "utf-8")
    first, second = (httpx.get(f"{server.url}downloads/{FERN}.zip") for _ in range(2))
    assert first.content == second.content
    assert first.headers["content-disposition"] == f'attachment; filename="{FERN}.zip"'
    archive = zipfile.ZipFile(io.BytesIO(first.content))
    expected = site_files()
    assert archive.testzip() is None
    assert archive.namelist() == sorted(f"{FERN}/{name}" for name in expected)
    assert archive.read(f"{FERN}/styles.css") == expected["styles.css"]
    assert all(entry.date_time[0] > 2000 for entry in archive.infolist())


@pytest.mark.parametrize(("name", "status"), [("nothing-7k2mq", 404), ("..%2f..", 404), ("old-7k2mq", 410)])
def test_what_does_not_stand_cannot_be_taken_along(
    served: Running, home: Settings, name: str, status: int
) -> None:
    """Unknown, a trick, expired."""
    server, ledger = served
    prototype(home, ledger, "old-7k2mq", expires_in=timedelta(seconds=-1))
    assert httpx.get(f"{server.url}downloads/{name}.zip").status_code == status


def test_the_qr_code_says_the_address() -> None:
    """An SVG without size or script, dark on light with its margin; another address is another code."""
    svg = qr_code("http://fern-flour-7k2mq.localhost:3000/")
    assert svg.startswith('<svg viewBox="0 0 37 37" class="qr">')
    assert 'fill="#fff" d="M0 0h37v37h-37z"' in svg
    assert svg != qr_code("http://fern-flour-7k2mr.localhost:3000/")


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_every_width_fits_every_window(served: Running, page: Page, width: int) -> None:
    """The frame is as wide as its device inside, and made smaller where the window is; keys choose too."""
    server, _ = served
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{server.url}prototypes/{FERN}")
    inside = "document.documentElement.clientWidth"
    frame = page.frame_locator("iframe").locator("html")
    page.get_by_text("Phone", exact=True).click()
    for expected in (390, 820, 1280):
        page.wait_for_function(
            "w => document.querySelector('iframe').clientWidth === w", arg=max(expected, 0), timeout=5000
        )
        assert frame.evaluate(f"() => {inside}") == expected
        assert page.evaluate(inside) == page.evaluate("document.documentElement.scrollWidth")
        page.locator("input[name=width]:checked").press("ArrowRight")


def test_the_address_is_copied(served: Running, browser: Browser) -> None:
    """One press, and it says so."""
    server, _ = served
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{server.url}prototypes/{FERN}")
    page.get_by_role("button", name="Copy the address").click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == server.site_url(FERN)
    context.close()


def test_without_scripts_the_site_and_all_links_are_there(served: Running, browser: Browser) -> None:
    """One width, no button that does nothing."""
    server, _ = served
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}prototypes/{FERN}")
    assert page.locator("iframe").bounding_box()["width"] > 1000  # type: ignore[index]
    assert not page.get_by_role("button").is_visible()
    assert page.get_by_role("link", name="Download as zip").is_visible()
    context.close()


def test_the_viewer_is_sound(
    served: Running, home: Settings, page: Page, site_check: SiteCheck, axe: Axe, vnu: Vnu, tmp_path: Path
) -> None:
    """Valid, accessible in light and dark, nothing from elsewhere, no sideways scroll, a silent console."""
    server, ledger = served
    next_version(home, ledger, ledger.jobs()[0], heading="Bread at seven")
    url = f"{server.url}prototypes/{FERN}"
    assert site_check(page, url).faults == []
    page.locator("summary").click() if page.locator("summary").count() else None
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert axe(page) == []
    (tmp_path / "viewer.html").write_text(httpx.get(url).text, "utf-8")
    assert vnu([tmp_path / "viewer.html"]) == []


@pytest.mark.parametrize(
    ("language", "days", "words"),
    [
        (
            "cs",
            3,
            ("3</b> dny do smazání", "Co napsala AI", "Napsala AI, vysadila stavebnice", "Stáhnout jako zip"),
        ),
        ("cs", 30, ("30</b> dní do smazání", "Krok", "Ve vašem telefonu")),
        ("de", 1, ("1</b> Tag übrig", "Was die KI geschrieben hat", "Worte der KI, gesetzt vom Baukasten")),
        ("en", 1, ("1</b> day left", "What the AI wrote")),
    ],
)
def test_the_viewer_speaks_the_visitor_s_language(
    served: Running, home: Settings, language: str, days: int, words: tuple[str, ...]
) -> None:
    """As the form does: chosen, or as the browser asks."""
    server, ledger = served
    stages = [{"name": "structure", "rung": "fields", "ms": 5}]
    prototype(home, ledger, "soon-7k2mq", expires_in=timedelta(days=days), stages=stages)
    address = f"{server.url}prototypes/soon-7k2mq"
    for asked in (
        httpx.get(address, params={"lang": language}),
        httpx.get(address, headers={"Accept-Language": f"{language}-AT;q=0.9, xx"}),
    ):
        assert f'<html lang="{language}">' in asked.text
        for word in words:
            assert word in asked.text


def test_every_word_of_the_ledger_s_has_its_translations() -> None:
    """Rungs, hands, stages and days in each catalogue."""
    said = {*RUNGS.values(), *STAGES.values(), "day left", "days left", "few days left"}
    said |= {text for _, *texts in HANDS for text in texts}
    for language in ("cs", "de"):
        known = (CATALOGUES / f"{language}.po").read_text("utf-8")
        assert [text for text in said if f'msgid "{text}"' not in known] == []
