"""The operator's door: token once, a session cookie for it, and nothing under /ops without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from protogen.config import Settings
from protogen.web import WebServer
from protogen.web.limits import LOGIN_FAILURES_PER_MINUTE
from protogen.web.signin import ours
from tools.browser import SiteCheck
from tools.operator import TOKEN, client, csrf_of, sign_in
from tools.sites import running
from tools.validators import Axe, Vnu


@pytest.fixture
def server(home: Settings) -> Iterator[WebServer]:
    """A server whose operator's token is known."""
    with running(home, token=TOKEN) as server:
        yield server


def test_the_token_gives_a_session_and_signing_out_ends_it(server: WebServer) -> None:
    """The cookie is the host's alone, out of scripts' reach and of other sites'."""
    with client(server) as browser:
        answer = sign_in(browser)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ops")
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("operator="))
        for flag in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert flag in cookie
        assert "Domain" not in cookie
        assert browser.get("/ops/sign-in").headers["location"] == "/ops"
        page = browser.get("/ops/sign-in", headers={"Cookie": f"form={browser.cookies['form']}"})
        out = browser.post("/ops/sign-out", data={"csrf": csrf_of(page.text)})
        assert out.status_code == 303
        assert browser.get("/ops/sign-in").status_code == 200


def test_a_wrong_token_opens_nothing_and_many_of_them_are_refused(server: WebServer) -> None:
    """401 with the form again; beyond ten a minute 429, then even the right one waits."""
    with client(server) as browser:
        for _ in range(LOGIN_FAILURES_PER_MINUTE):
            answer = sign_in(browser, "wrong" * 8)
            assert answer.status_code == 401
            assert "This is not the token." in answer.text
            assert "operator" not in browser.cookies
        refused = sign_in(browser)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        ({"token": TOKEN}, {}, 403),
        ({"token": TOKEN, "csrf": "0" * 64}, {}, 403),
        ({"token": "x" * 9000}, {}, 413),
        ({"token": TOKEN}, {"Content-Type": "text/plain"}, 415),
        ({"token": TOKEN}, {"Origin": "http://evil.example"}, 403),
        ({"token": TOKEN}, {"Origin": "null"}, 403),
    ],
)
def test_only_our_own_form_signs_in(
    server: WebServer, data: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """Without its field and cookie, too long, of another type or from another site: refused, no session."""
    with client(server) as browser:
        browser.get("/ops/sign-in")
        assert browser.post("/ops/sign-in", data=data, headers=headers).status_code == status
        assert "operator" not in browser.cookies


def test_a_forged_or_old_session_is_none(server: WebServer) -> None:
    """Neither another signature nor a time that is over counts."""
    for value in ("99999999999." + "0" * 64, "1." + "0" * 64, "", "x", "99999999999"):
        answer = httpx.get(f"{server.url}ops/sign-in", headers={"Cookie": f"operator={value}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/ops/../x", "/ops\\x", "/jobs/x", "/ops?x", "/opsx"]
)
def test_the_way_on_leads_to_the_operator_s_pages_alone(path: str) -> None:
    """A link to the sign-in cannot carry anybody elsewhere."""
    assert ours(path) == "/ops"
    assert ours("/prototypes/fern-flour-7k2mq") == "/prototypes/fern-flour-7k2mq"


def test_the_door_is_sound_in_a_browser(
    server: WebServer, page: Page, site_check: SiteCheck, axe: Axe, vnu: Vnu, tmp_path: Path
) -> None:
    """Typed by hand it lets in; valid, accessible in light and dark, and with the fault told."""
    url = f"{server.url}ops/sign-in?then=/ops/sign-in"
    assert site_check(page, url).faults == []
    assert axe(page) == []
    page.get_by_label("Token").fill("not it, not it, not it")
    page.get_by_role("button", name="Sign in").click()
    assert "This is not the token." in page.get_by_role("alert").inner_text()
    page.emulate_media(color_scheme="dark")
    assert axe(page) == []
    (tmp_path / "sign-in.html").write_text(httpx.get(url).text, "utf-8")
    assert vnu([tmp_path / "sign-in.html"]) == []
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    assert re.search("operator", str(page.context.cookies()))
