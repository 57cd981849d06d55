"""What changed between two versions of a site, in the words that a visitor sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from protogen.site.render import visible_text

AROUND = 10
"""Words kept on either side of a change."""
MOST_WORDS = 12_000


class Piece(NamedTuple):
    """A run of words: `same`, `gone` or `new`; `cut` where unchanged words in its middle are left out."""

    kind: str
    text: str


def changed_words(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, list[Piece]]:
    """The changes of each page whose words differ, by file name; a page too long to compare has one piece."""
    changes = {}
    for name in sorted({*_pages(old), *_pages(new)}):
        before, after = _words(old.get(name)), _words(new.get(name))
        if before != after:
            changes[name] = list(_pieces(before, after))
    return changes


def changed_files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[str]:
    """The names of the files that differ, those that come or go included."""
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _pages(files: Mapping[str, bytes]) -> Iterable[str]:
    return (name for name in files if name.endswith(".html"))


def _words(page: bytes | None) -> list[str]:
    return visible_text(page.decode("utf-8", "replace")).split() if page else []


def _pieces(before: list[str], after: list[str]) -> Iterable[Piece]:
    if max(len(before), len(after)) > MOST_WORDS:
        yield Piece("cut", "")
        return
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for n, (kind, a, b, c, d) in enumerate(codes):
        if kind == "equal":
            yield from _same(before[a:b], first=n == 0, last=n == len(codes) - 1)
            continue
        if b > a:
            yield Piece("gone", " ".join(before[a:b]))
        if d > c:
            yield Piece("new", " ".join(after[c:d]))


def _same(words: list[str], first: bool, last: bool) -> Iterable[Piece]:
    head = [] if first else words[:AROUND]
    tail = [] if last else words[-AROUND:]
    if len(words) <= len(head) + len(tail):
        yield Piece("same", " ".join(words))
        return
    if head:
        yield Piece("same", " ".join(head))
    yield Piece("cut", "")
    if tail:
        yield Piece("same", " ".join(tail))
