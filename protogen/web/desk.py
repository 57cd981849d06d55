"""What all routes of the app's host share."""

from __future__ import annotations

import secrets

from starlette.requests import Request

from protogen.config import Settings
from protogen.ledger import Ledger
from protogen.web.forms import Forms
from protogen.web.gate import Gate
from protogen.web.handover import Handover
from protogen.web.ledger import LedgerReader
from protogen.web.limits import Limits
from protogen.web.operator import Operator
from protogen.web.published import PublishedSites
from protogen.web.sites import Sites


class Desk:
    """Settings, ledger and published sites, with the locks and the way into the inbox.

    Without a `token` nobody is the operator. `records` is the whole ledger, for what the operator sees and does.
    """

    def __init__(
        self, settings: Settings, ledger: LedgerReader, token: str = "", records: Ledger | None = None
    ) -> None:
        self.settings = settings
        self.ledger = ledger
        self.records = records
        self.limits = Limits(settings.web.limits)
        self.operator = Operator(token or secrets.token_urlsafe(32), self.limits)
        self.gate = Gate(settings.published_dir, records, self.operator, self.limits)
        self.sites = Sites(PublishedSites(settings.published_dir), self.gate, settings.web.idle_seconds)
        self.forms = Forms(self.operator)
        self.handover = Handover(settings, ledger, self.limits, self.operator)

    def site_url(self, request: Request, project_id: str) -> str:
        """The address of a prototype, as this visitor reaches the server."""
        if self.settings.web.public_url:
            return self.settings.site_url(project_id)
        host = request.state.host
        return f"{request.url.scheme}://{project_id}.{self.settings.web.sites_domain}{host.port}/"
