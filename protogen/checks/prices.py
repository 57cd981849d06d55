"""Prices as people write them: an amount, its currency, what it is the price of and what it is counted by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from protogen.checks.lexicon import NUMBER_WORDS
from protogen.draft import Fact, FactKind

CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "$": "USD", "us$": "USD",
    "usd": "USD",
    "czk": "CZK", "kč": "CZK", "kc": "CZK", "korun": "CZK",
    "zł": "PLN", "zl": "PLN", "pln": "PLN", "chf": "CHF", "fr.": "CHF",
    "huf": "HUF", "ft": "HUF", "₴": "UAH", "uah": "UAH", "грн": "UAH", "₽": "RUB", "руб": "RUB", "kr": "SEK",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "₺": "TRY", "¥": "JPY", "cad": "CAD", "aud": "AUD", "₹": "INR",
}  # fmt: skip
_CURRENCY = "|".join(sorted((re.escape(word) for word in CURRENCIES), key=len, reverse=True))
_AMOUNT = r"(?:\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
_ROUND = r"(?:,(?:-|–|—){1,2})"  # `95,-`: no cents
_TO_AMOUNT = rf"(?:[ \u00a0]?[-–][ \u00a0]?{_AMOUNT})?"
PRICE = re.compile(
    rf"(?<![\w.,'’])(?:(?P<before>{_CURRENCY})\s?(?P<amount1>{_AMOUNT}){_TO_AMOUNT}(?!\s?[km]\b|[.,]?\d)"
    rf"|(?P<amount2>{_AMOUNT}){_TO_AMOUNT}{_ROUND}?[\s\u00a0]?(?P<after>{_CURRENCY})(?!\w)){_ROUND}?"
    r"(?P<per>\s?(?:/|per|pro|za|par|por|na|al|a la)\s?\w+(?: \w+|\.)?(?=[).,;\s]|$))?",
    re.I,
)
_BEFORE_ITEM = re.compile(
    r"^(?:(?:.*\s)?(?:we|i|wir|nous|nosotros)\s+\w+\s+|(?:.*\s)?(?:nabízíme|děláme|pořádáme|bieten|"
    r"oferecemos|ofrecemos|oferujemy)\s+)?"
    r"(?:(?:is|are|from|for|costs?|ab|od|at|a|an|the|our)\s+)*",
    re.I,
)
_PRICE_WORD_AFTER = re.compile(
    r"\s+(?:is|are|from|for|costs?|at|ab|od|za|stojí|kostet|kosten|desde|à partir de)$", re.I
)
_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")
_NO_ITEM = re.compile(
    rf"(?:(?:we|i|it|they|you) \w+|.*\b(?:up to|more than|less than|bis zu|až do|jusqu'à|hasta)|"
    rf"{'|'.join(NUMBER_WORDS)}|"
    r"from|for|at|is|are|only|just|costs?|prices?|ab|nur|preis|od|za|jen|cena|ceny|desde|por|dès|à partir de|"
    r"da|от|за|від)",
    re.I,
)
_ITEM_STOP = re.compile(r"[,;:.!?()\n•·–—]|\s-\s|\b(?:and|or|a|und|et|y|e|i|oraz|nebo|и|та|і)\b\s", re.I)


def find_prices(text: str) -> Iterator[Fact]:
    """Every price in `text` with its item and its detail; spans begin with the item."""
    for match in PRICE.finditer(text):
        if (match["before"] or match["after"]).lower() in ("ft", "kr", "fr.") and not match["after"]:
            continue
        value = text[match.start() : match.start("per")] if match["per"] else match.group()
        item, start = _item_before(text, match.start())
        detail = (match["per"] or "").strip(" .") or _detail_after(text, match.end())
        yield Fact(FactKind.PRICE, value.strip(), (start, match.end()), item, detail)


def _item_before(text: str, end: int) -> tuple[str, int]:
    """What a price belongs to: the words before it in its clause, or before its opening bracket."""
    begin = max(0, end - 80)
    head = re.sub(r"\s*\([^()]*\)\s*$", "", text[begin:end]).rstrip(
        " \t:=-–—("
    )  # `divorce (uncontested) £650`
    stops = list(_ITEM_STOP.finditer(head))
    start = stops[-1].end() if stops else 0
    item = _BULLET.sub("", head[start:].strip())
    item = _PRICE_WORD_AFTER.sub("", _BEFORE_ITEM.sub("", item))
    if not re.search(r"[^\W\d_]", item) or len(item) > 60 or _NO_ITEM.fullmatch(item):
        return "", end
    return item, begin + text[begin:end].rfind(item)


def _detail_after(text: str, end: int) -> str:
    match = re.match(r"\s*\(([^()\n]{2,60})\)", text[end:])
    return match[1].strip() if match else ""


def price_amount(value: str) -> tuple[float, str] | None:
    """(amount, ISO 4217 code) of a price as the customer wrote it; None if it is not one."""
    match = PRICE.search(value)
    if not match:
        return None
    digits = re.sub(r"[ '’\u00a0\u202f]", "", match["amount1"] or match["amount2"])
    digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    return float(digits), CURRENCIES[(match["before"] or match["after"]).lower()]
