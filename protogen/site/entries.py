"""The parts that a section's fields are made of: texts with their limits, links, and the entries of lists.

Strings are plain text, never markup; an empty string means absent.
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
