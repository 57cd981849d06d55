"""The operator at the web server's door."""

from __future__ import annotations

import re

import httpx

from protogen.web import WebServer

TOKEN = "a token for tests alone".replace(" ", "-")


def client(server: WebServer) -> httpx.Client:
    """A browser without scripts: it keeps cookies and follows no redirect by itself."""
    return httpx.Client(base_url=server.url, timeout=20)


def sign_in(browser: httpx.Client, token: str = TOKEN, then: str = "/ops") -> httpx.Response:
    """The answer to the sign-in's form, as it was given out."""
    csrf = csrf_of(browser.get("/ops/sign-in").text)
    return browser.post("/ops/sign-in", data={"csrf": csrf, "token": token, "then": then})


def csrf_of(html: str) -> str:
    """The hidden field of a page's first form."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', html)
    assert found is not None, "there is no form on this page"
    return found[1]
