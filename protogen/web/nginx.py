"""The nginx configuration for a home: what the built-in server does, at nginx's speed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import jinja2

from protogen.config import Settings
from protogen.job import RESERVED_PROJECT_IDS
from protogen.publish import LOCKED_FOLDER
from protogen.web import media, pages, policy
from protogen.web.hosts import ALIAS_PREFIX
from protogen.web.published import EXPIRED_FOLDER

LISTEN = ("80", "[::]:80")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_TOKEN_LIMIT = 4096 - 64
"""A parameter must fit into nginx's configuration buffer of 4096 bytes (NGX_CONF_BUFFER)."""
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


class NginxError(Exception):
    """Settings that cannot be written as an nginx configuration; the message names them and the mend."""


def render_nginx(settings: Settings, listen: Sequence[str] = LISTEN) -> str:
    """The configuration for nginx 1.18 or newer with its standard modules, to be included in `http { }`.

    `listen` holds parameters of nginx's listen directive. Raises NginxError where a setting does not fit.
    """
    web = settings.web
    app_domain, sites_domain = (
        _domain("app_domain", web.app_domain),
        _domain("sites_domain", web.sites_domain),
    )
    if not web.port:
        raise NginxError("web.port is 0, a port taken at start; set a fixed one so that nginx can find it.")
    app_origin = f"$scheme://{app_domain}$protogen_port"
    published = str(settings.published_dir)
    if "$" in published:
        raise NginxError(f"nginx cannot serve from {published}: it reads $ as a variable; set 'published'.")
    return _ENVIRONMENT.get_template("nginx.conf.j2").render(
        listen=listen,
        app_domain=app_domain,
        sites_domain=sites_domain,
        sites_pattern=re.escape(sites_domain),
        label=_label(),
        alias_prefix=ALIAS_PREFIX,
        upstream=_upstream(web.host, web.port),
        body_bytes=settings.intake.max_drop_bytes,
        links_checked_from=_quote(f"from={published}"),
        published_project=_quote(f"{published}/$protogen_project"),
        locked_project=_quote(f"{published}/{LOCKED_FOLDER}/$protogen_project"),
        expired_project=_quote(f"{published}/{EXPIRED_FOLDER}/$protogen_project"),
        headers=_headers(),
        prototype_policy=policy.prototype_policy(app_origin),
        message_policy=policy.message_policy(pages.message_style()),
        app_url=f"{app_origin}/",
        types=_types(),
        compressed=sorted(media.COMPRESSED - {"text/html"}),
        revalidated=sorted(e for e, kind in media.MEDIA_TYPES.items() if kind in media.REVALIDATED),
        media=media,
        pages=pages,
        policy=policy,
        page=_page,
        quote=_quote,
    )


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("protogen.web"),
    autoescape=False,  # this is not HTML: _quote is its escaping
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def _domain(name: str, value: str) -> str:
    value = value.lower().rstrip(".")
    if not _DOMAIN.fullmatch(value):
        raise NginxError(f"web.{name} is {value!r}, which is not a domain name; give one like example.com.")
    return value


def _label() -> str:
    """A regular expression (PCRE) for a project id: `protogen.job.PROJECT_ID` without the reserved names."""
    reserved = "|".join(sorted(RESERVED_PROJECT_IDS))
    return rf"(?!xn--)(?!(?:{reserved})(?:\.|$))[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?"


def _upstream(host: str, port: int) -> str:
    host = _ANY_ADDRESS.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _headers() -> str:
    fixed = policy.PROTOTYPE_HEADERS | {
        "Content-Security-Policy": "$protogen_policy",
        "Cache-Control": "$protogen_cache",
        "Allow": "$protogen_allow",
    }
    lines = (f"    add_header {name} {_quote(value)} always;" for name, value in fixed.items())
    return "\n".join(lines) + "\n"


def _types() -> list[tuple[str, list[str]]]:
    kinds: dict[str, list[str]] = {}
    for ending, kind in media.MEDIA_TYPES.items():
        kinds.setdefault(kind, []).append(ending)
    return sorted(kinds.items())


def _page(message: pages.Message, app_url: str) -> str:
    quoted = _quote(pages.message_html(message, app_url))
    assert len(quoted.encode()) < _TOKEN_LIMIT, f"the page '{message.title}' is too long for nginx"
    return quoted


def _quote(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
