"""The quality gate: what every site must satisfy before it is published.

A quick signal; Nu is the proof, in tests. Works on the files of a site (relative POSIX path -> bytes) and answers
with plain sentences, none when it passes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import tinycss2
import turbohtml

from protogen.checks.js import syntax_error

MAX_SITE_BYTES = 10_000_000
LEADS_OUT = frozenset({"https", "http", "tel", "mailto"})
_LOADS = {"src", "srcset", "poster", "data", "action", "formaction"}
_LOADERS = frozenset({"link", "image", "use", "feImage"})  # elements whose href is fetched, not followed
_CONTROLS = frozenset({"input", "select", "textarea"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def check_files(files: Mapping[str, bytes]) -> list[str]:
    """Every problem of a site: pages, links, styles, scripts, bytes."""
    problems = []
    if "index.html" not in files:
        problems.append("There is no index.html.")
    if (size := sum(map(len, files.values()))) > MAX_SITE_BYTES:
        problems.append(f"The site has {size} bytes, more than {MAX_SITE_BYTES}.")
    pages = {name: _parse(data) for name, data in files.items() if name.endswith(".html")}
    for name, data in files.items():
        text = data.decode("utf-8", "replace")
        if name.endswith(".html"):
            problems += [f"{name}: {problem}" for problem in _page_problems(name, pages, files)]
        elif name.endswith(".css"):
            problems += [f"{name}: {problem}" for problem in _css_problems(text)]
        elif name.endswith(".js") and (error := syntax_error(text)):
            problems.append(f"{name}: {error}")
    return problems


def check_folder(folder: Path) -> list[str]:
    """`check_files` on a folder as it stands on disk."""
    return check_files(
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    )


@dataclass(frozen=True, slots=True)
class _Element:
    """An element of a page; `text` is only kept of its titles and headings, `in_label` only of form controls."""

    tag: str
    attributes: Mapping[str, str]
    text: str = ""
    in_label: bool = False

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as a browser builds it: its elements in order, and how often each id stands."""

    elements: tuple[_Element, ...]
    ids: Counter[str]

    def all(self, *tags: str) -> list[_Element]:
        return [element for element in self.elements if element.tag in tags]


def _parse(data: bytes) -> _Page:
    document = turbohtml.parse(data.decode("utf-8", "replace"))
    elements = tuple(map(_element, document.iter_elements()))
    return _Page(elements, Counter(value for element in elements if (value := element.get("id"))))


def _element(node: turbohtml.Element) -> _Element:
    attributes = {
        name: value if isinstance(value, str) else " ".join(value or ()) for name, value in node.attrs.items()
    }
    is_title = node.tag == "title" and node.namespace is turbohtml.Namespace.HTML  # drawings have titles, too
    text = node.text.strip() if is_title or node.tag in _HEADINGS else ""
    in_label = node.tag in _CONTROLS and node.closest("label") is not None
    return _Element(node.tag, attributes, text, in_label)


def _page_problems(name: str, pages: Mapping[str, _Page], files: Mapping[str, bytes]) -> Iterator[str]:
    page = pages[name]
    if not files[name].lstrip().lower().startswith(b"<!doctype html>"):
        yield "it does not begin with <!doctype html>."
    if not any(element.get("lang") for element in page.all("html")):
        yield "<html> has no lang."
    if not any(element.text for element in page.all("title")):
        yield "it has no title."
    if not any(element.get("name") == "viewport" for element in page.all("meta")):
        yield "it has no viewport."
    if (count := len(page.all("h1"))) != 1:
        yield f"it has {count} h1 instead of one."
    yield from _heading_problems(page)
    for value, count in page.ids.items():
        if count > 1:
            yield f"the id {value!r} stands {count} times."
    for image in page.all("img"):
        if image.get("alt") is None:
            yield f"the picture {image.get('src')} has no alt text."
    yield from _control_problems(page)
    yield from _script_problems(page)
    yield from _link_problems(name, pages, files)


def _heading_problems(page: _Page) -> Iterator[str]:
    last = 0
    for element in page.all(*_HEADINGS):
        level = int(element.tag[1])
        if level > last + 1 and last:
            yield f"a heading of level {level} follows one of level {last}."
        if not element.text:
            yield f"an empty heading of level {level}."
        last = level


def _control_problems(page: _Page) -> Iterator[str]:
    labelled = {element.get("for") for element in page.all("label")}
    for control in page.all(*_CONTROLS):
        named = control.get("aria-label") or control.get("aria-labelledby") or control.get("id") in labelled
        if not named and not control.in_label and control.get("type") not in ("hidden", "submit"):
            yield f"the field {control.get('name')!r} has no label."


def _script_problems(page: _Page) -> Iterator[str]:
    for element in page.elements:
        for attribute in element.attributes:
            if attribute.lower().startswith("on"):
                yield f"<{element.tag}> has the event attribute {attribute}."
        if element.get("style") is not None:
            yield f"<{element.tag}> has a style attribute."
    for script in page.all("script"):
        if not script.get("src") and script.get("type") != "application/ld+json":
            yield "a script stands in the page."
    for _ in page.all("style"):
        yield "a style sheet stands in the page."


def _link_problems(name: str, pages: Mapping[str, _Page], files: Mapping[str, bytes]) -> Iterator[str]:
    for element in pages[name].elements:
        for attribute, value in element.attributes.items():
            kind = attribute.removeprefix("xlink:")
            loads = kind in _LOADS or (
                kind == "href" and element.tag in _LOADERS and element.get("rel") != "canonical"
            )
            if kind == "href" or loads:
                for url in _urls(kind, value):
                    yield from _url_problems(name, url, loads, pages, files)


def _urls(attribute: str, value: str) -> list[str]:
    return (
        [part.split()[0] for part in value.split(",") if part.split()]
        if attribute == "srcset"
        else [value.strip()]
    )


def _url_problems(
    name: str, url: str, loads: bool, pages: Mapping[str, _Page], files: Mapping[str, bytes]
) -> Iterator[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        yield f"{url[:80]} is no address."
        return
    if parts.scheme == "data" and loads:
        return
    if parts.scheme or parts.netloc:
        if loads or parts.scheme not in LEADS_OUT:
            yield f"it loads or links {url[:80]}."
        return
    path, fragment = urldefrag(url)
    target = _resolve(name, unquote(path)) if path else name
    if target not in files:
        yield f"the link {url[:80]} leads nowhere."
    elif fragment and target in pages and fragment not in pages[target].ids:
        yield f"the link {url[:80]} leads to no place on the page."


def _resolve(page: str, path: str) -> str:
    parts: list[str] = [] if path.startswith("/") else list(PurePosixPath(page).parent.parts)
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    target = "/".join(parts)
    return f"{target}/index.html".lstrip("/") if path.endswith("/") or not target else target


_RULE_ENDS = re.compile(r"(?<=^}\n)(?=\S)", re.M)
_MARK = "protogen-end"


def _css_problems(text: str) -> Iterator[str]:
    # Most rules of a site are the kit's and stand in every site: each is read once a program, not once a site.
    if all(map(_is_sound, _runs_of_rules(text))):
        return
    if _ELSEWHERE.search(text):
        yield "it loads something from elsewhere."
    for rule in _rules(text):
        for error in _css_errors(rule):
            yield f"line {error.source_line}: {error.message}."


def _runs_of_rules(text: str) -> Iterator[str]:
    """`text` cut where a rule seems to end; whether one does is for `_is_sound` to say."""
    run = ""
    for piece in _RULE_ENDS.split(text):
        run += piece
        if run.count("{") == run.count("}"):
            yield run
            run = ""
    if run:
        yield run


_ELSEWHERE = re.compile(r"url\(\s*['\"]?(?:https?:)?//|@import", re.I)


@lru_cache(maxsize=1024)
def _is_sound(rules: str) -> bool:
    """True where rules have no fault and leave nothing open, so that what follows them is read as if it stood alone."""
    found = _rules(f"{rules}\n@{_MARK};")
    closed = bool(found) and found[-1].type == "at-rule" and found[-1].at_keyword == _MARK
    return (
        closed
        and not _ELSEWHERE.search(rules)
        and not any(error for rule in found for error in _css_errors(rule))
    )


def _rules(text: str) -> list[Any]:
    found: list[Any] = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return found


def _css_errors(node: Any) -> Iterator[Any]:
    """Parse errors in a rule, its selector, its block and every function and bracket inside."""
    if node.type == "error":
        yield node
    for part in ("prelude", "content", "arguments"):
        for child in getattr(node, part, None) or ():
            yield from _css_errors(child)
