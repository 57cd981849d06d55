"""The colours that a customer asked for, found in their own words.

"Dark with orange" is a dark scheme and an orange accent; "dark blue" is a shade and no scheme. Words are
known in a dozen languages (`colour_words`), beside hex values, CSS functions and the CSS colour keywords.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from coloraide import Color
from coloraide.css.color_names import name2val_map

from protogen.site import colour_words as words
from protogen.site.palette import Oklch, parse
from protogen.site.trades import fold


@dataclass(frozen=True, slots=True)
class ColourWish:
    """What a text says of colour: CSS colours as #rrggbb in order of mention, each with its [start, end)
    there.

    `scheme` is `light` where a light ground was named or asked for, `dark` where a dark look was, else
    `auto`.
    """

    colours: tuple[str, ...] = ()
    scheme: str = "auto"
    spans: tuple[tuple[int, int], ...] = ()


def find_colours(text: str) -> ColourWish:
    """The colours and the scheme that `text` asks for, in any of the known languages; never raises."""
    tokens = _tokens(text)
    found = _mentions(tokens)
    found = _about_the_look(found, tokens)
    mentions = sorted([*found, *_exact(text)], key=lambda mention: mention.span)
    unique: dict[str, tuple[int, int]] = {}
    for mention in mentions:
        unique.setdefault(mention.colour, mention.span)
    return ColourWish(tuple(unique), _scheme(tokens, mentions), tuple(unique.values()))


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int
    capital: bool
    sentence: int
    gap: str

    def is_any(self, stems: Sequence[str]) -> bool:
        return _is_any(self.text, stems)


@dataclass(frozen=True, slots=True)
class _Mention:
    colour: str
    span: tuple[int, int]
    first: int
    last: int
    sure: bool = True


def _tokens(text: str) -> list[_Token]:
    tokens = []
    sentence, end = 0, 0
    for match in re.finditer(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text):
        gap = text[end : match.start()]
        if re.search(r"[.!?;]\s|\n", gap):
            sentence += 1
        end = match.end()
        word = match[0]
        tokens.append(_Token(fold(word), match.start(), end, word[0].isupper(), sentence, gap))
    return tokens


def _mentions(tokens: Sequence[_Token]) -> list[_Mention]:
    """Colour words with their shades, names and things left out."""
    found: list[_Mention] = []
    at = 0
    while at < len(tokens):
        mention = _named(tokens, at) or _worded(tokens, at)
        if mention and not _is_no_wish(tokens, mention):
            found.append(mention)
        at = mention.last + 1 if mention else at + 1
    return [mention for mention in found if mention.sure or _is_backed(mention, found, tokens)]


def _named(tokens: Sequence[_Token], at: int) -> _Mention | None:
    """A CSS keyword of two or three words ("indian red"), unless it is a plain shade of a plain colour."""
    for count in (3, 2):
        part = tokens[at : at + count]
        if len(part) < count or any(token.gap not in (" ", "-") for token in part[1:]):
            continue
        keyword = "".join(token.text for token in part)
        if keyword in name2val_map and not (count == 2 and part[0].text in _PLAIN_SHADES):
            return _Mention(_keyword(keyword), (part[0].start, part[-1].end), at, at + count - 1)
    return None


_PLAIN_SHADES = ("dark", "light", "pale", "deep", "medium", "midnight", "sky", "navy", "royal")


def _worded(tokens: Sequence[_Token], at: int) -> _Mention | None:
    """A colour word, its shade before, after or joined to it."""
    token = tokens[at]
    base, sure, joined = _colour_of(token.text)
    if not base:
        return None
    shade, first, last = joined, at, at
    if not shade and at > 0 and (before := _shade_of(tokens[at - 1].text)) and token.gap.strip() in ("", "-"):
        shade, first = before, at - 1
    elif not shade and at + 1 < len(tokens) and tokens[at + 1].gap.strip() in ("", "-"):
        after = _shade_of(tokens[at + 1].text) if not _colour_of(tokens[at + 1].text)[0] else ""
        if after and tokens[at + 1].is_any(words.BEHIND):
            shade, last = after, at + 1
    return _Mention(_shaded(base, shade), (tokens[first].start, tokens[last].end), first, last, sure)


@lru_cache(maxsize=4096)
def _colour_of(word: str) -> tuple[str, bool, str]:
    """(colour, whether it can be nothing else, shade joined to it); ("", False, "") for any other word."""
    for table, sure in ((words.SURE, True), (words.SOFT, False)):
        for colour, stems in table.items():
            if _is_any(word, stems):
                return colour, sure, ""
    for shade, stems in words.SHADES.items():
        for stem in stems:
            rest = word.removeprefix(stem.rstrip("*"))
            if len(stem) > 3 and rest != word and len(rest) > 2:
                colour, sure, _ = _colour_of(rest)
                if colour:
                    return colour, sure, shade
    if word in name2val_map and len(word) > 3:
        return _keyword(word), False, ""
    return "", False, ""


def is_of_look(word: str) -> bool:
    """Whether a folded word may stand in a sentence that says nothing but how a site shall look or feel."""
    return bool(_is_any(word, words.MOODS + words.CONTEXT) or _shade_of(word) or _colour_of(word)[0])


@lru_cache(maxsize=1024)
def _shade_of(word: str) -> str:
    return next((shade for shade, stems in words.SHADES.items() if _is_any(word, stems)), "")


def _is_any(word: str, stems: Iterable[str]) -> bool:
    whole, beginnings = _sorted(tuple(stems))
    return word in whole or word.startswith(beginnings)


@lru_cache(maxsize=256)
def _sorted(stems: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """(whole words, beginnings of words)."""
    beginnings = tuple(stem[:-1] for stem in stems if stem.endswith("*"))
    return frozenset(stem for stem in stems if not stem.endswith("*")), beginnings


def _is_no_wish(tokens: Sequence[_Token], mention: _Mention) -> bool:
    """A thing ("white wine"), a name ("Green Valley") or a colour that is not wanted ("no red")."""
    before = tokens[max(mention.first - 2, 0) : mention.first]
    after = tokens[mention.last + 1] if mention.last + 1 < len(tokens) else None
    if after and after.gap == " " and after.is_any(words.THINGS):
        return True
    if before and (
        before[-1].is_any(words.BEFORE_THINGS) or any(token.is_any(words.NOT) for token in before)
    ):
        return before[-1].sentence == tokens[mention.first].sentence
    return tokens[mention.first].capital and _is_name(tokens, mention, after)


def _is_name(tokens: Sequence[_Token], mention: _Mention, after: _Token | None) -> bool:
    beside = []
    if after and after.gap == " ":
        beside.append(after)
    if mention.first and tokens[mention.first].gap == " ":
        beside.append(tokens[mention.first - 1])
    return any(token.capital and not _belongs(token) for token in beside)


def _belongs(token: _Token) -> bool:
    """Whether a capitalised word beside a colour is no part of a name."""
    return bool(
        _colour_of(token.text)[0]
        or _shade_of(token.text)
        or token.is_any(words.CONTEXT)
        or token.is_any(words.LINKS)
        or token.is_any(words.WITH)
    )


def _is_backed(soft: _Mention, found: Sequence[_Mention], tokens: Sequence[_Token]) -> bool:
    """Whether a word that may be a thing stands near a sure colour or a word about the look."""
    sentence = tokens[soft.first].sentence
    for other in found:
        if other.sure and tokens[other.first].sentence == sentence and _distance(soft, other) <= 3:
            return True
    spoken = [token.text for token in tokens if token.sentence == sentence and len(token.text) > 2]
    if len(spoken) > 1 and all(map(is_of_look, spoken)):
        return True
    near = tokens[max(soft.first - 3, 0) : soft.last + 4]
    return any(token.sentence == sentence and token.is_any(words.CONTEXT) for token in near) or _in_dark(
        soft, tokens
    )


def _in_dark(soft: _Mention, tokens: Sequence[_Token]) -> bool:
    """`dark with orange`: a scheme before it backs the word."""
    return (
        soft.first >= 2
        and tokens[soft.first - 1].is_any(words.WITH)
        and bool(_shade_of(tokens[soft.first - 2].text))
    )


def _distance(a: _Mention, b: _Mention) -> int:
    return max(a.first - b.last, b.first - a.last)


def _about_the_look(found: Sequence[_Mention], tokens: Sequence[_Token]) -> list[_Mention]:
    """Where some sentences speak of the look, the colours of all other sentences are colours of things."""
    speaking = {token.sentence for token in tokens if token.is_any(words.CONTEXT)}
    counts: dict[int, int] = {}
    for mention in found:
        sentence = tokens[mention.first].sentence
        counts[sentence] = counts.get(sentence, 0) + 1
    speaking |= {sentence for sentence, count in counts.items() if count > 1}
    told = [mention for mention in found if tokens[mention.first].sentence in speaking]
    return told or list(found)


_EXACT = re.compile(
    r"(?<![\w&])#(?:[0-9a-f]{6}|[0-9a-f]{3})\b|\b(?:rgb|hsl|oklch|oklab|lab|lch|hwb)a?\([^()]{3,60}\)", re.I
)


def _exact(text: str) -> Iterable[_Mention]:
    for match in _EXACT.finditer(text):
        try:
            value = Color(match[0]).convert("srgb").fit("srgb")
        except ValueError:
            continue
        value = Color("srgb", value.coords(nans=False))
        yield _Mention(value.to_string(hex=True, compress=False), match.span(), -1, -1)


@lru_cache(maxsize=256)
def _keyword(name: str) -> str:
    return str(Color(name).to_string(hex=True, compress=False))


@lru_cache(maxsize=256)
def _shaded(colour: str, shade: str) -> str:
    base = parse(colour)
    if base is None or not shade:
        return colour
    return _SHADED[shade](base).css


_SHADED: Mapping[str, Callable[[Oklch], Oklch]] = {
    "dark": lambda c: replace(c, lightness=min(0.4, c.lightness * 0.61), chroma=min(c.chroma, 0.12)),
    "light": lambda c: replace(c, lightness=c.lightness + (1 - c.lightness) * 0.58, chroma=c.chroma * 0.55),
    "pale": lambda c: replace(c, lightness=max(0.92, c.lightness), chroma=min(c.chroma, 0.05)),
    "bright": lambda c: replace(c, lightness=min(0.9, c.lightness + 0.04), chroma=c.chroma * 1.3),
    "neon": lambda c: replace(
        c, lightness=max(0.84, c.lightness), chroma=max(0.25, c.chroma) if c.chroma > 0.03 else 0
    ),
}


def _scheme(tokens: Sequence[_Token], mentions: Sequence[_Mention]) -> str:
    asked = _asked_scheme(tokens, mentions)
    if asked:
        return asked
    named = [colour for mention in mentions if (colour := parse(mention.colour))]
    if any(colour.is_pale for colour in named):
        return "light"
    if any(colour.is_neutral and colour.is_deep for colour in named):
        return "dark"
    return "auto"


def _asked_scheme(tokens: Sequence[_Token], mentions: Sequence[_Mention]) -> str:
    """The scheme where a look, a background or a mode is called dark or light; else ''."""
    coloured = {index for mention in mentions for index in range(mention.first, mention.last + 1)}
    for index in range(len(tokens)):
        shade = _ground_shade(tokens, index, coloured)
        if shade and (_near_ground(tokens, index) or _leads(tokens, index, coloured)):
            return shade
    return ""


def _ground_shade(tokens: Sequence[_Token], index: int, coloured: Iterable[int]) -> str:
    """What a word says of the ground's lightness: its own shade, or that of black and white."""
    word = tokens[index].text
    if index not in coloured:
        return {"dark": "dark", "light": "light"}.get(_shade_of(word), "")
    return {"#111111": "dark", "#ffffff": "light"}.get(_colour_of(word)[0], "")


def _near_ground(tokens: Sequence[_Token], index: int) -> bool:
    """A word like background, look or mode right behind, up to two words on, or right before."""
    sentence = tokens[index].sentence
    after = [token for token in tokens[index + 1 : index + 4] if token.sentence == sentence]
    before = [token for token in tokens[max(index - 1, 0) : index] if token.sentence == sentence]
    for token in after:
        if _colour_of(token.text)[0]:
            break
        if token.is_any(words.GROUNDS):
            return True
    return any(token.is_any(words.GROUNDS) for token in before)


def _leads(tokens: Sequence[_Token], index: int, coloured: Iterable[int]) -> bool:
    """`dark with orange`: a shade, a word for with, and a colour."""
    follows = tokens[index + 1 : index + 5]
    return (
        len(follows) > 1
        and follows[0].is_any(words.WITH)
        and index not in coloured
        and any(at in coloured for at in range(index + 2, index + 5))
    )
