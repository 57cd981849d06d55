"""The language of our own pages: as the visitor chose, else as his browser asks, else English.

Catalogues are gettext files, `locale/<language>.po`, with the English words as keys.
"""

from __future__ import annotations

import re
from pathlib import Path

from starlette.requests import Request

from protogen.site.words import ENGLISH, Words

CATALOGUES = Path(__file__).parent / "locale"
NAMES = {"en": "English", "cs": "Čeština", "de": "Deutsch"}
"""The languages that there are, each by its own name."""
_RANGE = re.compile(r"([a-z]{2,3})(?:-[a-z0-9-]+)?\s*(?:;\s*q\s*=\s*(\d(?:\.\d{0,3})?))?", re.IGNORECASE)
_LONGEST = 500


def words_for(request: Request) -> Words:
    """The words for this visitor: `?lang=`, then Accept-Language (RFC 9110, section 12.5.4)."""
    chosen = request.query_params.get("lang", "").lower()
    if chosen in NAMES:
        return Words(chosen, CATALOGUES)
    wanted: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:_LONGEST].split(","):
        if match := _RANGE.fullmatch(part.strip()):
            wanted.append((-float(match[2] or 1), match[1].lower()))
    known = [language for _, language in sorted(wanted, key=lambda each: each[0]) if language in NAMES]
    return Words(known[0] if known else ENGLISH, CATALOGUES)
