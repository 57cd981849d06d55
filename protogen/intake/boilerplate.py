"""What other systems write where a customer's words should stand."""

from __future__ import annotations

import re

# Only at the start of a line: "We analyze business requirements" may be what a customer does for a living.
_BOILERPLATE = (
    re.compile(
        r"^[\s*#>-]*(?:please\s+)?analy[sz]e\s+(?:the\s+)?business\s+requirements?\b[^:.\n]*[:.]?",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(r"^[\s*#>-]*type:[^,;\n]*[,;\n]\s*priority:[^,.;\n]*[,.;]?", re.IGNORECASE | re.MULTILINE),
)


def without_boilerplate(text: str) -> str:
    """`text` without boilerplate; empty if no word of the customer's is left.

    >>> without_boilerplate("Analyze business requirements for: A bakery in Brno")
    'A bakery in Brno'
    """
    for pattern in _BOILERPLATE:
        text = pattern.sub("", text)
    return text.strip() if has_words(text) else ""


def has_words(text: str) -> bool:
    """True if there is a letter of any script in `text`."""
    return any(map(str.isalpha, text))
