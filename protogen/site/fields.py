"""What each kind of section says: one model a kind, its JSON schema is what the writer is held to.

Strings are plain text, never markup; an empty string or list means absent, and the templates leave no hole
for it. Lengths are generous for a person and tight for a machine that runs on: they keep a heading a heading.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_HREF = re.compile(
    r"""
    \#[A-Za-z][\w-]*                                # a section of this page
    | [a-z0-9][a-z0-9-]*\.html(\#[A-Za-z][\w-]*)?   # a page of this site
    | assets/[\w./-]+                               # a file of this site
    | tel:\+?[0-9(][0-9()./*\#\x20-]*
    | mailto:[^\s<>"'@?]+@[^\s<>"'@]+
    | https://[^\s<>"'\\]+
    """,
    re.VERBOSE,
)


def safe_href(href: str) -> str:
    """`href` if it is a fragment, a page or file of the site, or tel:, mailto: or https:; else ValueError."""
    if not _HREF.fullmatch(href) or "/../" in f"/{href}/":
        raise ValueError("a link must be #id, page.html, tel:, mailto: or https:")
    return href


def _iso_date(value: str) -> str:
    if value:
        date.fromisoformat(value)
    return value


Short = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(max_length=180, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=700, strip_whitespace=True)]
Long = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
ItemId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")]
Href = Annotated[str, StringConstraints(max_length=500), AfterValidator(safe_href)]
Day = Annotated[str, AfterValidator(_iso_date)]
Purpose = Literal["order", "booking", "quote", "enquiry", "signup", "availability", "newsletter"]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Phone = Annotated[str, StringConstraints(max_length=48, strip_whitespace=True)]
Email = Annotated[str, StringConstraints(max_length=120, pattern=r"^$|^[^\s@<>\"'?]+@[^\s@<>\"'?]+$")]
Currency = Annotated[str, StringConstraints(max_length=8, strip_whitespace=True)]
Value = Annotated[str, StringConstraints(max_length=24, strip_whitespace=True)]


class Fields(BaseModel):
    """Base of all kinds: unknown names are refused, so that a misspelt field is not lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Action(Fields):
    """A button or link: what it says and where it leads."""

    label: Short
    href: Href


class Item(Fields):
    """One entry of a list of offers; `price` as the customer wrote it."""

    name: Line
    text: Text = ""
    price: Short = ""


class Step(Fields):
    """One step of a process."""

    name: Line
    text: Text = ""


class Product(Item):
    """One thing in a shop; `amount` is `price` as a number, None where it is not known."""

    id: ItemId
    amount: float | None = Field(None, ge=0)
    currency: Currency = ""
    category: Short = ""


class Happening(Item):
    """Something with a time; `when` as the customer wrote it."""

    when: Short = ""


class Picture(Fields):
    """One frame of a gallery."""

    title: Line


class Person(Fields):
    """Somebody of the business, named by the customer."""

    name: Short
    role: Line = ""


class Span(Fields):
    """Open from `opens` to `closes` on `day` (0 is Monday); `closes` before `opens` means the next day."""

    day: int = Field(ge=0, le=6)
    opens: Clock
    closes: Clock


class HoursRow(Fields):
    """One row of opening hours: the customer's words, and the same as spans where they can be read."""

    days: Short
    times: Short
    spans: list[Span] = Field(default_factory=list, max_length=21)


class Link(Fields):
    """A handle or page of the customer elsewhere."""

    label: Short
    href: Href


class Question(Fields):
    """A question and its answer."""

    question: Line
    answer: Text


class File(Fields):
    """A file to download; `size` as it is printed."""

    label: Line
    href: Href
    size: Short = ""


class Member(Person):
    """One of the team; `text` is what the customer said of them."""

    text: Text = ""


class Figure(Fields):
    """A number that the customer said, and what it counts."""

    value: Value
    label: Line = ""


class Quote(Fields):
    """What somebody said of the customer, as the customer gave it."""

    text: Text
    source: Line = ""


class Article(Fields):
    """One entry of a list of articles; `when` as the customer wrote it."""

    title: Line
    when: Short = ""
    text: Text = ""


class Work(Fields):
    """One finished work; `tag` is its year or its sort."""

    title: Line
    text: Text = ""
    tag: Short = ""


class Plan(Fields):
    """One of several plans; `points` is what it holds."""

    name: Line
    price: Short = ""
    text: Text = ""
    points: list[Line] = Field(default_factory=list, max_length=12)


class Row(Fields):
    """One row of a comparison, with a cell for each column."""

    name: Line
    cells: list[Line] = Field(default_factory=list, max_length=5)


class Entry(Fields):
    """One line of a legal notice."""

    label: Short
    value: Line


class FormField(Fields):
    """One field of a form; `options` belong to a select."""

    name: Name
    label: Short
    type: Literal["text", "email", "tel", "date", "time", "number", "textarea", "select", "checkbox"] = "text"
    required: bool = False
    options: list[Short] = Field(default_factory=list, max_length=40)


class Headed(Fields):
    """A section with a heading; where it is empty the kit's word for the kind stands in."""

    heading: Line = ""


class Led(Headed):
    """A heading and a sentence under it."""

    lead: Text = ""


class Hero(Fields):
    """The first screen: who, what, where, and the one thing to do. `eyebrow` is the few words above."""

    eyebrow: Short = ""
    headline: Line
    lead: Text = ""
    action: Action | None = None
    second: Action | None = None
    points: list[Short] = Field(default_factory=list, max_length=4)


class Prose(Headed):
    """Paragraphs and, beside them, points."""

    body: list[Long] = Field(default_factory=list, max_length=12)
    points: list[Line] = Field(default_factory=list, max_length=12)


class Statement(Fields):
    """The customer's own sentence, set large."""

    text: Text
    source: Short = ""


class Offers(Led):
    """A list of offers."""

    items: list[Item] = Field(default_factory=list, max_length=60)


class Menu(Offers):
    """What there is to eat and drink."""

    note: Text = ""


class Products(Led):
    """A shop's shelf. The booleans say what a visitor can do with it."""

    items: list[Product] = Field(default_factory=list, max_length=200)
    search: bool = False
    filter: bool = False
    sort: bool = False
    cart: bool = False
    detail: bool = False
    checkout: Action | None = None


class Form(Led):
    """A form; `recipient` is shown in the answer, which says that a prototype sends nothing."""

    purpose: Purpose = "enquiry"
    fields: list[FormField] = Field(default_factory=list, max_length=20)
    submit: Short = ""
    recipient: Short = ""


class Checkout(Led):
    """The end of an order: what is in the cart, and whose it is."""

    fields: list[FormField] = Field(default_factory=list, max_length=20)
    submit: Short = ""
    recipient: Short = ""


class Gallery(Led):
    """Pictures; `count` frames are drawn where there are more frames than titles."""

    items: list[Picture] = Field(default_factory=list, max_length=24)
    count: int = Field(0, ge=0, le=24)


class Profile(Prose):
    """Who is behind it."""

    people: list[Person] = Field(default_factory=list, max_length=12)
    languages: list[Short] = Field(default_factory=list, max_length=12)


class Process(Led):
    """How it goes, in order."""

    items: list[Step] = Field(default_factory=list, max_length=10)


class Areas(Led):
    """Places served."""

    places: list[Short] = Field(default_factory=list, max_length=60)


class Hours(Led):
    """Opening hours."""

    rows: list[HoursRow] = Field(default_factory=list, max_length=14)
    note: Text = ""


class Events(Led):
    """What happens when."""

    items: list[Happening] = Field(default_factory=list, max_length=40)
    action: Action | None = None


class Contact(Led):
    """How to reach the customer."""

    phone: Phone = ""
    email: Email = ""
    address: Line = ""
    hours: Line = ""
    links: list[Link] = Field(default_factory=list, max_length=10)


class Poll(Led):
    """A vote; `options` are the customer's own, `item_label` names what is suggested."""

    item_label: Short = ""
    options: list[Line] = Field(default_factory=list, max_length=40)
    suggest: bool = True


class Countdown(Led):
    """Days to the end of `until` (ISO 8601 date)."""

    until: Day
    label: Line = ""


class Detail(Prose):
    """The main text of a further page; `price` of the one thing that it is about."""

    price: Short = ""
    action: Action | None = None


class Faq(Headed):
    """Questions and answers."""

    items: list[Question] = Field(default_factory=list, max_length=30)


class Download(Led):
    """Files to take along."""

    items: list[File] = Field(default_factory=list, max_length=30)


class Cta(Led):
    """The one thing to do, once more."""

    action: Action | None = None


class Team(Led):
    """The people, each with what they do."""

    items: list[Member] = Field(default_factory=list, max_length=24)


class Numbers(Headed):
    """A few numbers, set large; only such as the customer said."""

    items: list[Figure] = Field(default_factory=list, max_length=8)


class Quotes(Headed):
    """What others say; only such quotes as the customer gave."""

    items: list[Quote] = Field(default_factory=list, max_length=12)


class Newsletter(Led):
    """One field for an address, or two; `recipient` is shown in the answer."""

    fields: list[FormField] = Field(default_factory=list, max_length=2)
    submit: Short = ""
    recipient: Short = ""


class Articles(Led):
    """What there is to read."""

    items: list[Article] = Field(default_factory=list, max_length=24)


class Comparison(Led):
    """A table: offers as rows, what they are compared by as columns."""

    columns: list[Short] = Field(default_factory=list, max_length=5)
    rows: list[Row] = Field(default_factory=list, max_length=24)
    note: Text = ""


class Plans(Led):
    """Plans side by side, and the one way to take one."""

    items: list[Plan] = Field(default_factory=list, max_length=6)
    action: Action | None = None


class Portfolio(Led):
    """Finished works by name, each with its picture."""

    items: list[Work] = Field(default_factory=list, max_length=24)


class Order(Led):
    """An order form: how many of each item, and whose order it is."""

    items: list[Item] = Field(default_factory=list, max_length=30)
    fields: list[FormField] = Field(default_factory=list, max_length=20)
    submit: Short = ""
    recipient: Short = ""


class Legal(Headed):
    """Who is answerable for the site: the customer's own particulars."""

    entries: list[Entry] = Field(default_factory=list, max_length=16)
    body: list[Long] = Field(default_factory=list, max_length=8)


class Location(Led):
    """Where it is and how to get there."""

    address: Line = ""
    hours: Line = ""
    points: list[Line] = Field(default_factory=list, max_length=8)
    action: Action | None = None


class Checklist(Led):
    """Things to bring or to think of."""

    items: list[Line] = Field(default_factory=list, max_length=20)
    note: Text = ""
