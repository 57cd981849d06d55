"""What stands around the sections: navigation, the header's one action, the contact in the footer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protogen.draft import Brief, FactKind, Page, Section
from protogen.site.words import Words

MOST_LINKS = 5
BAR = 72  # letters that the header's bar holds in one line: name, links and action together
LABELS: Mapping[str, str] = {
    "hero": "Welcome", "about": "About", "statement": "In our own words", "services": "Services",
    "menu": "Menu", "products": "Products", "checkout": "Checkout", "pricing": "Prices",
    "gallery": "Gallery", "profile": "Profile", "process": "How it works", "areas": "Where we work",
    "hours": "Opening hours", "events": "Events", "form": "Enquiry", "contact": "Contact", "poll": "Vote",
    "countdown": "Time left", "detail": "Details", "faq": "Questions", "download": "Downloads",
    "cta": "Next step", "team": "Team", "numbers": "In numbers", "quotes": "What others say",
    "newsletter": "Newsletter", "articles": "Articles", "comparison": "Compare", "plans": "Prices",
    "portfolio": "Our work", "order": "Order", "legal": "Legal notice", "location": "How to find us",
    "checklist": "What to bring",
}  # fmt: skip
FORM_LABELS: Mapping[str, str] = {
    "order": "Order", "booking": "Booking", "quote": "Quote", "enquiry": "Enquiry", "signup": "Sign up",
    "availability": "Availability", "newsletter": "Newsletter",
}  # fmt: skip
# What visitors look for first; the rest is found by scrolling.
_WANTED = (
    "products", "menu", "services", "pricing", "plans", "portfolio", "gallery", "poll", "events", "order", "form",
    "contact", "profile", "team", "about", "location", "hours", "areas", "faq", "comparison", "articles",
    "process", "download", "detail", "countdown",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the frame; `current` marks the page that is shown, an empty `href` is plain text."""

    label: str
    href: str = ""
    current: bool = False


def page_file(slug: str) -> str:
    """The file of a page."""
    return f"{slug}.html"


def label_of(section: Section, words: Words) -> str:
    """The kit's word for a section, for navigation and where its heading is empty."""
    if section.kind == "form":
        return words(FORM_LABELS.get(str(section.fields.get("purpose")), LABELS["form"]))
    return words(LABELS[section.kind])


class Links:
    """Resolves links between sections and pages; what leads nowhere resolves to an empty string."""

    def __init__(self, page: Page) -> None:
        self._pages = set(page.pages) | {"index"}
        self._home = {section.id: section.page for section in reversed(page.sections)}

    def resolve(self, href: str, slug: str) -> str:
        """`href` as the page `slug` must write it: `#order` on another page is `index.html#order`."""
        file, _, anchor = href.partition("#")
        if href.startswith("#"):
            at = self._home.get(anchor, "")
            return href if at == slug else f"{page_file(at)}{href}" if at else ""
        if file.endswith(".html") and ":" not in file:
            if file.removesuffix(".html") not in self._pages:
                return ""
            return href if not anchor or anchor in self._home else file
        return href


def navigation(
    page: Page, slug: str, words: Words, links: Links, action: Link, name: str = ""
) -> tuple[Link, ...]:
    """The links of the header on one page: further pages first, then what visitors look for most.

    `action` is the header's own button, which needs no second link; `name` stands in the bar as well.
    """
    further = [(name, title) for name, title in page.pages.items() if name != "index"]
    pages = [Link(words("Home"), "index.html", slug == "index")] if further else []
    pages += [Link(title or name, page_file(name), name == slug) for name, title in further]
    room = max(MOST_LINKS - len(pages), 0)
    index = [section for section in page.sections if section.page == "index"]
    wanted = sorted((s for s in index if s.kind in _WANTED), key=lambda s: _WANTED.index(s.kind))
    chosen: dict[str, str] = {}
    # A long name breaks into two lines, so it counts for less.
    left = BAR - round(0.6 * len(name)) - len(action.label) - sum(len(link.label) for link in pages)
    for section in wanted:
        label, href = _short(section, words), links.resolve(f"#{section.id}", slug)
        fits = len(label) <= left and len(chosen) < room
        if (href != action.href or len(wanted) < 4) and label not in chosen and fits:
            chosen[label] = href
            left -= len(label)
    order = [links.resolve(f"#{section.id}", slug) for section in index]
    rest = sorted(
        (Link(label, href) for label, href in chosen.items()), key=lambda link: order.index(link.href)
    )
    return (*pages, *rest)


def _short(section: Section, words: Words) -> str:
    heading = str(section.fields.get("heading", "")).strip()
    return heading if 0 < len(heading) <= 14 and heading.count(" ") < 2 else label_of(section, words)


def header_action(sections: Sequence[Section]) -> Mapping[str, str] | None:
    """The one thing to do: the first hero's action."""
    for section in sections:
        if section.kind == "hero" and section.fields.get("action"):
            action: Mapping[str, str] = section.fields["action"]
            return action
    return None


def contact(brief: Brief) -> tuple[Link, ...]:
    """Phone, e-mail and address as the customer gave them, the first of each."""
    return tuple(
        Link(value, contact_href(value) if kind != FactKind.ADDRESS else "")
        for kind in (FactKind.PHONE, FactKind.EMAIL, FactKind.ADDRESS)
        if (value := _first(brief, kind))
    )


def contact_href(value: str) -> str:
    """`tel:` (RFC 3966) or `mailto:` (RFC 6068) for a contact as written; '' if it is neither."""
    if re.fullmatch(r"[^\s@<>\"'?]+@[^\s@<>\"'?]+\.[^\s@<>\"'?]+", value):
        return f"mailto:{value}"
    digits = re.sub(r"\D", "", value.replace("(0)", ""))
    if len(digits) >= 5 and not re.search(r"[^\d\s()+./\-\u00a0\u2010-\u2015]", value):
        return f"tel:{'+' if value.strip().startswith('+') else ''}{digits}"
    return ""


def _first(brief: Brief, kind: FactKind) -> str:
    return next((fact.value for fact in brief.facts if fact.kind == kind), "")
