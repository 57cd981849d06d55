"""One table of hosts and paths, asked of the built-in server and of a real nginx: the same answers."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from protogen.config import Settings, WebSettings, load
from protogen.web import NginxError, WebServer, create_app, render_nginx
from protogen.web.policy import PROTOTYPE_HEADERS, prototype_policy
from protogen.web.published import PublishedSites
from tools.servers import Answer, ask, free_port, nginx
from tools.sites import STYLES, EmptyLedger, publish

ROOT = Path(__file__).resolve().parents[1]
FERN = "fern-flour-7k2mq.localhost"


@dataclass(frozen=True)
class Row:
    """A request and its answer: `says` must stand in the body, `to` is the redirect's target."""

    what: str
    status: int
    host: str | None = FERN
    path: str = "/"
    method: str = "GET"
    says: str = ""
    to: str = ""
    version: str = "HTTP/1.1"


NO_SITE, NO_PAGE, GONE = "There is no website here", "This page does not exist", "has expired"
TABLE = [
    Row("a prototype", 200, says="Bread at six"),
    Row("a host with a port", 200, host=f"{FERN}:3000", says="Bread at six"),
    Row("a host in upper case", 200, host=FERN.upper(), says="Bread at six"),
    Row("a host with a trailing dot", 200, host=f"{FERN}.", says="Bread at six"),
    Row("a trailing dot and a port", 200, host=f"{FERN}.:3000", says="Bread at six"),
    Row("HTTP/1.0 with a host", 200, version="HTTP/1.0", says="Bread at six"),
    Row("HEAD", 200, method="HEAD"),
    Row("a query", 200, path="/?from=mail&to=../x", says="Bread at six"),
    Row("index.html by name", 200, path="/index.html", says="Bread at six"),
    Row("a file", 200, path="/styles.css", says="margin"),
    Row("what a site says of itself", 200, path="/metadata.json", says="expires_at"),
    Row("a deep file", 200, path="/assets/fonts/deep/er/text.woff2", says="font"),
    Row("a name in escapes", 200, path="/%73tyles.css", says="margin"),
    Row("a name with a space and an accent", 200, path="/assets/caf%C3%A9%20menu.txt", says="soup"),
    Row("two slashes", 200, path="//styles.css", says="margin"),
    Row("a folder", 200, path="/menu/", says="soup of the day"),
    Row("a folder without its slash", 301, path="/menu", to="/menu/"),
    Row("a folder without its slash, with a query", 301, path="/menu?a=b", to="/menu/?a=b"),
    Row("a folder without index", 404, path="/assets/", says=NO_PAGE),
    Row("no such file", 404, path="/nothing.html", says=NO_PAGE),
    Row("a path of a file as a folder", 404, path="/styles.css/", says=NO_PAGE),
    Row("a path below a file", 404, path="/styles.css/x", says=NO_PAGE),
    Row("a name of 300 characters", 404, path="/" + "a" * 300, says=NO_PAGE),
    Row("bytes that are no UTF-8", 404, path="/%ff%fe", says=NO_PAGE),
    Row("a dotfile", 404, path="/.hidden", says=NO_PAGE),
    Row("a repository", 404, path="/.git/config", says=NO_PAGE),
    Row("a dotfile in a folder", 404, path="/menu/.hidden", says=NO_PAGE),
    Row("a dotfile in escapes", 404, path="/%2ehidden", says=NO_PAGE),
    Row("a link to a file outside", 404, path="/link.txt", says=NO_PAGE),
    Row("a link to a file inside", 404, path="/link.css", says=NO_PAGE),
    Row("a link to a folder", 404, path="/linked/secret.txt", says=NO_PAGE),
    Row("a pipe", 404, path="/pipe", says=NO_PAGE),
    Row("a step up", 400, path="/../other-7k2mq/index.html"),
    Row("a step up and down", 400, path="/menu/../index.html"),
    Row("a step in place", 400, path="/./index.html"),
    Row("a step up in escapes", 400, path="/%2e%2e/other-7k2mq/index.html"),
    Row("a step up, half in escapes", 400, path="/menu/.%2E/index.html"),
    Row("a step up at the end", 400, path="/menu/.."),
    Row("an encoded slash", 400, path="/menu%2findex.html"),
    Row("a step up behind an encoded slash", 400, path="/..%2f..%2fetc/passwd"),
    Row("a backslash", 400, path="/..\\..\\etc\\passwd"),
    Row("an encoded backslash", 400, path="/..%5c..%5cetc"),
    Row("NUL", 400, path="/index.html%00.txt"),
    Row("an encoded line end", 400, path="/index.html%0d%0aX-Evil:1"),
    Row("a broken escape", 400, path="/%zz"),
    Row("POST", 405, method="POST"),
    Row("PUT", 405, method="PUT", path="/new.html"),
    Row("DELETE", 405, method="DELETE", path="/index.html"),
    Row("OPTIONS", 405, method="OPTIONS"),
    Row("an expired prototype", 410, host="old-7k2mq.localhost", says=GONE),
    Row("a file of an expired prototype", 410, host="old-7k2mq.localhost", path="/styles.css", says=GONE),
    Row("a locked prototype", 403, host="locked-7k2mq.localhost", says="Passphrase</label>"),
    Row("a file of a locked prototype", 403, host="locked-7k2mq.localhost", path="/styles.css"),
    Row(
        "a locked prototype under a path",
        303,
        "localhost",
        "/prototypes/locked-7k2mq/",
        to="/prototypes/locked-7k2mq",
    ),
    Row("an expired one that was locked", 410, host="shut-7k2mq.localhost", says=GONE),
    Row("an unknown prototype", 404, host="unknown-7k2mq.localhost", says=NO_SITE),
    Row("a folder without metadata", 404, host="bare-7k2mq.localhost", says=NO_SITE),
    Row("a reserved name", 404, host="www.localhost", says=NO_SITE),
    Row("another reserved name", 404, host="api.localhost", says=NO_SITE),
    Row("a punycode name", 404, host="xn--caf-dma.localhost", says=NO_SITE),
    Row("a name below a prototype", 404, host=f"a.{FERN}", says=NO_SITE),
    Row("a name with an underscore", 404, host="fern_flour.localhost", says=NO_SITE),
    Row("a name that ends in a hyphen", 404, host="fern-.localhost", says=NO_SITE),
    Row("a label of 64 characters", 404, host="a" * 64 + ".localhost", says=NO_SITE),
    Row("a very long host", 404, host="a." * 400 + "localhost", says=NO_SITE),
    Row("the markers of the expired", 404, host=".expired.localhost", says=NO_SITE),
    Row("an old name", 301, host=f"project-{FERN}", to=f"http://{FERN}/"),
    Row(
        "an old name with port, path and query",
        301,
        host=f"project-{FERN}:3000",
        path="/menu/?a=b",
        to=f"http://{FERN}:3000/menu/?a=b",
    ),
    Row("a site whose name begins like an old one", 200, host="project-x-7k2mq.localhost", says="Bread at"),
    Row("an old name of a reserved one", 404, host="project-www.localhost", says=NO_SITE),
    Row("another host", 421, host="example.com", says="not served here"),
    Row("a host that only ends alike", 421, host="evillocalhost", says="not served here"),
    Row("a number for a host", 421, host="10.0.0.1", says="not served here"),
    Row("HTTP/1.0 without a host", 421, host=None, version="HTTP/1.0", says="not served here"),
    Row("HTTP/1.1 without a host", 400, host=None),
    Row("a host with two dots", 400, host="fern..localhost"),
    Row("a host with a slash", 400, host="fern/flour.localhost"),
    Row("the app", 200, host="localhost", says="Tell us what you need"),
    Row("the app's health", 200, host="LOCALHOST.:3000", path="/health", says='"healthy"'),
    Row("the viewer", 200, host="localhost", path="/prototypes/fern-flour-7k2mq", says="<iframe"),
    Row(
        "a prototype under a path", 200, host="localhost", path="/prototypes/fern-flour-7k2mq/", says="at six"
    ),
    Row("an expired one under a path", 410, host="localhost", path="/prototypes/old-7k2mq/", says=GONE),
    Row("no such page of the app", 404, host="localhost", path="/nothing", says=NO_PAGE),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with published sites, honest and hostile."""
    home = tmp_path_factory.mktemp("home")
    published = home / "published"
    extra = {
        "menu/index.html": "<!doctype html><title>Menu</title><p>The soup of the day",
        "assets/fonts/deep/er/text.woff2": "font",
        "assets/café menu.txt": "soup",
        "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        ".hidden": "secret",
        "menu/.hidden": "secret",
        ".git/config": "secret",
    }
    site = publish(published, "fern-flour-7k2mq", files=extra)
    publish(published, "other-7k2mq")
    publish(published, "project-x-7k2mq")
    publish(published, "old-7k2mq", expires_in=timedelta(seconds=-1))
    (published / "bare-7k2mq").mkdir()
    publish(published, "locked-7k2mq")
    publish(published, "shut-7k2mq", expires_in=timedelta(seconds=-1))
    (published / ".locked").mkdir()
    for locked in ("locked-7k2mq", "shut-7k2mq"):
        (published / ".locked" / locked).write_text("f" * 64, "utf-8")
    (published / "bare-7k2mq" / "index.html").write_text("half a site", "utf-8")
    (home / "outside").mkdir()
    (home / "outside" / "secret.txt").write_text("secret", "utf-8")
    (site / "link.txt").symlink_to(home / "outside" / "secret.txt")
    (site / "link.css").symlink_to("styles.css")
    (site / "linked").symlink_to(home / "outside")
    os.mkfifo(site / "pipe")
    return Settings(home=home, web=WebSettings(port=free_port()))


@pytest.fixture(scope="module")
def built_in(settings: Settings) -> Iterator[int]:
    """The port of the built-in server."""
    server = WebServer(settings, create_app(settings, EmptyLedger()))
    server.start()
    yield server.port
    server.stop()


@pytest.fixture(scope="module", params=["built-in", "nginx"])
def port(
    request: pytest.FixtureRequest,
    settings: Settings,
    built_in: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    """The port of the server under test; nginx has the built-in one behind it for the app's host."""
    if request.param == "built-in":
        yield built_in
        return
    PublishedSites(settings.published_dir).mark_expired()
    front = free_port()
    with nginx(tmp_path_factory.mktemp("nginx"), render_nginx(settings, [f"127.0.0.1:{front}"]), front):
        yield front


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_hosts_and_paths_answer_alike(port: int, row: Row) -> None:
    """Each request of the table gets its status, its words and its target, whoever serves."""
    answer = ask(port, row.host, row.path, row.method, version=row.version)
    assert answer.status == row.status
    assert row.says in answer.text
    assert answer.headers.get("location", "") == row.to
    assert b"secret" not in answer.body
    if row.method == "HEAD":
        assert answer.body == b""
        assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize(
    ("path", "content_type", "cache"),
    [
        ("/", "text/html; charset=utf-8", "public, no-cache"),
        ("/menu/", "text/html; charset=utf-8", "public, no-cache"),
        ("/styles.css", "text/css; charset=utf-8", "public, no-cache"),
        ("/script.js", "text/javascript; charset=utf-8", "public, no-cache"),
        ("/metadata.json", "application/json; charset=utf-8", "public, no-cache"),
        ("/icon.svg", "image/svg+xml; charset=utf-8", "public, max-age=3600"),
        ("/assets/fonts/deep/er/text.woff2", "font/woff2", "public, max-age=3600"),
    ],
)
def test_types_and_caching_are_alike(port: int, path: str, content_type: str, cache: str) -> None:
    """The right type under `nosniff`; what a new version changes is asked for again each time."""
    answer = ask(port, FERN, path)
    assert answer.headers["content-type"] == content_type
    assert answer.headers["cache-control"] == cache


@pytest.mark.parametrize("path", ["/", "/styles.css", "/nothing", "/menu", "/../x"])
def test_every_answer_carries_the_headers_that_keep_strangers_apart(port: int, path: str) -> None:
    """Pages, files, redirects and errors alike."""
    answer = ask(port, f"{FERN}:3000", path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "set-cookie" not in answer.headers


def test_a_prototype_has_a_strict_policy_and_only_the_app_may_frame_it(port: int) -> None:
    """The very policy, with the app's origin as this visitor reaches it."""
    assert ask(port, f"{FERN}:3000").headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "manifest-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self' http://localhost:3000"
    )


@pytest.mark.parametrize(
    ("host", "status"), [("old-7k2mq.localhost", 410), ("no.localhost", 404), ("x.y", 421)]
)
def test_a_message_page_is_self_contained_and_not_kept(port: int, host: str, status: int) -> None:
    """Its only style is inline and allowed by hash; caches may not keep it."""
    answer = ask(port, host)
    assert answer.status == status
    assert re.search(r"style-src 'sha256-[\w+/]{43}='", answer.headers["content-security-policy"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"<(?:link|script|img)\b", answer.text)


def test_an_error_links_to_the_main_site_as_the_visitor_reached_it(port: int) -> None:
    """The port that was asked is the port of the link."""
    assert 'href="http://localhost:3000/"' in ask(port, "unknown-7k2mq.localhost:3000").text


def test_a_method_that_is_refused_learns_which_are_not(port: int) -> None:
    """405 names what is allowed (RFC 9110, section 15.5.6)."""
    assert ask(port, FERN, method="POST").headers["allow"] == "GET, HEAD"


def test_text_is_compressed_for_those_who_take_it(port: int) -> None:
    """gzip on request, a weak tag for it, and Vary for the caches in between."""
    answer = ask(port, FERN, "/styles.css", headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"].lower() == "accept-encoding"
    assert answer.headers["etag"].startswith('W/"')
    assert gzip.decompress(answer.body).decode() == STYLES
    assert "content-encoding" not in ask(port, FERN, "/styles.css").headers


@pytest.mark.parametrize("path", ["/", "/styles.css"])
def test_what_is_unchanged_is_not_sent_again(port: int, path: str) -> None:
    """304 by tag, weak or strong, and by date; and 304 does not let a cache keep a page longer."""
    first = ask(port, FERN, path)
    for name, value in [
        ("If-None-Match", first.headers["etag"]),
        ("If-None-Match", f'"other", W/{first.headers["etag"]}'),
        ("If-Modified-Since", first.headers["last-modified"]),
        ("If-Modified-Since", "Fri, 31 Dec 2100 00:00:00 GMT"),
    ]:
        answer = ask(port, FERN, path, headers={name: value})
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["cache-control"] == "public, no-cache"
    assert ask(port, FERN, path, headers={"If-None-Match": '"other"'}).status == 200
    assert ask(port, FERN, path, headers={"If-Modified-Since": "nonsense"}).status == 200


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-3", 206, (0, 4)),
        ("bytes=5-", 206, (5, len(STYLES))),
        ("bytes=-7", 206, (len(STYLES) - 7, len(STYLES))),
        ("bytes=0-999999", 206, (0, len(STYLES))),
        ("bytes=-999999", 206, (0, len(STYLES))),
        ("bytes=999999-", 416, None),
        ("bytes=0-1,4-5", 200, (0, len(STYLES))),
        ("lines=1-2", 200, (0, len(STYLES))),
    ],
)
def test_a_range_of_bytes_is_sent_alone(
    port: int, asked: str, status: int, span: tuple[int, int] | None
) -> None:
    """One range; more than one, or another unit, is the whole file (RFC 9110, section 14.2)."""
    answer = ask(port, FERN, "/styles.css", headers={"Range": asked})
    assert answer.status == status
    if span is None:
        assert answer.headers["content-range"] == f"bytes */{len(STYLES)}"
        return
    assert answer.text == STYLES[slice(*span)]
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {span[0]}-{span[1] - 1}/{len(STYLES)}"


def test_a_range_of_another_version_is_the_whole_file(port: int) -> None:
    """If-Range with the tag of this version gives the part, with any other the whole."""
    tag = ask(port, FERN, "/styles.css").headers["etag"]
    part = {"Range": "bytes=0-3", "If-Range": tag}
    assert ask(port, FERN, "/styles.css", headers=part).status == 206
    assert ask(port, FERN, "/styles.css", headers=part | {"If-Range": '"other"'}).status == 200


def test_nginx_follows_a_site_into_its_expiry_and_out_of_it(settings: Settings, tmp_path: Path) -> None:
    """With the marker the answer is 410, and once the site is renewed and looked at again, 200."""
    front = free_port()
    sites = PublishedSites(settings.published_dir)
    with nginx(tmp_path, render_nginx(settings, [f"127.0.0.1:{front}"]), front):
        publish(settings.published_dir, "brief-7k2mq", expires_in=timedelta(days=1))
        sites.mark_expired()
        assert ask(front, "brief-7k2mq.localhost").status == 200
        publish(settings.published_dir, "brief-7k2mq", expires_in=timedelta(seconds=-1))
        assert "brief-7k2mq" in sites.mark_expired()
        assert ask(front, "brief-7k2mq.localhost").status == 410
        publish(settings.published_dir, "brief-7k2mq", expires_in=timedelta(days=2))
        assert "brief-7k2mq" not in sites.mark_expired()
        assert ask(front, "brief-7k2mq.localhost").status == 200


def test_nginx_says_so_where_the_built_in_server_is_down(settings: Settings, tmp_path: Path) -> None:
    """Prototypes are served on, and the app's host answers 503 with a page."""
    front = free_port()
    web = settings.web.model_copy(update={"port": free_port()})
    alone = settings.model_copy(update={"web": web})
    with nginx(tmp_path, render_nginx(alone, [f"127.0.0.1:{front}"]), front):
        assert ask(front, FERN).status == 200
        answer: Answer = ask(front, "localhost")
        assert answer.status == 503
        assert "Back in a moment" in answer.text


def test_a_path_with_spaces_and_quotes_is_quoted_for_nginx(tmp_path: Path) -> None:
    """A home may stand anywhere; nginx serves from it all the same."""
    home = tmp_path / 'a "home" {of} mine; \\'
    published = home / "published"
    published.mkdir(parents=True)
    publish(published, "fern-flour-7k2mq")
    front = free_port()
    configuration = render_nginx(Settings(home=home), [f"127.0.0.1:{front}"])
    (tmp_path / "nginx").mkdir()
    with nginx(tmp_path / "nginx", configuration, front):
        assert ask(front, FERN).status == 200


@pytest.mark.parametrize(
    ("web", "home", "reason"),
    [
        ({"app_domain": "localhost; evil on"}, "/srv", "app_domain"),
        ({"sites_domain": "a..b"}, "/srv", "sites_domain"),
        ({"port": 0}, "/srv", r"web\.port"),
        ({}, "/srv/$home", "variable"),
    ],
)
def test_settings_that_nginx_cannot_take_are_refused(web: dict[str, object], home: str, reason: str) -> None:
    """Nothing is written into a configuration that could say more than it should."""
    settings = Settings(home=Path(home), web=WebSettings.model_validate(web))
    with pytest.raises(NginxError, match=reason):
        render_nginx(settings)


def test_metrics_do_not_pass_through_nginx(port: int, request: pytest.FixtureRequest) -> None:
    """A scraper on this machine asks the built-in server itself."""
    through_nginx = request.node.callspec.params["port"] == "nginx"
    assert ask(port, "localhost", "/metrics").status == (404 if through_nginx else 200)


def test_the_example_in_deploy_is_what_is_rendered() -> None:
    """deploy/nginx/protogen.conf never falls behind; `make nginx` writes it again."""
    folder = ROOT / "deploy" / "nginx"
    example = (folder / "protogen.conf").read_text("utf-8")
    assert example == render_nginx(load(folder / "config.yaml", {}))


def test_the_documentation_names_every_answer() -> None:
    """docs/serving.md tells of each status in the table and of each header that a prototype gets."""
    text = (ROOT / "docs" / "serving.md").read_text("utf-8")
    assert [row.status for row in TABLE if str(row.status) not in text] == []
    assert [name for name in PROTOTYPE_HEADERS if name not in text] == []
    assert " ".join(text.split()).count(prototype_policy("<the app's origin>")) == 1
