"""Fixtures of all tests; each stands in the file of tests/tools that its name says."""

from __future__ import annotations

from hypothesis import settings

from tools.browser import browser, page, site_check
from tools.home import home
from tools.intake import intake
from tools.validators import axe, vnu

__all__ = ["axe", "browser", "home", "intake", "page", "site_check", "vnu"]

# The machine may be busy: speed is measured in bench/ alone.
settings.register_profile("protogen", deadline=None)
settings.load_profile("protogen")
