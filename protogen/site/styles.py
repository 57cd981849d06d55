"""One stylesheet for a site: the tokens, the kit's core, the sections that are there, the direction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from protogen.draft import Theme
from protogen.site.paths import TEMPLATES

LAYERS = "@layer reset, base, layout, sections, theme, utilities;"
_BEFORE = ("reset", "base", "layout", "frame", "parts", "art")
# Styles that several kinds share, and whose they are.
_SHARED = {
    "forms": {"form", "checkout", "poll", "products", "newsletter", "order"},
    "cart": {"products", "checkout"},
    "tabs": {"services"},
}
_AFTER = ("utilities", "print")
_TOKEN = re.compile(r"--[a-z0-9-]+")
# What could end the declaration or open a door: a token's value is one plain CSS value.
_UNSAFE = re.compile(r"[;{}<>@\\]|/\*|url\(|expression\(", re.IGNORECASE)


def stylesheet(theme: Theme, kinds: Iterable[str], font_css: str) -> str:
    """The text of styles.css for sections of these kinds; readable, in the order of its layers."""
    present = set(kinds)
    used = [name for name, owners in _SHARED.items() if owners & present]
    used += [f"sections/{kind}" for kind in sorted(present)]
    return "\n".join(
        [
            LAYERS,
            font_css.strip(),
            tokens_css(theme),
            *(_file(name) for name in (*_BEFORE, *used)),
            _direction(theme.direction),
            _layered(theme.css),
            *(_file(name) for name in _AFTER),
        ]
    )


def tokens_css(theme: Theme) -> str:
    """The theme's custom properties, the dark ones where the visitor or the toggle asks for them."""
    scheme = "light dark" if theme.dark_tokens else theme.scheme.replace("auto", "light")
    rules = [f":root {{\n  color-scheme: {scheme};\n{_declarations(theme.tokens)}\n}}"]
    if theme.dark_tokens:
        dark = _declarations(theme.dark_tokens)
        rules.append(
            f"@media (prefers-color-scheme: dark) {{\n:root:not([data-theme='light']) {{\n{dark}\n}}\n}}"
        )
        rules.append(f":root[data-theme='dark'] {{\n  color-scheme: dark;\n{dark}\n}}")
        rules.append(":root[data-theme='light'] {\n  color-scheme: light;\n}")
    return "@layer base {\n" + "\n".join(rules) + "\n}"


def _declarations(tokens: Mapping[str, str]) -> str:
    safe = {
        name: value for name, value in tokens.items() if _TOKEN.fullmatch(name) and not _UNSAFE.search(value)
    }
    return "\n".join(f"  {name}: {value};" for name, value in safe.items())


@cache
def _file(name: str) -> str:
    return (TEMPLATES / "css" / f"{name}.css").read_text("utf-8").strip()


@cache
def _direction(direction: str) -> str:
    file = TEMPLATES / "themes" / f"{direction}.css"
    return _layered(file.read_text("utf-8")) if file.is_file() else ""


def _layered(css: str) -> str:
    if not css.strip() or "@layer theme" in css:
        return css.strip()
    return f"@layer theme {{\n{css.strip()}\n}}"
