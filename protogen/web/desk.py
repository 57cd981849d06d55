"""What all routes of the app's host share."""

from __future__ import annotations

import secrets

from protogen.config import Settings
from protogen.web.forms import Forms
from protogen.web.handover import Handover
from protogen.web.ledger import LedgerReader
from protogen.web.limits import Limits
from protogen.web.operator import Operator
from protogen.web.published import PublishedSites
from protogen.web.sites import Sites


class Desk:
    """Settings, ledger and published sites, with the locks and the way into the inbox.

    Without a `token` nobody is the operator.
    """

    def __init__(self, settings: Settings, ledger: LedgerReader, token: str = "") -> None:
        self.settings = settings
        self.ledger = ledger
        self.sites = Sites(PublishedSites(settings.published_dir))
        self.limits = Limits(settings.web.limits)
        self.operator = Operator(token or secrets.token_urlsafe(32), self.limits)
        self.forms = Forms(self.operator)
        self.handover = Handover(settings, ledger, self.limits, self.operator)
