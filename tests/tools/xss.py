"""Texts that run a script where a page prints them as they are: each calls `alert`, which a test counts."""

from __future__ import annotations

_CALLS = ("alert(1)", "alert`1`", "top.alert(1)", "self['al'+'ert'](1)")
_SHAPES = (
    "<script>{call}</script>",
    "</script><script>{call}</script>",
    "</title><script>{call}</script>",
    "</textarea><script>{call}</script>",
    "--><script>{call}</script>",
    "]]><script>{call}</script>",
    "<img src=x onerror={call}>",
    "\"><img src=x onerror={call}>",
    "'><img src=x onerror={call}>",
    "<svg onload={call}>",
    "<svg/onload={call}>",
    "<body onload={call}>",
    "<details open ontoggle={call}>",
    "<input autofocus onfocus={call}>",
    "<video src=x onerror={call}></video>",
    "<audio src=x onerror={call}></audio>",
    "<iframe srcdoc=\"<script>parent.{call}</script>\"></iframe>",
    "<iframe src=\"javascript:parent.{call}\"></iframe>",
    "<object data=\"javascript:{call}\"></object>",
    "<style onload={call}></style>",
)  # fmt: skip
PAYLOADS = tuple(dict.fromkeys(shape.format(call=call) for call in _CALLS[:3] for shape in _SHAPES))
"""Sixty of them."""
