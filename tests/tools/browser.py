"""Chromium, driven by playwright, and what a finished site must satisfy in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tools.missing import program

# Nothing outside this machine answers: a page that asks for it is found out at once, and needs no network.
_LOCAL_ONLY = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--host-resolver-rules={_LOCAL_ONLY}",
]
_OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const over = element => element.getBoundingClientRect().right > width + 0.5;
  const wide = [...document.querySelectorAll('body *')].filter(over);
  return wide.length ? wide.map(e => e.outerHTML.slice(0, 120)) : ['the page itself'];
}"""


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What went wrong on a page; `sideways` names elements wider than a 360 px window that make it scroll."""

    console: tuple[str, ...]
    outside: tuple[str, ...]
    sideways: tuple[str, ...]

    @property
    def faults(self) -> list[str]:
        """Everything as one list of sentences."""
        return [
            *(f"console: {text}" for text in self.console),
            *(f"asked for {url}" for url in self.outside),
            *(f"too wide at 360 px: {html}" for html in self.sideways),
        ]


SiteCheck = Callable[[Page, str], SiteReport]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium; `*.localhost` resolves to this machine and nothing else resolves at all."""
    executable = program(["chromium", "chromium-browser", "google-chrome"], "chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        yield running
        running.close()


# One browser a test module, not one a session: while playwright's synchronous API is open, its event loop
# counts as running in the main thread, and asyncio.run() in any later test would be refused.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """`chromium()` for a module's tests."""
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def site_check() -> SiteCheck:
    """`check_site` as a fixture."""
    return check_site


def check_site(page: Page, url: str) -> SiteReport:
    """Console errors, foreign requests and sideways scroll at an address, in a window of 360 px."""
    console: list[str] = []
    outside: list[str] = []
    origin = urlsplit(url)[:2]
    page.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("request", lambda request: None if _inside(request.url, origin) else outside.append(request.url))
    page.set_viewport_size({"width": 360, "height": 800})
    response = page.goto(url, wait_until="networkidle")
    assert response is not None, f"{url} did not answer"
    assert response.ok, f"{url} answered {response.status}"
    page.evaluate("document.fonts.ready.then(() => null)")
    return SiteReport(tuple(console), tuple(outside), tuple(page.evaluate(_OVERFLOWING)))


def _inside(url: str, origin: tuple[str, str]) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob", "about"} or parts[:2] == origin
