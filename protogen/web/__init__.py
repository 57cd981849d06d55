"""The web: the start page, the viewer, progress, and every prototype at a host name of its own."""

from __future__ import annotations

from protogen.web.app import create_app
from protogen.web.ledger import LedgerReader
from protogen.web.nginx import NginxError, render_nginx
from protogen.web.server import WebError, WebServer

__all__ = ["LedgerReader", "NginxError", "WebError", "WebServer", "create_app", "render_nginx"]
