"""The kit's kinds of section: what each may say, how it may look, which behaviours it can use.

A kind's template is `site_templates/sections/<kind>.html.j2`, its style
`site_templates/css/sections/<kind>.css`, and `fields` (see `fields.py`) is what the template is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from protogen.draft import Section
from protogen.site import fields as f

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
    fields: type[f.Fields]
    compositions: Mapping[str, str]
    example: Mapping[str, Any]
    modules: tuple[str, ...] = ()

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of its variants; the first is the default."""
        return tuple(self.compositions)


def parse(kind: str, fields: Mapping[str, Any]) -> f.Fields:
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


def _kind(
    name: str, fields: type[f.Fields], compositions: str, modules: str = "", /, **example: Any
) -> tuple[str, Kind]:
    pairs = dict(pair.split(":") for pair in compositions.split())
    return name, Kind(
        name, fields, MappingProxyType(pairs), MappingProxyType(example), tuple(modules.split())
    )


# The examples are shown to the model as the shape of an answer and stand in tests; no page ever prints them.
KINDS: Mapping[str, Kind] = MappingProxyType(
    dict(
        [
            _kind(
                "hero",
                f.Hero,
                "split:split centred:centred poster:poster ledge:ledge",
                eyebrow="Bicycle repair in Ghent",
                headline="Your bicycle back by tomorrow evening",
                lead="Bring it in before ten and ride it home the next day. You hear the price first.",
                action={"label": "Book a repair", "href": "#booking"},
                second={"label": "See the prices", "href": "#pricing"},
                points=["Parts for all brands", "A bicycle to borrow"],
            ),
            _kind(
                "about",
                f.Prose,
                "split:split column:column",
                heading="A workshop that talks like people",
                body=["Marta and Joris opened the workshop beside the canal. They mend what others bin."],
                points=["Second-hand parts where they are better"],
            ),
            _kind(
                "statement",
                f.Statement,
                "plain:column band:band",
                text="A bicycle that is looked after lasts a lifetime.",
                source="Marta",
            ),
            _kind(
                "services",
                f.Offers,
                "cards:grid rows:rows columns:columns tabs:tabs",
                heading="What we do",
                lead="Small repairs while you wait, large ones overnight.",
                items=[
                    {
                        "name": "Full service",
                        "text": "All taken apart, cleaned and set.",
                        "price": "€85",
                    },
                    {"name": "Puncture", "text": "Mended while you wait.", "price": "€12"},
                    {"name": "Wheel building", "text": "By hand, to your weight and roads.", "price": ""},
                ],
            ),
            _kind(
                "menu",
                f.Menu,
                "list:list board:board",
                heading="At the counter",
                lead="Coffee while you wait.",
                items=[
                    {"name": "Filter coffee", "text": "From a roaster two streets away.", "price": "€3"},
                    {"name": "Apple cake", "text": "Baked by Joris.", "price": "€4"},
                ],
                note="Oat milk costs nothing extra.",
            ),
            _kind(
                "products",
                f.Products,
                "grid:grid shelf:shelf",
                "list cart detail",
                heading="Parts and lights",
                lead="In stock today.",
                items=[
                    {
                        "id": "front-light",
                        "name": "Front light",
                        "text": "Bright enough for the towpath.",
                        "price": "€39",
                        "amount": 39.0,
                        "currency": "EUR",
                        "category": "Lights",
                    },
                    {"id": "bell", "name": "Brass bell", "price": "€15", "amount": 15.0, "category": "Bells"},
                ],
                search=True,
                filter=True,
                sort=True,
                cart=True,
                detail=True,
                checkout={"label": "Go to checkout", "href": "#checkout"},
            ),
            _kind(
                "checkout",
                f.Checkout,
                "panel:panel plain:form",
                "cart form",
                heading="Checkout",
                lead="Pick up at the workshop.",
                fields=[
                    {"name": "name", "label": "Name", "type": "text", "required": True},
                    {"name": "email", "label": "E-mail", "type": "email", "required": True},
                ],
                submit="Place the order",
                recipient="hello@canalbikes.example",
            ),
            _kind(
                "pricing",
                f.Offers,
                "columns:columns rows:rows",
                heading="Prices",
                lead="Parts come on top, at the price we pay.",
                items=[
                    {"name": "Small service", "text": "Brakes, gears and chain.", "price": "€45"},
                    {"name": "Full service", "text": "Everything, with new cables.", "price": "€85"},
                ],
            ),
            _kind(
                "gallery",
                f.Gallery,
                "mosaic:mosaic full:full",
                "lightbox",
                heading="From the workshop",
                lead="Before and after.",
                items=[{"title": "A touring frame"}, {"title": "A cargo bicycle"}],
                count=4,
            ),
            _kind(
                "profile",
                f.Profile,
                "split:split card:panel",
                heading="Who is behind it",
                body=["Marta builds wheels, Joris does the rest."],
                people=[{"name": "Marta", "role": "Wheels"}, {"name": "Joris", "role": "Everything else"}],
                languages=["Dutch", "English"],
                points=["Trained frame builder"],
            ),
            _kind(
                "process",
                f.Process,
                "steps:steps line:line",
                heading="How it goes",
                lead="Three steps, one day.",
                items=[
                    {"name": "Bring it in", "text": "We look at it together."},
                    {"name": "We mend it", "text": "Overnight, for most repairs."},
                    {"name": "Ride home", "text": "Pay when you have tried it."},
                ],
            ),
            _kind(
                "areas",
                f.Areas,
                "tags:tags columns:columns",
                heading="Where we fetch bicycles",
                lead="Too far to push? We come.",
                places=["Ghent", "Bruges", "Aalst"],
            ),
            _kind(
                "hours",
                f.Hours,
                "table:list card:panel",
                "open-now",
                heading="Opening hours",
                lead="",
                rows=[
                    {
                        "days": "Monday to Friday",
                        "times": "8:00 to 18:00",
                        "spans": [{"day": day, "opens": "08:00", "closes": "18:00"} for day in range(5)],
                    },
                    {"days": "Weekend", "times": "Closed"},
                ],
                note="Ring the bell after hours.",
            ),
            _kind(
                "events",
                f.Events,
                "list:rows cards:grid",
                heading="Evenings at the workshop",
                lead="Learn to mend your own.",
                items=[
                    {
                        "name": "Repair evening",
                        "text": "Tools and tea are there.",
                        "when": "Thursdays",
                        "price": "€10",
                    }
                ],
                action={"label": "Sign up", "href": "#signup"},
            ),
            _kind(
                "form",
                f.Form,
                "split:split panel:panel",
                "form",
                heading="Book a repair",
                lead="Tell us what is wrong; we answer the same day.",
                purpose="booking",
                fields=[
                    {"name": "name", "label": "Name", "type": "text", "required": True},
                    {"name": "email", "label": "E-mail", "type": "email", "required": True},
                    {"name": "day", "label": "Day", "type": "date"},
                    {
                        "name": "kind",
                        "label": "Bicycle",
                        "type": "select",
                        "options": ["City", "Race", "Cargo"],
                    },
                    {"name": "message", "label": "What is wrong?", "type": "textarea", "required": True},
                ],
                submit="Send the request",
                recipient="hello@canalbikes.example",
            ),
            _kind(
                "contact",
                f.Contact,
                "split:split cards:grid",
                "copy",
                heading="Find us",
                lead="By the canal, under the railway bridge.",
                phone="+32 9 555 01 23",
                email="hello@canalbikes.example",
                address="Coupure 12, Ghent",
                hours="Weekdays 8:00 to 18:00",
                links=[{"label": "@canalbikes", "href": "https://social.example/canalbikes"}],
            ),
            _kind(
                "poll",
                f.Poll,
                "board:board list:list",
                "poll",
                heading="Where shall we ride in June?",
                lead="Add a place, vote for the ones you like.",
                item_label="Place",
                options=["Ardennes", "Zeeland"],
                suggest=True,
            ),
            _kind(
                "countdown",
                f.Countdown,
                "band:band card:panel",
                "countdown",
                heading="Until the June ride",
                lead="",
                until="2027-06-12",
                label="We leave at sunrise",
            ),
            _kind(
                "detail",
                f.Detail,
                "split:split column:column",
                heading="Wheel building",
                body=["A hand-built wheel is made for one rider. We choose hub, spokes and rim together."],
                points=["Thirty-two spokes for touring"],
                action={"label": "Ask for a wheel", "href": "index.html#booking"},
            ),
            _kind(
                "faq",
                f.Faq,
                "columns:columns list:list",
                "accordion",
                heading="Before you come",
                items=[{"question": "Do I need to book?", "answer": "Not for punctures."}],
            ),
            _kind(
                "download",
                f.Download,
                "list:list cards:grid",
                heading="To take along",
                lead="",
                items=[{"label": "Care guide (PDF)", "href": "assets/files/care.pdf", "size": "340 kB"}],
            ),
            _kind(
                "cta",
                f.Cta,
                "band:band card:panel",
                heading="Squeaks again?",
                lead="Bring it in before ten.",
                action={"label": "Call the workshop", "href": "tel:+3295550123"},
            ),
        ]
    )
)
"""Every kind by name, in no order of importance."""
