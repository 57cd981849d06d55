"""A finished site with another end: what it says of its own time, in metadata.json and at the foot of its pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from html import escape

from protogen.ledger import LedgerError
from protogen.pipeline.report import iso, to_json
from protogen.site.words import Words

METADATA = "metadata.json"
_KEPT_UNTIL = re.compile(
    r'(<p class="footer__note"(?:(?!</p>).)*?<time datetime=")[^"]*(">)[^<]*(?=</time>)', re.DOTALL
)


def renewed(files: Mapping[str, bytes], expires_at: datetime) -> dict[str, bytes]:
    """Those of a site's `files` that change so that it says `expires_at`; none where it says so already.

    Raises LedgerError where its metadata.json cannot be read.
    """
    try:
        about = json.loads(files[METADATA])
        said = about["expires_at"]
        words = Words(str(about.get("language", "")))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise LedgerError(f"The {METADATA} of this site cannot be read; have a new version made.") from None
    if said == iso(expires_at):
        return {}
    day = expires_at.date()
    until = rf"\g<1>{day.isoformat()}\g<2>{escape(words.format_date(day))}"
    changed = {METADATA: to_json(about | {"expires_at": iso(expires_at)})}
    for name, data in files.items():
        if name.endswith(".html"):
            page = _KEPT_UNTIL.sub(until, data.decode("utf-8", "surrogateescape"))
            if (again := page.encode("utf-8", "surrogateescape")) != data:
                changed[name] = again
    return changed
