"""The kit's kinds of section: what each may say, how it may look, which behaviours it can use.

A kind's template is `site_templates/sections/<kind>.html.j2`, its style
`site_templates/css/sections/<kind>.css`, and `fields` (see `fields.py`) is what the template is given. The table of
kinds with their variants and examples is `kinds.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from protogen.draft import Section
from protogen.site import fields as f
from protogen.site.entries import Fields

MODULES = (
    "menu", "spy", "theme-toggle", "copy", "accordion", "tabs", "lightbox", "form", "open-now", "list", "cart",
    "detail", "poll", "countdown",
)  # fmt: skip
"""Every behaviour module, in the order in which script.js holds them."""

FRAME_MODULES = ("menu",)
"""What the header needs on every page."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of section.

    `variants` maps each variant to its composition (column, split, grid, rows, band …): two neighbours on a
    page should differ in it. `modules` are behaviours the kind can use; `modules_for` says which it does.
    """

    name: str
    fields: type[Fields]
    compositions: Mapping[str, str]
    example: Mapping[str, Any]
    modules: tuple[str, ...] = ()

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of its variants; the first is the default."""
        return tuple(self.compositions)


def parse(kind: str, fields: Mapping[str, Any]) -> Fields:
    """`fields` checked and completed with empty values.

    Raises KeyError for an unknown kind and pydantic.ValidationError for fields that do not fit it.
    """
    return KINDS[kind].fields.model_validate(dict(fields))


def modules_for(sections: Iterable[Section]) -> tuple[str, ...]:
    """The behaviour modules without which these sections would lack something, in the order of `MODULES`."""
    needed = set(FRAME_MODULES)
    for section in sections:
        if section.kind == "products":
            chosen = {name for name in ("cart", "detail") if section.fields.get(name)}
            lists = any(section.fields.get(name) for name in ("search", "filter", "sort"))
            needed |= chosen | ({"list"} if lists else set())
        elif known_variant(section) == "tabs":
            needed.add("tabs")
        else:
            needed |= set(KINDS[section.kind].modules)
    return tuple(name for name in MODULES if name in needed)


def known_variant(section: Section) -> str:
    """The section's variant, or the first of its kind where the kit has no such variant or it would not suit.

    Tabs suit a few offers that all have something to say.
    """
    variants = KINDS[section.kind].variants
    if section.variant not in variants:
        return variants[0]
    items = section.fields.get("items", ())
    if section.variant == "tabs" and not (3 <= len(items) <= 8 and all(item.get("text") for item in items)):
        return variants[0]
    return section.variant


def _read() -> Mapping[str, Kind]:
    rows = yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text("utf-8"))
    return {name: _kind(name, row) for name, row in rows.items()}


def _kind(name: str, row: Mapping[str, Any]) -> Kind:
    return Kind(
        name,
        getattr(f, row["fields"]),
        MappingProxyType(row["variants"]),
        MappingProxyType(row["example"]),
        tuple(row.get("modules", ())),
    )


KINDS: Mapping[str, Kind] = MappingProxyType(_read())
"""Every kind by name, in no order of importance."""
