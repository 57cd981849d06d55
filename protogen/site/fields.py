"""What each kind of section says: one model a kind, its JSON schema is what the writer is held to.

Strings are plain text, never markup; an empty string or list means absent, and the templates leave no hole
for it. Lengths are generous for a person and tight for a machine that runs on: they keep a heading a heading.
"""

from __future__ import annotations

from pydantic import Field

from protogen.site.entries import (
    Action,
    Article,
    Day,
    Email,
    Entry,
    Fields,
    Figure,
    File,
    FormField,
    Happening,
    HoursRow,
    Item,
    Line,
    Link,
    Long,
    Member,
    Person,
    Phone,
    Picture,
    Plan,
    Product,
    Purpose,
    Question,
    Quote,
    Row,
    Short,
    Step,
    Text,
    Work,
)


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
