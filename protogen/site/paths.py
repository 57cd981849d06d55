"""Where the kit's templates are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_IN_WHEEL = _PACKAGE / "site_templates"

TEMPLATES: Path = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent / "site_templates"
"""The folder that holds `base.html.j2`, `sections/`, `themes/`, `css/`, `behaviours/` and `locale/`."""
