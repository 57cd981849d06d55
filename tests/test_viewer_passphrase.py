"""A prototype with a passphrase: closed everywhere to who does not know it, with nginx in front and without."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from protogen import home as homes
from protogen import passphrase as module
from protogen.config import Settings, WebSettings
from protogen.job import now
from protogen.ledger import Ledger, LedgerError
from protogen.lifecycle import delete
from protogen.passphrase import KEPT_AS, mark_locked, opens, set_passphrase
from protogen.prune import collect
from protogen.restore import publish_all
from protogen.web import render_nginx
from tools.operator import TOKEN, client, csrf_of, sign_in
from tools.prototypes import FERN, next_version, prototype, running_with
from tools.servers import free_port, nginx
from tools.sites import running
from tools.validators import Axe, Vnu

SECRET = "rye and caraway"
HOST = f"{FERN}.localhost"
ADDRESSES = {
    "own host": (HOST, "/"),
    "file on own host": (HOST, "/styles.css"),
    "viewer": ("localhost", f"/prototypes/{FERN}"),
    "path": ("localhost", f"/prototypes/{FERN}/"),
    "zip": ("localhost", f"/downloads/{FERN}.zip"),
    "api": ("localhost", f"/api/prototype/{FERN}"),
    "api's zip": ("localhost", f"/api/prototype/{FERN}/download"),
}


@pytest.fixture
def ledger(home: Settings) -> Iterator[Ledger]:
    """A ledger with one locked prototype."""
    with homes.ready(home) as ledger:
        prototype(home, ledger)
        set_passphrase(ledger, home, FERN, SECRET, now())
        yield ledger


@pytest.fixture(params=["built-in", "nginx"])
def port(
    request: pytest.FixtureRequest, home: Settings, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """The port of the server under test; nginx has the built-in one behind it."""
    web = WebSettings(port=free_port(), proxies=("127.0.0.1",))
    settings = home.model_copy(update={"web": web})
    with ExitStack() as stack:
        stack.enter_context(running_with(settings))
        front = web.port
        if request.param == "nginx":
            front = free_port()
            folder = tmp_path_factory.mktemp("nginx")
            stack.enter_context(nginx(folder, render_nginx(settings, [f"127.0.0.1:{front}"]), front))
        yield front


class Visitor:
    """A browser without scripts, at hosts that resolve to this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.kept: dict[str, dict[str, str]] = {}

    def ask(self, host: str, path: str, **values: object) -> httpx.Response:
        """One request; cookies are kept by host."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.kept.get(host, {}).items())
        headers = {"Host": f"{host}:{self.port}", "Cookie": cookies}
        method = "POST" if "data" in values else "GET"
        answer = httpx.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, **values)  # type: ignore[arg-type]
        for name, value in answer.cookies.items():
            self.kept.setdefault(host, {})[name] = value
        return answer


def test_it_is_closed_everywhere_until_the_passphrase_is_given(port: int) -> None:
    """Nothing of the site is told before; one host opened does not open the other; caches keep nothing."""
    visitor = Visitor(port)
    for name, (host, path) in ADDRESSES.items():
        answer = visitor.ask(host, path)
        assert answer.status_code == (303 if name in ("path", "zip") else 403), name
        assert answer.headers["cache-control"] == "no-store", name
        for told in ("Fern &", "Bread", "rgb(34, 51, 68)"):
            assert told not in answer.text, name
    wrong = visitor.ask(HOST, "/", data={"passphrase": "rye and caraways"})
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (403, False)
    assert "That is not the passphrase" in wrong.text
    right = visitor.ask(HOST, "/styles.css?a=b", data={"passphrase": SECRET})
    assert (right.status_code, right.headers["location"]) == (303, "/styles.css")
    for flag in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800"):
        assert flag in right.headers["set-cookie"]
    page = visitor.ask(HOST, "/")
    assert "Bread at six" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "margin" in visitor.ask(HOST, "/styles.css").text
    assert visitor.ask("localhost", f"/prototypes/{FERN}").status_code == 403
    visitor.ask("localhost", f"/prototypes/{FERN}", data={"passphrase": SECRET})
    viewer = visitor.ask("localhost", f"/prototypes/{FERN}")
    frame = re.findall(r'src="(/frames/[^"]+)"', viewer.text)[0]
    assert "Bread at six" in visitor.ask("localhost", frame).text
    assert visitor.ask("localhost", f"/downloads/{FERN}.zip").content[:2] == b"PK"
    assert visitor.ask("localhost", f"/api/prototype/{FERN}").json()["title"] == "Fern & Flour"
    assert Visitor(port).ask(HOST, "/").status_code == 403


def test_guessing_is_stopped(port: int) -> None:
    """After ten wrong ones from an address in a minute the right one has to wait too."""
    visitor = Visitor(port)
    answers = [visitor.ask(HOST, "/", data={"passphrase": f"guess {n:03}"}).status_code for n in range(11)]
    assert answers == [403] * 10 + [429]
    assert visitor.ask(HOST, "/", data={"passphrase": SECRET}).status_code == 429
    assert visitor.ask(HOST, "/").status_code == 403


def test_another_passphrase_closes_it_again_and_none_opens_it(
    port: int, home: Settings, ledger: Ledger
) -> None:
    """Whoever had opened it has to again; without one everybody sees it."""
    visitor = Visitor(port)
    visitor.ask(HOST, "/", data={"passphrase": SECRET})
    assert visitor.ask(HOST, "/").status_code == 200
    set_passphrase(ledger, home, FERN, "another one", now())
    assert visitor.ask(HOST, "/").status_code == 403
    set_passphrase(ledger, home, FERN, "", now())
    answer = Visitor(port).ask(HOST, "/")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, no-cache")


def test_a_forged_cookie_opens_nothing(port: int) -> None:
    """Another signature, another project's, a time that is over."""
    visitor = Visitor(port)
    for value in ("99999999999." + "0" * 64, "1." + "0" * 64, "x", ""):
        visitor.kept[HOST] = {f"open-{FERN}": value}
        assert visitor.ask(HOST, "/").status_code == 403


def test_a_new_version_stays_locked(home: Settings, ledger: Ledger) -> None:
    """The lock is the prototype's, not the version's."""
    next_version(home, ledger, ledger.jobs()[0], heading="Bread at seven")
    with running_with(home) as (server, _):
        assert Visitor(server.port).ask(HOST, "/").status_code == 403


def test_what_is_kept_is_a_hash_that_goes_with_the_prototype(home: Settings, ledger: Ledger) -> None:
    """Salted, in no published folder and not on main; after deletion neither hash nor marker is left."""
    event = ledger.jobs()[0]
    kept = ledger.kept(event.job, KEPT_AS) or b""
    assert re.fullmatch(rb"scrypt\$32768\$8\$1\$[0-9a-f]{32}\$[0-9a-f]{128}", kept)
    set_passphrase(ledger, home, FERN, SECRET, now())
    assert ledger.kept(event.job, KEPT_AS) != kept
    for path in home.published_dir.rglob("*"):
        assert not path.is_file() or kept[-64:] not in path.read_bytes()
    assert opens(ledger, FERN, SECRET)
    assert not opens(ledger, FERN, SECRET + "!")
    assert not opens(ledger, FERN, "x" * 201)
    assert not opens(ledger, "nothing-7k2mq", SECRET)
    blob = _git(home, "rev-parse", f"refs/submissions/{event.job}:{KEPT_AS}").strip()
    delete(ledger, home, event.job, now())
    collect(home, ledger)
    assert list((home.published_dir / ".locked").iterdir()) == []
    assert _git(home, "cat-file", "-t", blob, code=128) == ""


def test_the_markers_come_back_before_the_sites_do(
    home: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restore from git a locked site is not open for a moment; a marker of nobody's goes."""
    marker = home.published_dir / ".locked" / FERN
    said = marker.read_text("ascii")
    marker.unlink()
    for left in ("gone-7k2mq", ".tmp-x"):
        (marker.parent / left).touch()
    (home.published_dir / FERN / "index.html").unlink()
    seen: list[bool] = []
    real = publish_all.__globals__["publish_one"]
    monkeypatch.setitem(
        publish_all.__globals__,
        "publish_one",
        lambda *given: (seen.append(marker.exists()), real(*given)),
    )
    publish_all(home, ledger, now())
    assert seen == [True]
    assert [(each.name, each.read_text("ascii")) for each in marker.parent.iterdir()] == [(FERN, said)]
    mark_locked(ledger, home)
    assert marker.read_text("ascii") == said


def test_a_crash_while_locking_leaves_nothing_open(
    home: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marker comes first; what has no passphrase after all is opened at the next start."""
    set_passphrase(ledger, home, FERN, "", now())
    with monkeypatch.context() as crashing:
        crashing.setattr(ledger, "keep", lambda *_: (_ for _ in ()).throw(LedgerError("gone")))
        with pytest.raises(LedgerError):
            set_passphrase(ledger, home, FERN, SECRET, now())
    assert module.lock_of(home.published_dir, FERN)
    with running_with(home) as (server, _):
        assert Visitor(server.port).ask(HOST, "/").status_code == 200


def test_without_a_ledger_nothing_opens(home: Settings, ledger: Ledger) -> None:
    """The markers close, and nobody knows the passphrase."""
    with running(home) as server:
        assert Visitor(server.port).ask(HOST, "/", data={"passphrase": SECRET}).status_code == 403


@pytest.mark.parametrize("bad", ["short", "x" * 201])
def test_a_passphrase_that_is_none_is_refused(home: Settings, ledger: Ledger, bad: str) -> None:
    """Too short or too long, or for a project that is not there; what was set stays."""
    with pytest.raises(LedgerError, match="has 8 to 200 characters"):
        set_passphrase(ledger, home, FERN, bad, now())
    with pytest.raises(LedgerError, match="There is no project"):
        set_passphrase(ledger, home, "nothing-7k2mq", SECRET, now())
    assert opens(ledger, FERN, SECRET)


def test_the_operator_sets_and_removes_it(home: Settings, ledger: Ledger) -> None:
    """In the viewer, which stays open to him; the submission's zip does not hold the hash."""
    with running_with(home) as (server, _), client(server) as operator:
        sign_in(operator)
        seen = f"/prototypes/{FERN}"
        assert "The site asks for one." in operator.get(seen).text
        path = f"/ops/prototypes/{FERN}/passphrase"
        zipped = operator.get(f"/ops/jobs/{ledger.jobs()[0].job}/submission.zip").content
        assert (b"submission.yaml" in zipped, b"/passphrase" in zipped) == (True, False)
        for passphrase, done in (("", "unlocked"), ("another one", "locked")):
            csrf = csrf_of(operator.get(seen).text)
            sent = operator.post(path, data={"csrf": csrf, "passphrase": passphrase})
            assert sent.headers["location"] == f"{seen}?done={done}"
            assert Visitor(server.port).ask(HOST, "/").status_code == (403 if passphrase else 200)
        api = f"{server.url}api/prototype/{FERN}"
        assert httpx.get(api, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_it_is_opened_by_hand(
    home: Settings, ledger: Ledger, page: Page, axe: Axe, vnu: Vnu, tmp_path: Path
) -> None:
    """In a phone's window, at the viewer and at the site's own host; the form is valid and accessible."""
    with running_with(home) as (server, _):
        page.set_viewport_size({"width": 390, "height": 800})
        for address in (f"{server.url}prototypes/{FERN}", server.site_url(FERN)):
            page.goto(address)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                assert axe(page) == []
            (tmp_path / "form.html").write_text(page.content(), "utf-8")
            page.get_by_label("Passphrase").fill("not this one")
            page.get_by_role("button", name="Open").click()
            assert "not the passphrase" in page.get_by_role("alert").inner_text()
            page.get_by_label("Passphrase").fill(SECRET)
            page.get_by_role("button", name="Open").click()
            inside = page if address == server.site_url(FERN) else page.frame_locator("iframe")
            inside.get_by_text("The script has run.").wait_for()
            assert inside.locator("body").evaluate("e => getComputedStyle(e).color") == "rgb(34, 51, 68)"
        assert vnu([tmp_path / "form.html"]) == []


def _git(home: Settings, *command: str, code: int = 0) -> str:
    run = subprocess.run(
        ["git", "-C", str(home.ledger_dir), *command], capture_output=True, text=True, check=False
    )
    assert run.returncode == code
    return run.stdout


def test_the_name_s_case_and_its_old_form_open_nothing(home: Settings, ledger: Ledger) -> None:
    """The lock of a site is the same however its host is written."""
    with running_with(home) as (server, _):
        assert Visitor(server.port).ask(HOST.upper(), "/").status_code == 403
        assert Visitor(server.port).ask(f"project-{HOST}", "/").status_code == 301
