"""The headers that keep strangers' pages apart: one source for the built-in server and for nginx.

A prototype is a stranger's page. It has an origin of its own, loads nothing from elsewhere and can be framed
only by the viewer (Content Security Policy Level 3, https://www.w3.org/TR/CSP3/).
"""

from __future__ import annotations

import base64
import hashlib

REVALIDATE = "public, no-cache"
KEEP = "public, max-age=3600"
NEVER = "no-store"

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PROTOTYPE_HEADERS = _COMMON | {
    "X-Robots-Tag": "noindex",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "usb",
        )
    ),
}
APP_HEADERS = _COMMON | {
    # Not no-referrer: with that a browser sends `Origin: null` with our own forms (Fetch, 4.6).
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


def prototype_policy(app_origin: str) -> str:
    """The Content-Security-Policy of a prototype on its own host; `app_origin` may frame it.

    `connect-src` is the site itself, which has nothing but files: tools that measure a page ask for its robots.txt.
    """
    return f"{_OWN_FILES}; connect-src 'self'; {_FRAMED} {app_origin}".rstrip()


def sandboxed_policy() -> str:
    """The policy of a prototype under a path of the app's host: `sandbox` gives it an origin of its own.

    There 'self' is the app, so that scripts may connect to nothing.
    """
    return f"sandbox allow-scripts allow-forms; {_OWN_FILES}; {_FRAMED}"


_OWN_FILES = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "manifest-src 'self'"
)
_FRAMED = "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"


def message_policy(style: str) -> str:
    """The policy of a page whose only style is the inline `style`, allowed by its hash (CSP3, 8.3)."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'self'"
