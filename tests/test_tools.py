"""The measuring tools find what is wrong: a check that cannot fail proves nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

from protogen.config import Settings
from tools.browser import SiteCheck
from tools.missing import missing
from tools.validators import Axe, Vnu

GOOD = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Fern &amp; Flour</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="styles.css"></head>
<body><main><h1>Bread at six</h1><p>Every morning but Monday.</p></main></body>
</html>
"""
GOOD_CSS = "body { color: #222; background: #fff; }\n"
BAD = """<!doctype html>
<html>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Bad</title></head>
<body><div style="width: 700px">wide</div><p id="a">one<p id="a">two
<img src="http://tracker.example/pixel.gif">
<script>console.error("broken"); undefinedFunction();</script></body>
</html>
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a folder with a good page and a bad one."""
    (tmp_path / "good.html").write_text(GOOD, "utf-8")
    (tmp_path / "styles.css").write_text(GOOD_CSS, "utf-8")
    (tmp_path / "bad.html").write_text(BAD, "utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://fern.localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_nu_passes_good_files_and_names_each_error_of_bad_ones(tmp_path: Path, vnu: Vnu) -> None:
    """HTML and CSS are both checked, and each error names its file."""
    (tmp_path / "good.html").write_text(GOOD, "utf-8")
    (tmp_path / "styles.css").write_text(GOOD_CSS, "utf-8")
    assert vnu([tmp_path]) == []
    (tmp_path / "bad.html").write_text(BAD, "utf-8")
    (tmp_path / "bad.css").write_text("a { colr: red }", "utf-8")
    errors = vnu([tmp_path])
    assert any("bad.html" in error and "Duplicate ID" in error for error in errors)
    assert any("bad.css" in error and "colr" in error for error in errors)
    assert not any("good.html" in error or "styles.css" in error for error in errors)


def test_nu_refuses_to_check_nothing(tmp_path: Path, vnu: Vnu) -> None:
    """An empty folder is a mistake of the test, not a valid site."""
    with pytest.raises(AssertionError, match="nothing to validate"):
        vnu([tmp_path])


def test_axe_passes_a_good_page_and_finds_the_faults_of_a_bad_one(page: Page, served: str, axe: Axe) -> None:
    """A missing language, a picture without words, content outside landmarks."""
    page.goto(served + "good.html")
    assert axe(page) == []
    page.goto(served + "bad.html")
    found = {violation.split()[0] for violation in axe(page)}
    assert {"html-has-lang", "image-alt", "region"} <= found


def test_site_check_passes_a_good_page(page: Page, served: str, site_check: SiteCheck) -> None:
    """The good page has no fault, on a host name under localhost."""
    assert site_check(page, served + "good.html").faults == []


def test_site_check_sees_console_errors_foreign_requests_and_sideways_scroll(
    page: Page, served: str, site_check: SiteCheck
) -> None:
    """Each kind of fault is reported apart."""
    report = site_check(page, served + "bad.html")
    assert any("broken" in text for text in report.console)
    assert any("undefinedFunction" in text for text in report.console)
    assert report.outside == ("http://tracker.example/pixel.gif",)
    assert any("700px" in html for html in report.sideways)


def test_site_check_does_not_take_an_error_page_for_a_site(
    page: Page, served: str, site_check: SiteCheck
) -> None:
    """An address that answers 404 fails the check."""
    with pytest.raises(AssertionError, match="404"):
        site_check(page, served + "nothing.html")


def test_a_missing_tool_fails_in_ci_and_skips_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A green run in CI has run everything; a person's machine may lack a tool and is told which."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make tools"):
        missing("run `make tools`")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="make tools"):
        missing("run `make tools`")


def test_a_home_stands_apart(home: Settings, tmp_path: Path) -> None:
    """Its folders are there and lie in the test's own folder."""
    assert home.inbox_dir.parent == home.published_dir.parent == tmp_path
    assert home.inbox_dir.is_dir()
