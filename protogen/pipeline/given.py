"""What a customer gives in so many words beside offers: quotes, people, numbers, works, articles, things to bring.

Found by the forms in which people write them down; what is not in such a form is not guessed. Each comes as pairs of
text and what belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from protogen.checks.copy import sentences
from protogen.checks.facts import fold
from protogen.checks.prices import PRICE
from protogen.draft import Fact, Given, Pairs

MOST = 12
_LEAST_QUOTED = 4  # words: fewer in quotation marks are the name of something
_QUOTE = re.compile(
    r"[\"“„«»]\s?([^\"“”„«»\n]{16,400}?[.!?…]?)\s?[\"”“»«]\s*"
    r"(?:\(([^()\n]{2,80})\)|[–—-]\s*([^\n.\"“„]{2,80})|,?\s*(?:says|said|říká|sagt|dit|dice|diz|mówi)\s+([^\n.,]{2,60}))"
)
_LIST = r"\b(?:{})\w*[^:.\n]{{0,30}}:\s*([^\n.]+(?:\n[ \t]*[-*•][^\n]+)*)"
_TEAM = re.compile(
    _LIST.format("team|tým|náš tým|équipe|equipo|equipa|zespół|squadra|команд|mannschaft|mitarbeiter"), re.I
)
_WORKS = re.compile(
    _LIST.format(
        "projects?|our work|selected works?|(?<!it )(?<!it-)works|references|"
        "projekt|realizac|reference|proyectos|projets|réalisations|"
        "projetos|realizacje|progetti|проект"
    ),
    re.I,
)
# What has a year beside it: `Three books so far: The Salt Ledger (2019), …`
_PUBLISHED = re.compile(
    _LIST.format(
        "books?|novels?|albums?|records?|films?|publications?|exhibitions?|plays|bücher|alben|filme|knihy|alba|"
        "libros|livres|livros|książki|libri|discos|disques"
    ),
    re.I,
)
_STEPS = re.compile(
    r"\b(?:how (?:it|this|we|i) works?|how-it-works|(?:the|our) (?:process|steps)|so funktioniert(?: es| das)?|"
    r"so läuft es ab|ablauf|jak to funguje|jak pracuj\w+|comment ça (?:marche|se passe)|cómo funciona|como funciona|"
    r"come funziona|jak to działa)\b[^:.\n]{0,20}:\s*([^\n.]+(?:\n[ \t]*[-*•\d][^\n]+)*)",
    re.I,
)
_STEP_ENDS = re.compile(
    r"\n\s*(?:[-*•]|\d{1,2}[.)])\s*|[;,]\s+(?![^()]*\))(?:(?:and |und |et |y |a |e |i )?(?:then |dann |puis |luego )?)?"
)
_LONGEST_STEP = 12  # words
_ARTICLES = re.compile(
    _LIST.format(
        "articles?|blog posts?|posts|články|artikel|beiträge|artykuły|artículos|artigos|стат|articoli"
    ),
    re.I,
)
_BRING = re.compile(
    _LIST.format(
        "to bring|please bring|what to bring|bring along|s sebou|mitbringen|mitzubringen|traer|apporter|trazer|"
        "zabrać|przynieść|portare|взять с собой|взяти з собою"
    ),
    re.I,
)
# "Asha Patel designs", "Ben Carter (grower)", "Molly, deliveries"
_PERSON = re.compile(
    r"([A-ZÀ-ÞŠČŘŽĐА-ЯІЇЄ][\w’'-]+(?:\s[A-ZÀ-ÞŠČŘŽĐА-ЯІЇЄ][\w’'-]+){0,2})\s*(?:\(([^)]+)\)|[,:–—-]\s*(.+)|\s(.+))?"
)
_COUNT = re.compile(
    r"(?<![\w€$£.,:/+#-])(\d{1,3}(?:[\u00a0\u202f ,.]\d{3})+|\d{1,6})\s+([^\W\d_][\w’'-]{2,})(?=\s+([^\W\d_]+))?"
)
_NOT_COUNTED = re.compile(
    r"^(?:kc|czk|eur|euros?|zl|pln|грн|руб\w*|usd|gbp|hod\w*|hours?|min\w*|stund\w*|heures?|horas?|godzin\w*|uhr|"
    r"with|for|from|of|in|on|at|by|per|days?|weeks?|months?|years?|let|rok\w*|jahre?n?|ans|anos|lat|am|pm|km|kg|хвилин\w*|годин\w*|минут\w*|час\w*|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|street|lane|road|row|rue|"
    r"ulice|strasse|and|und|et|or|to|bis|az|do|people|personen|osob|places?)$"
)
_AFTER_YEAR = re.compile(r"(?<=\d\d\d\d\))[;,]\s+")  # `Mill House, Avon (2022), Orchard Barn (2023)`
_NEXT = re.compile(
    r"\n\s*[-*•]\s*|[;,]\s+(?![^()]*\))(?:and |und |et |y |e |i |a )?|\s+(?:and|und|et|y)\s+(?=[A-ZÀ-Þ])"
)


def find_given(text: str, facts: tuple[Fact, ...] = ()) -> Given:
    """Everything of these forms in a request, in the order of the text; `facts` are what its numbers are besides."""
    return Given(
        quotes=_unique(
            (m[1].strip(), next(filter(None, m.groups()[1:]), "").strip())
            for m in _QUOTE.finditer(text)
            if len(m[1].split()) >= _LEAST_QUOTED
        ),
        people=_people(text),
        figures=_figures(text, facts),
        works=_titles(_WORKS, text) or _published(text),
        articles=_titles(_ARTICLES, text),
        bring=_titles(_BRING, text, least=2),
        steps=_steps(text),
    )


def _published(text: str) -> Pairs:
    titles = _titles(_PUBLISHED, text)
    return titles if titles and all(re.search(r"\d{4}", detail) for _, detail in titles) else ()


def works_heading(text: str) -> str:
    """What the customer calls what `works` holds: `Selected work`, `Books`; empty where there is none."""
    match = _WORKS.search(text) or _PUBLISHED.search(text)
    label = text[match.start() : match.start(1)].partition(":")[0].split() if match else []
    return " ".join(label[: 2 if label and label[0].lower() in ("our", "selected") else 1])


def _steps(text: str) -> Pairs:
    """How it works, step by step: what a list after those words says, where each step is a short one."""
    match = _STEPS.search(text)
    steps = [step.strip(" .,;–—-") for step in _STEP_ENDS.split(match[1])] if match else []
    short = all(len(step.split()) <= _LONGEST_STEP for step in steps)
    return _unique((step, "") for step in steps) if len(steps) > 1 and short else ()


def _people(text: str) -> Pairs:
    match = _TEAM.search(text)
    parts = [_PERSON.fullmatch(part) for part in _parts(match[1])] if match else []
    if len(parts) < 2 or not all(parts):
        return ()
    return _unique((m[1], next(filter(None, m.groups()[1:]), "").strip()) for m in parts if m)


def _titles(pattern: re.Pattern[str], text: str, least: int = 2) -> Pairs:
    match = pattern.search(text)
    if not match:
        return ()
    titles = _unique(_with_detail(part) for part in _parts(match[1]))
    return titles if len(titles) >= least and all(len(title) < 120 for title, _ in titles) else ()


def _with_detail(part: str) -> tuple[str, str]:
    """`Summer house (2023)` as title and detail."""
    match = re.fullmatch(r"[\"“„«]?(.+?)[\"”“»]?(?:\s*\(([^()]+)\))?", part.strip())
    return (match[1].strip(), (match[2] or "").strip()) if match else (part, "")


def _parts(text: str) -> list[str]:
    """The parts of a list on one line or on bulleted ones."""
    pieces = _AFTER_YEAR.split(text) if len(_AFTER_YEAR.findall(text)) else _NEXT.split(text)
    return [piece.strip(" .,;–—-") for piece in pieces if piece.strip(" .,;–—-")]


def _figures(text: str, facts: tuple[Fact, ...]) -> Pairs:
    """Numbers of things: not prices, times, dates, years or parts of an address."""
    elsewhere = [fact.span for fact in facts if fact.span != (0, 0)]
    pairs = []
    for spoken in sentences(text):
        start = text.find(spoken)
        for match in _COUNT.finditer(spoken):
            at = start + match.start(1)
            if any(a <= at < b for a, b in elsewhere) or PRICE.search(match.group()):
                continue
            noun, after = match[2], match[3] or ""
            number = re.sub(r"\D", "", match[1])
            if spoken[: match.start()].count("(") > spoken[: match.start()].count(")"):
                continue  # inside brackets stands what belongs to an offer
            if _NOT_COUNTED.match(fold(noun)) or (
                len(number) == 4 and match[1].isdigit() and number < "2100"
            ):
                continue
            if noun[0].isupper() and after[:1].isupper():  # `18 Quayside Lane`
                continue
            pairs.append((match[1].replace(" ", "\u00a0"), noun))
    return _unique(pairs)


def _unique(pairs: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> Pairs:
    kept: dict[str, tuple[str, str]] = {}
    for pair in pairs:
        if pair[0]:
            kept.setdefault(fold(pair[0]), pair)
    return tuple(kept.values())[:MOST]
