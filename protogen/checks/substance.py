"""Whether a sentence about a thing says more of it than that it is there."""

from __future__ import annotations

import re

from protogen.checks.facts import fold

LEAST_WORDS = 2  # of its own, that a sentence must have

# Words that say nothing of the thing they stand beside; English, since others are only written where measured.
_EMPTY = frozenset(
    """
    a an the this that these those it its we us our ours you your yours they their and or but also as at by for from
    in into of on to with all any every each more some is are be been was were has have had do does can could will
    would may offer offers offered offering provide provides provided providing sell sells selling give gives giving
    get gets getting make makes made making help helps need needs want wants find come see try enjoy discover service
    services product products available here now today perfect great best good nice quality professional fully very
    """.split()
)


def says_nothing(text: str, name: str) -> bool:
    """True where `text` has fewer than two words that are neither the thing's own name nor filling.

    "We provide leak detection." of leak detection, "Birthday cakes are perfect for birthdays." of birthday cakes.
    """
    known = [_stem(word) for word in _words(name)]
    own = {
        word
        for word in _words(text)
        if word not in _EMPTY and _stem(word) not in known and not word.isdigit()
    }
    return len(own) < LEAST_WORDS


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))


def _stem(word: str) -> str:
    """Enough of a word to know it again in another form."""
    return word[:5].rstrip("s")
