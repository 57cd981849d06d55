"""A visitor of a finished site: opens its pages as people do, in browsers of different kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, Page

_NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied'); }})"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a visitor does. `needs` is the CSS selector of the part it is done with."""

    name: str
    needs: str
    run: Callable[[Visitor], None]


@dataclass(slots=True)
class Visitor:
    """Somebody in front of the page at `url`; `faults` are script errors, `outside` requests that left."""

    browser: Browser
    url: str
    faults: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        file: str = "",
        *,
        width: int = 1280,
        scripts: bool = True,
        storage: bool = True,
        clipboard: bool = True,
        at: datetime | None = None,
    ) -> Page:
        """The page (or `file` beside it) in a fresh profile; `at` is the clock's time, which then stands."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=scripts, reduced_motion="reduce"
        )
        self._contexts.append(context)
        if clipboard:
            context.grant_permissions(["clipboard-read", "clipboard-write"])
        if not storage:
            context.add_init_script(_NO_STORAGE)
        context.set_default_timeout(5_000)
        page = context.new_page()
        self.watch(page)
        if at:
            page.clock.install(time=at - timedelta(minutes=1))
            page.clock.pause_at(at)
        page.goto(urljoin(self.url, file), wait_until="load")
        return page

    def watch(self, page: Page) -> None:
        """Note what goes wrong on a page."""
        root = urljoin(self.url, ".")
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on(
            "request", lambda asked: None if asked.url.startswith(root) else self.outside.append(asked.url)
        )

    def leave(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()


def pages_with(browser: Browser, folder: Path, address: str, selectors: set[str]) -> dict[str, str]:
    """For each selector the address of the first page of the site that holds such an element."""
    found: dict[str, str] = {}
    page = browser.new_page()
    index_first = sorted(folder.glob("*.html"), key=lambda file: (file.name != "index.html", file.name))
    for file in index_first:
        page.goto(f"{address}/{file.name}")
        for selector in selectors - set(found):
            if page.locator(selector).count():
                found[selector] = f"{address}/{file.name}"
    page.close()
    return found


def attempt(browser: Browser, check: Check, url: str) -> str:
    """What went wrong when the check was made on the page at `url`; empty if nothing did."""
    visitor = Visitor(browser, url)
    try:
        check.run(visitor)
        faults = [*visitor.faults, *(f"asked for {other}" for other in visitor.outside)]
        return "; ".join(faults)
    except Exception as error:  # a check that times out is one that failed
        return str(error).strip() or type(error).__name__
    finally:
        visitor.leave()
